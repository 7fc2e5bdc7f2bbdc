package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.model.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PoolingTests {
    private static final Layout NCHW = Layout.NCHW;

    private static float[] random(long seed, int length) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() * 2 - 0.5f;
        }
        return values;
    }

    /** The formula over [T, D]. */
    private static float[] plain(Pooling pooling, float[][] tokens, int skip) {
        int dims = tokens[0].length;
        float[] vector = new float[dims];
        for (int d = 0; d < dims; d++) {
            double sum = 0;
            for (int t = skip; t < tokens.length; t++) {
                double value = tokens[t][d];
                sum += pooling == Pooling.MEAN ? value : Math.pow(Math.max(value, 1e-6), 3);
            }
            double mean = sum / (tokens.length - skip);
            vector[d] = (float) (pooling == Pooling.MEAN ? mean : Math.cbrt(mean));
        }
        return vector;
    }

    @Test
    void testTokensAgainstThePlainFormula() {
        for (int seed = 0; seed < 40; seed++) {
            int count = 2 + seed % 9;
            int dims = 1 + seed * 3 % 17;
            int skip = seed % 2;
            float[] data = random(seed, count * dims);
            float[][] tokens = new float[count][dims];
            for (int i = 0; i < data.length; i++) {
                tokens[i / dims][i % dims] = data[i];
            }
            Tensor tensor = new Tensor(data, new long[] {1, count, dims});
            for (Pooling pooling : new Pooling[] {Pooling.MEAN, Pooling.GEM}) {
                assertEquals(dims, pooling.dims("o", tensor.shape(), NCHW));
                assertArrayEquals(plain(pooling, tokens, skip), pooling.pool("o", tensor, skip, NCHW), 1e-5f);
            }
            assertArrayEquals(tokens[0], Pooling.CLS.pool("o", tensor, 0, null));
        }
    }

    @Test
    void testMapsAgainstThePlainFormula() {
        for (int seed = 0; seed < 20; seed++) {
            int dims = 1 + seed % 5;
            int height = 1 + seed % 3;
            int width = 1 + seed % 4;
            float[] data = random(seed, dims * height * width);
            float[][] places = new float[height * width][dims];
            for (int i = 0; i < data.length; i++) {
                places[i % (height * width)][i / (height * width)] = data[i];
            }
            Tensor tensor = new Tensor(data, new long[] {1, dims, height, width});
            for (Pooling pooling : new Pooling[] {Pooling.MEAN, Pooling.GEM}) {
                assertEquals(dims, pooling.dims("o", tensor.shape(), NCHW));
                assertArrayEquals(plain(pooling, places, 0), pooling.pool("o", tensor, 0, NCHW), 1e-5f);
            }
        }
    }

    @Test
    void testMapsOfEitherOrderPoolTheSame() {
        float[] data = random(5, 6 * 4 * 3);
        float[] turned = new float[data.length];
        for (int d = 0; d < 6; d++) {
            for (int i = 0; i < 12; i++) {
                turned[i * 6 + d] = data[d * 12 + i];
            }
        }
        for (Pooling pooling : new Pooling[] {Pooling.MEAN, Pooling.GEM}) {
            assertArrayEquals(
                    pooling.pool("o", new Tensor(data, new long[] {1, 6, 4, 3}), 0, NCHW),
                    pooling.pool("o", new Tensor(turned, new long[] {1, 4, 3, 6}), 0, Layout.NHWC));
        }
    }

    @Test
    void testNoneTakesTheOutput() {
        float[] data = random(3, 5);
        for (long[] shape : new long[][] {{1, 5}, {1, 5, 1, 1}, {1, 1, 5}, {1, 1, 1, 5}, {1, 5, 1}, {1, 1, 5, 1, 1}}) {
            assertEquals(5, Pooling.NONE.dims("o", shape, NCHW));
            assertArrayEquals(data, Pooling.NONE.pool("o", new Tensor(data, shape), 0, NCHW));
        }
        assertEquals(1, Pooling.NONE.dims("o", new long[] {1, 1}, NCHW));
    }

    @Test
    void testShapesThatDoNotFit() {
        String takes = "; [none] takes [1, D], [cls] takes [1, T, D], [mean] and [gem] take [1, T, D], [1, D, H, W] and"
                + " [1, H, W, D]";
        String tokens = "; it holds tokens: name [pooling] [cls], the first token, or [mean] or [gem], over the tokens";
        String map = "; it holds a map: name [pooling] [mean] or [gem], over the map";
        refused("cannot pool output [o] of shape [1, 4, 5] with pooling [none]" + tokens, Pooling.NONE, 1, 4, 5);
        refused("cannot pool output [o] of shape [1, 6, 4, 5] with pooling [none]" + map, Pooling.NONE, 1, 6, 4, 5);
        refused("cannot pool output [o] of shape [1, 6, 4, 5] with pooling [cls]" + map, Pooling.CLS, 1, 6, 4, 5);
        refused("cannot pool output [o] of shape [1, 5] with pooling [cls]" + takes, Pooling.CLS, 1, 5);
        refused("cannot pool output [o] of shape [1, 5] with pooling [mean]" + takes, Pooling.MEAN, 1, 5);
        refused("cannot pool output [o] of shape [2, 5] with pooling [none]" + takes, Pooling.NONE, 2, 5);
        refused("cannot pool output [o] of shape [5] with pooling [none]" + takes, Pooling.NONE, 5);
        refused("cannot pool output [o] of shape [1] with pooling [none]" + takes, Pooling.NONE, 1);
        refused("cannot pool output [o] of shape [] with pooling [none]" + takes, Pooling.NONE);
        refused("cannot pool output [o] of shape [1, 0] with pooling [none]" + takes, Pooling.NONE, 1, 0);
        refused("cannot pool output [o] of shape [1, 0, 5] with pooling [mean]" + takes, Pooling.MEAN, 1, 0, 5);
        refused("cannot pool output [o] of shape [1, 0, 5] with pooling [cls]" + takes, Pooling.CLS, 1, 0, 5);
        refused("cannot pool output [o] of shape [1, 5, 0, 0] with pooling [gem]" + takes, Pooling.GEM, 1, 5, 0, 0);
        refused(
                "cannot pool output [o] of shape [1, 2, 3, 4, 5] with pooling [gem]" + takes,
                Pooling.GEM,
                1,
                2,
                3,
                4,
                5);
        assertEquals(
                "cannot pool output [o] of shape [1, 1, 5]: nothing is left without its first [1] tokens",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Pooling.MEAN.pool("o", new Tensor(new float[5], new long[] {1, 1, 5}), 1, null))
                        .getMessage());
    }

    private static void refused(String message, Pooling pooling, long... shape) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> pooling.dims("o", shape, NCHW))
                        .getMessage());
    }

    @Test
    void testLeadingTokensOfKnownTransformers() {
        assertEquals(1, Pooling.leadingTokens(257, 224, 224)); // ViT with patches of 14 and a class token
        assertEquals(0, Pooling.leadingTokens(256, 224, 224)); // the same, patches only
        assertEquals(5, Pooling.leadingTokens(261, 224, 224)); // and four registers
        assertEquals(1, Pooling.leadingTokens(197, 224, 224)); // patches of 16
        assertEquals(5, Pooling.leadingTokens(201, 224, 224));
        assertEquals(1, Pooling.leadingTokens(50, 224, 224)); // patches of 32
        assertEquals(0, Pooling.leadingTokens(49, 224, 224)); // windows merged to 7 x 7
        assertEquals(1, Pooling.leadingTokens(75 * 50 + 1, 700, 1050)); // patches of 14, not square
        assertEquals(0, Pooling.leadingTokens(75 * 50, 700, 1050));
        assertEquals(1, Pooling.leadingTokens(25 * 17 + 1, 238, 350));
        assertEquals(2, Pooling.leadingTokens(198, 224, 224)); // a class token and one of distillation
        assertEquals(1, Pooling.leadingTokens(5, 32, 32)); // a grid of 2 x 2
        assertEquals(1, Pooling.leadingTokens(17 * 17 + 1, 224, 224)); // patches of 13 leave three pixels over
        assertEquals(0, Pooling.leadingTokens(1, 8, 8));
    }

    @Test
    void testTokensThatAreNoGrid() {
        for (int tokens : new int[] {2, 3, 12, 33, 77, 1000}) {
            assertEquals(-1, Pooling.leadingTokens(tokens, 224, 224), tokens + " tokens");
        }
    }

    @Test
    void testTheOrderOfKnownMaps() {
        assertMap(NCHW, new long[] {1, 1280, 7, 7}, 224, 224); // MobileNetV2
        assertMap(Layout.NHWC, new long[] {1, 7, 7, 1280}, 224, 224); // the same from TensorFlow
        assertMap(NCHW, new long[] {1, 2048, 8, 8}, 256, 256); // BiT
        assertMap(NCHW, new long[] {1, 384, 50, 75}, 700, 1050); // a transformer's patches
        assertMap(Layout.NHWC, new long[] {1, 50, 75, 384}, 700, 1050);
        assertMap(NCHW, new long[] {1, 512, 1, 1}, 112, 112);
        assertMap(Layout.NHWC, new long[] {1, 1, 1, 512}, 112, 112);
        assertMap(NCHW, new long[] {1, 64, 8, 4}, 256, 128); // a person
        for (Layout input : Layout.values()) {
            assertEquals(input, Pooling.mapLayout(new long[] {1, 16, 16, 16}, 256, 256, input));
            assertEquals(input, Pooling.mapLayout(new long[] {1, 500, 600, 700}, 256, 256, input));
        }
    }

    private static void assertMap(Layout expected, long[] shape, int height, int width) {
        for (Layout input : Layout.values()) {
            assertEquals(expected, Pooling.mapLayout(shape, height, width, input));
        }
    }
}
