package io.lookalike.modelgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OrtException;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class GraphBuilderTests {

    private static final int CHANNELS = 2;
    private static final int SIZE = 4;

    private static float[] apply(BiFunction<GraphBuilder, Tensor, Tensor> operator, float[] picture)
            throws OrtException {
        GraphBuilder g = new GraphBuilder("test");
        g.output("output", operator.apply(g, g.input("input", CHANNELS, SIZE)));
        try (Model model = new Model(g.build("test"), "output")) {
            return model.run(CHANNELS, SIZE, picture)[0];
        }
    }

    private static float[] picture(long seed) {
        Random random = new Random(seed);
        float[] picture = new float[CHANNELS * SIZE * SIZE];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = random.nextFloat() - 0.3f;
        }
        return picture;
    }

    private static float at(float[] picture, int channel, int x, int y) {
        int column = Math.min(SIZE - 1, Math.max(0, x));
        int row = Math.min(SIZE - 1, Math.max(0, y));
        return picture[(channel * SIZE + row) * SIZE + column];
    }

    @Test
    void convolvesWithRepeatedBorders() throws OrtException {
        for (long seed = 0; seed < 3; seed++) {
            float[] picture = picture(seed);
            Random random = new Random(seed);
            float[][][] kernels = new float[3][CHANNELS][9];
            float[] expected = new float[3 * SIZE * SIZE];
            for (int o = 0; o < 3; o++) {
                for (int i = 0; i < CHANNELS * 9; i++) {
                    int channel = i / 9;
                    float weight = random.nextFloat() - 0.5f;
                    kernels[o][channel][i % 9] = weight;
                    for (int p = 0; p < SIZE * SIZE; p++) {
                        int x = p % SIZE + i % 3 - 1;
                        int y = p / SIZE + i % 9 / 3 - 1;
                        expected[o * SIZE * SIZE + p] += weight * at(picture, channel, x, y);
                    }
                }
            }
            assertArrayEquals(expected, apply((g, x) -> g.conv(x, kernels, 1), picture), 1e-5f);
        }
    }

    @Test
    void mixesChannelsWithBias() throws OrtException {
        float[] picture = picture(1);
        float[] mixed = apply((g, x) -> g.mix(x, new float[][] {{2, -1}}, new float[] {0.5f}), picture);
        float[] expected = new float[SIZE * SIZE];
        for (int p = 0; p < expected.length; p++) {
            expected[p] = 2 * picture[p] - picture[expected.length + p] + 0.5f;
        }
        assertArrayEquals(expected, mixed, 1e-5f);
    }

    @Test
    void gramSumsProductsOfAllPairs() throws OrtException {
        float[] picture = picture(2);
        float[] expected = new float[CHANNELS * CHANNELS];
        int pixels = SIZE * SIZE;
        for (int i = 0; i < expected.length * pixels; i++) {
            int pair = i / pixels;
            float first = picture[pair / CHANNELS * pixels + i % pixels];
            float second = picture[pair % CHANNELS * pixels + i % pixels];
            expected[pair] += first * second / pixels;
        }
        assertArrayEquals(expected, apply((g, x) -> g.gram(x, x), picture), 1e-5f);
    }

    @Test
    void gridAveragesCells() throws OrtException {
        float[] picture = picture(3);
        float[] expected = new float[CHANNELS * 4];
        for (int i = 0; i < picture.length; i++) {
            int cell = i / SIZE % SIZE / 2 * 2 + i % SIZE / 2;
            expected[i / (SIZE * SIZE) * 4 + cell] += picture[i] / 4;
        }
        assertArrayEquals(expected, apply((g, x) -> g.flat(g.grid(x, 2)), picture), 1e-6f);
    }

    @Test
    void rootsAndUnitsOfNothingAreNothing() throws OrtException {
        float[] nothing = new float[CHANNELS * SIZE * SIZE];
        assertArrayEquals(nothing, apply((g, x) -> g.unit(g.flat(g.sqrt(x)), 1e-6), nothing), 1e-6f);
    }

    @Test
    void blocksCountByTheirShares() throws OrtException {
        float[] joined = apply(
                (g, x) -> {
                    Tensor strong = g.scale(g.flat(g.square(x)), 100);
                    return Block.join(g, List.of(new Block(strong, List.of(), 1), new Block(strong, List.of(), 0.25)));
                },
                picture(4));
        double[] squares = new double[2];
        for (int i = 0; i < joined.length; i++) {
            squares[2 * i / joined.length] += joined[i] * joined[i];
        }
        assertEquals(1, squares[0], 0.01);
        assertEquals(0.25, squares[1], 0.01);
    }

    @Test
    void blocksKeepNothingOfTheOrdinary() throws OrtException {
        int dims = CHANNELS * SIZE * SIZE;
        List<Double> ordinary = new Random(6).doubles(dims).boxed().toList();
        float[] special =
                apply((g, x) -> Block.join(g, List.of(new Block(g.flat(g.square(x)), ordinary, 1))), picture(5));
        double along = 0;
        double sum = 0;
        for (int i = 0; i < dims; i++) {
            along += special[i] * ordinary.get(i);
            sum += special[i];
        }
        assertEquals(0, sum, 1e-4);
        assertEquals(0, along, 1e-4);
        float[] ordinaryPicture = new float[dims];
        for (int i = 0; i < dims; i++) {
            ordinaryPicture[i] = ordinary.get(i).floatValue();
        }
        float[] nothing =
                apply((g, x) -> Block.join(g, List.of(new Block(g.flat(g.square(x)), ordinary, 1))), ordinaryPicture);
        assertArrayEquals(new float[dims], nothing, 1e-4f);
    }

    @Test
    void refusesWhatDoesNotFit() {
        GraphBuilder g = new GraphBuilder("test");
        Tensor input = g.input("input", CHANNELS, SIZE);
        Exception grid = assertThrows(IllegalArgumentException.class, () -> g.grid(input, 3));
        assertEquals(
                "cannot cut [4] pixels into [3] cells; the size must be a multiple of the cells", grid.getMessage());
        float[][][] even = {{{1, 1, 1, 1}, {1, 1, 1, 1}}};
        Exception conv = assertThrows(IllegalArgumentException.class, () -> g.conv(input, even, 1));
        assertEquals(
                "kernels of [4] weights, [2] inputs and [1] groups do not fit [2] channels; supply odd squares and"
                        + " channels / groups inputs",
                conv.getMessage());
    }
}
