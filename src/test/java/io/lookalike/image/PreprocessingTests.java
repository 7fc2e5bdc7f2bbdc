package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.Preprocessing.Blur;
import io.lookalike.image.Preprocessing.Channels;
import io.lookalike.image.Preprocessing.Layout;
import io.lookalike.image.Preprocessing.Mode;
import io.lookalike.image.Preprocessing.Resize;
import io.lookalike.image.Preprocessing.Size;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PreprocessingTests {

    private static final float[] ZERO = {0};
    private static final float[] ONE = {1};

    /** Pixels as they are, red first, interleaved. */
    private static Preprocessing plain(Resize resize, Size crop, Blur blur) {
        return new Preprocessing(resize, crop, blur, Channels.RGB, Layout.NHWC, 1, ZERO, ONE);
    }

    private static Preprocessing coloured(Channels channels, Layout layout, float scale, float[] mean, float[] std) {
        return new Preprocessing(null, null, null, channels, layout, scale, mean, std);
    }

    private static Resize resize(int width, int height, Mode mode) {
        return new Resize(width, height, mode, Resample.BILINEAR);
    }

    private static Picture noise(int width, int height, int seed) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return Picture.ofRgb(width, height, rgb, "png");
    }

    private static String message(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }

    /** Which are what a model makes of them, whatever scale, mean and deviation do to them. */
    @Test
    void aPreviewShowsThePixelsOfTheTensor() {
        Picture picture = noise(90, 70, 3);
        byte[] before = picture.rgb().clone();
        Size crop = new Size(40, 30);
        for (Channels channels : Channels.values()) {
            Preprocessing image = new Preprocessing(
                    resize(60, 50, Mode.STRETCH), crop, null, channels, Layout.NHWC, 2, new float[] {3}, new float[] {
                        .5f
                    });
            Picture preview = image.preview(picture, 40);
            assertEquals(40, preview.width());
            assertEquals(30, preview.height());
            float[] tensor = image.tensor(picture);
            for (int i = 0; i < 40 * 30 * 3; i++) {
                int channel = channels == Channels.BGR ? 2 - i % 3 : channels == Channels.RGB ? i % 3 : 0;
                float value = tensor[i / 3 * channels.count() + channel];
                assertEquals((value * .5f + 3) / 2, preview.rgb()[i] & 0xff, 1e-3);
            }
        }
        assertArrayEquals(before, picture.rgb());
        Picture small = plain(null, null, null).preview(picture, 9);
        assertEquals(9, small.width());
        assertEquals(7, small.height());
        assertEquals(1, plain(null, null, null).preview(noise(300, 1, 1), 9).height());
    }

    @Test
    void twoTensorsAreThoseOfEach() {
        Picture picture = noise(50, 40, 9);
        Preprocessing plain = plain(resize(20, 16, Mode.COVER), new Size(12, 8), null);
        Preprocessing grey = new Preprocessing(
                plain.resize(), plain.centerCrop(), null, Channels.GRAY, Layout.NCHW, 2, new float[] {3}, ONE);
        Preprocessing larger = plain(resize(30, 16, Mode.STRETCH), null, null);
        for (Preprocessing other : List.of(grey, larger, plain)) {
            List<float[]> both = plain.tensors(picture, other);
            assertArrayEquals(plain.tensor(picture), both.get(0));
            assertArrayEquals(other.tensor(picture), both.get(1));
        }
        List<float[]> same = plain.tensors(picture, plain);
        assertSame(same.get(0), same.get(1));
    }

    @Test
    void valuesAreScaledAndNormalised() {
        Picture picture = Picture.ofRgb(2, 1, TestPictures.bytes(0, 51, 102, 153, 204, 255), "png");
        float[] mean = {0.485f, 0.456f, 0.406f};
        float[] std = {0.229f, 0.224f, 0.225f};
        float scale = 1 / 255f;
        float[] planes = coloured(Channels.RGB, Layout.NCHW, scale, mean, std).tensor(picture);
        assertArrayEquals(
                new float[] {
                    (0 - 0.485f) / 0.229f,
                    (0.6f - 0.485f) / 0.229f,
                    (0.2f - 0.456f) / 0.224f,
                    (0.8f - 0.456f) / 0.224f,
                    (0.4f - 0.406f) / 0.225f,
                    (1 - 0.406f) / 0.225f
                },
                planes,
                1e-6f);
        float[] pixels = coloured(Channels.BGR, Layout.NHWC, 1, new float[] {1, 2, 3}, new float[] {2})
                .tensor(picture);
        assertArrayEquals(new float[] {50.5f, 24.5f, -1.5f, 127, 101, 75}, pixels);
        float[] grey = coloured(Channels.GRAY, Layout.NCHW, 1, ZERO, ONE).tensor(picture);
        assertArrayEquals(new float[] {42, 195}, grey);
    }

    @Test
    void shapesFollowTheLayout() {
        Preprocessing fixed = plain(resize(8, 6, Mode.STRETCH), new Size(4, 2), null);
        assertArrayEquals(new int[] {2, 4, 3}, fixed.outputShape());
        assertArrayEquals(
                new int[] {6, 8, 3}, plain(resize(8, 6, Mode.COVER), null, null).outputShape());
        Preprocessing free = coloured(Channels.GRAY, Layout.NCHW, 1, ZERO, ONE);
        assertArrayEquals(new int[] {1, -1, -1}, free.outputShape());
        assertArrayEquals(new int[] {1, 5, 9}, free.outputShape(noise(9, 5, 0)));
        assertEquals(45, free.tensor(noise(9, 5, 0)).length);
        assertArrayEquals(new int[] {3, 7, 3}, plain(null, new Size(7, 3), null).outputShape());
    }

    @Test
    void everyModeMakesTheShapeItSays() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            Mode mode = List.of(Mode.STRETCH, Mode.FIT, Mode.COVER).get(seed % 3);
            Resize resize = resize(1 + random.nextInt(30), 1 + random.nextInt(30), mode);
            Size crop = seed % 2 == 0
                    ? null
                    : new Size(1 + random.nextInt(resize.width()), 1 + random.nextInt(resize.height()));
            Preprocessing preprocessing = plain(resize, crop, null);
            Picture picture = noise(1 + random.nextInt(90), 1 + random.nextInt(90), seed);
            int[] shape = preprocessing.outputShape();
            assertEquals(shape[0] * shape[1] * shape[2], preprocessing.tensor(picture).length, "seed " + seed);
            assertArrayEquals(shape, preprocessing.outputShape(picture), "seed " + seed);
        }
    }

    @Test
    void fitLeavesBlackBesideThePicture() {
        byte[] white = new byte[3 * 40 * 20];
        Arrays.fill(white, (byte) 255);
        Picture picture = Picture.ofRgb(40, 20, white, "png");
        float[] tensor = plain(resize(8, 8, Mode.FIT), null, null).tensor(picture);
        for (int y = 0; y < 8; y++) {
            float expected = y >= 2 && y < 6 ? 255 : 0;
            for (int i = 0; i < 24; i++) {
                assertEquals(expected, tensor[24 * y + i], "row " + y);
            }
        }
        float[] upright = plain(resize(8, 8, Mode.FIT), null, null).tensor(Picture.ofRgb(20, 40, white, "png"));
        for (int x = 0; x < 8; x++) {
            assertEquals(x >= 2 && x < 6 ? 255 : 0, upright[3 * x], "column " + x);
        }
    }

    @Test
    void coverKeepsProportionsAndCutsEvenly() {
        Picture picture = noise(60, 20, 3);
        float[] cover = plain(resize(10, 10, Mode.COVER), null, null).tensor(picture);
        float[] wide =
                plain(resize(30, 10, Mode.STRETCH), new Size(10, 10), null).tensor(picture);
        assertArrayEquals(wide, cover);
        float[] smaller =
                plain(resize(10, 10, Mode.COVER), new Size(6, 4), null).tensor(picture);
        assertArrayEquals(
                plain(resize(30, 10, Mode.STRETCH), new Size(6, 4), null).tensor(picture), smaller);
    }

    /** A strip that would be 67 million pixels wide if all of it were resized before it is cut. */
    @Test
    void coverResizesOnlyWhatItKeeps() {
        Picture strip = noise(16384, 1, 4);
        assertEquals(
                3 * 4096 * 64,
                plain(resize(4096, 4096, Mode.COVER), new Size(4096, 64), null).tensor(strip).length);
    }

    @Test
    void theMiddleIsCutAsTorchvisionCutsIt() {
        byte[] rgb = new byte[3 * 8];
        for (int x = 0; x < 8; x++) {
            rgb[3 * x] = (byte) x;
        }
        Picture picture = Picture.ofRgb(8, 1, rgb, "png");
        int[] firstByWidth = {4, 3, 2, 2, 2, 1, 0, 0};
        for (int width = 1; width <= 8; width++) {
            float[] tensor = plain(null, new Size(width, 1), null).tensor(picture);
            assertEquals(firstByWidth[width - 1], tensor[0], "width " + width);
        }
    }

    @Test
    void blurIsTheConvolutionWithAGaussian() {
        for (int kernel : new int[] {1, 3, 9, 31}) {
            Picture picture = noise(13, 7, kernel);
            double sigma = 0.3 + kernel / 5.0;
            float[] actual = plain(null, null, new Blur(kernel, sigma)).tensor(picture);
            for (int i = 0; i < actual.length; i++) {
                double sum = 0;
                double weights = 0;
                for (int dy = -(kernel / 2); dy <= kernel / 2; dy++) {
                    for (int dx = -(kernel / 2); dx <= kernel / 2; dx++) {
                        int x = mirrored(i / 3 % 13 + dx, 13);
                        int y = mirrored(i / 39 + dy, 7);
                        double weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
                        sum += weight * (picture.rgb()[3 * (13 * y + x) + i % 3] & 0xff);
                        weights += weight;
                    }
                }
                assertEquals(sum / weights, actual[i], 0.501, "kernel " + kernel + " at " + i);
                assertEquals(Math.rint(actual[i]), actual[i]);
            }
        }
    }

    private static int mirrored(int at, int size) {
        int inside = at;
        while (inside < 0 || inside >= size) {
            inside = inside < 0 ? -inside : 2 * (size - 1) - inside;
        }
        return inside;
    }

    @Test
    void onePixelCanBeBlurred() {
        assertArrayEquals(
                new float[] {10, 20, 30},
                plain(null, null, new Blur(9, 2)).tensor(Picture.ofRgb(1, 1, new byte[] {10, 20, 30}, "png")));
    }

    @Test
    void equalByContent() {
        float[] mean = {1, 2, 3};
        Preprocessing one = coloured(Channels.RGB, Layout.NCHW, 1, mean, ONE);
        Preprocessing same = coloured(Channels.RGB, Layout.NCHW, 1, mean.clone(), new float[] {1});
        assertEquals(one, same);
        assertEquals(one.hashCode(), same.hashCode());
        mean[0] = 9;
        one.mean()[1] = 9;
        one.std()[0] = 9;
        assertEquals(one, same);
        assertNotEquals(one, coloured(Channels.RGB, Layout.NCHW, 1, mean, ONE));
        assertNotEquals(one, coloured(Channels.BGR, Layout.NCHW, 1, same.mean(), ONE));
        assertNotEquals(one, coloured(Channels.RGB, Layout.NHWC, 1, same.mean(), ONE));
        assertNotEquals(one, coloured(Channels.RGB, Layout.NCHW, 2, same.mean(), ONE));
        assertNotEquals(one, coloured(Channels.RGB, Layout.NCHW, 1, same.mean(), new float[] {2}));
        assertNotEquals(plain(resize(2, 2, Mode.FIT), null, null), plain(resize(2, 2, Mode.COVER), null, null));
        assertNotEquals(plain(null, new Size(2, 2), null), plain(null, null, null));
        assertNotEquals(plain(null, null, new Blur(3, 1)), plain(null, null, new Blur(3, 2)));
        assertTrue(one.toString().contains("mean=[1.0, 2.0, 3.0]"), one.toString());
    }

    @Test
    void mistakesAreNamed() {
        assertEquals(
                "[resize] must be from [1] to [4096] pixels a side; got [0] x [8]",
                message(() -> resize(0, 8, Mode.FIT)));
        assertEquals(
                "[center_crop] must be from [1] to [4096] pixels a side; got [8] x [4097]",
                message(() -> new Size(8, 4097)));
        assertEquals("[kernel] of [blur] must be odd and from [1] to [101]; got [4]", message(() -> new Blur(4, 1)));
        assertEquals(
                "[kernel] of [blur] must be odd and from [1] to [101]; got [103]", message(() -> new Blur(103, 1)));
        assertEquals("[sigma] of [blur] must be greater than [0]; got [0.0]", message(() -> new Blur(3, 0)));
        assertEquals("[sigma] of [blur] must be greater than [0]; got [NaN]", message(() -> new Blur(3, Double.NaN)));
        assertEquals(
                "[mean] must have [1] value or one for each of the [3] channels; got [2]",
                message(() -> coloured(Channels.RGB, Layout.NCHW, 1, new float[2], ONE)));
        assertEquals(
                "[std] must have [1] value or one for each of the [1] channels; got [3]",
                message(() -> coloured(Channels.GRAY, Layout.NCHW, 1, ZERO, new float[] {1, 1, 1})));
        assertEquals(
                "[std] must not be [0]; got [1.0, 0.0, 1.0]",
                message(() -> coloured(Channels.RGB, Layout.NCHW, 1, ZERO, new float[] {1, 0, 1})));
        assertEquals(
                "[scale] must be finite; got [NaN]",
                message(() -> coloured(Channels.RGB, Layout.NCHW, Float.NaN, ZERO, ONE)));
        assertEquals(
                "[mean] must be finite; got [Infinity]",
                message(() -> coloured(Channels.RGB, Layout.NCHW, 1, new float[] {Float.POSITIVE_INFINITY}, ONE)));
        assertEquals(
                "[center_crop] of [9] x [4] must not be larger than [resize] of [8] x [8]",
                message(() -> plain(resize(8, 8, Mode.COVER), new Size(9, 4), null)));
    }

    @Test
    void aPictureMayBeTooSmallOrTooLarge() {
        ImageException small = assertThrows(
                ImageException.class, () -> plain(null, new Size(10, 4), null).tensor(noise(9, 5, 0)));
        assertEquals(
                "a picture of [9] x [5] pixels is smaller than [center_crop] of [10] x [4]; send a larger one or add"
                        + " [resize]",
                small.getMessage());
        ImageException large =
                assertThrows(ImageException.class, () -> plain(null, null, null).tensor(noise(4097, 1, 0)));
        assertEquals(
                "a picture of [4097] x [1] pixels is too large; without [resize] at most [4096] a side are allowed",
                large.getMessage());
    }

    @Test
    void pixelsMustMatchTheSides() {
        assertEquals(
                "a picture of [2] x [2] pixels needs [3] bytes a pixel and at least [1] pixel a side; got [11] bytes",
                message(() -> Picture.ofRgb(2, 2, new byte[11], "png")));
    }
}
