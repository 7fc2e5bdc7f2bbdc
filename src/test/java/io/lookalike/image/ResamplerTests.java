package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The golden files are what Pillow 9.4 makes of {@link TestPictures#pattern} of 61 x 47: {@code image.resize((w, h),
 * filter).tobytes()} and {@code image.convert("L").resize((32, 32), filter).tobytes()}.
 */
class ResamplerTests {

    private static byte[] resize(Picture picture, Resample filter, int width, int height) {
        return Resampler.resize(
                picture.rgb(),
                picture.width(),
                3,
                Taps.all(filter, picture.width(), width),
                Taps.all(filter, picture.height(), height));
    }

    @ParameterizedTest
    @EnumSource
    void resizesAsPillowDoes(Resample filter) {
        Picture picture = TestPictures.pattern(61, 47);
        for (int[] size : new int[][] {{20, 15}, {70, 10}, {61, 9}, {8, 8}}) {
            String name = "resize-" + filter.name().toLowerCase(Locale.ROOT) + "-" + size[0] + "x" + size[1] + ".rgb";
            assertArrayEquals(TestPictures.resource(name), resize(picture, filter, size[0], size[1]), name);
        }
    }

    @ParameterizedTest
    @EnumSource
    void greyIsAsInPillow(Resample filter) {
        int[] grey = TestPictures.pattern(61, 47).grey(32, 32, filter);
        byte[] expected = TestPictures.resource("grey-" + filter.name().toLowerCase(Locale.ROOT) + "-32x32.l");
        assertEquals(expected.length, grey.length);
        for (int i = 0; i < grey.length; i++) {
            assertEquals(expected[i] & 0xff, grey[i], "value " + i);
        }
    }

    /** Of a whole number of pixels each, of parts of one, and of more than are looked at. */
    @Test
    void meansOfBoxes() {
        Picture picture = TestPictures.pattern(24, 9);
        assertArrayEquals(means(picture, 4, 3, 1, 1), picture.means(4, 3));
        picture = TestPictures.pattern(29, 10);
        assertArrayEquals(means(picture, 7, 4, 1, 1), picture.means(7, 4));
        picture = TestPictures.pattern(2, 1);
        int left = Luma.of(picture.rgb()[0], picture.rgb()[1], picture.rgb()[2]);
        int right = Luma.of(picture.rgb()[3], picture.rgb()[4], picture.rgb()[5]);
        assertArrayEquals(new int[] {left, left, right, right, left, left, right, right}, picture.means(4, 2));
        picture = TestPictures.pattern(1600, 1024);
        assertArrayEquals(means(picture, 64, 64, 3, 2), picture.means(64, 64));
    }

    private static int[] means(Picture picture, int columns, int rows, int stepX, int stepY) {
        int[] means = new int[columns * rows];
        for (int i = 0; i < means.length; i++) {
            int top = i / columns * picture.height() / rows;
            int left = i % columns * picture.width() / columns;
            double sum = 0;
            int count = 0;
            for (int y = top; y < (i / columns + 1) * picture.height() / rows; y += stepY) {
                for (int x = left; x < (i % columns + 1) * picture.width() / columns; x += stepX) {
                    int at = 3 * (y * picture.width() + x);
                    sum += 0.299 * (picture.rgb()[at] & 0xff)
                            + 0.587 * (picture.rgb()[at + 1] & 0xff)
                            + 0.114 * (picture.rgb()[at + 2] & 0xff);
                    count++;
                }
            }
            means[i] = (int) Math.round(sum / count);
        }
        return means;
    }

    @ParameterizedTest
    @EnumSource
    void theSameSizeChangesNothing(Resample filter) {
        for (int size : new int[] {1, 7, 64, 207}) {
            Picture picture = TestPictures.pattern(size, size + 1);
            assertArrayEquals(picture.rgb(), resize(picture, filter, size, size + 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneColourStaysThatColour(Resample filter) {
        byte[] rgb = new byte[3 * 37 * 11];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i % 3 == 0 ? 255 : i % 3 == 1 ? 0 : 200);
        }
        byte[] small = resize(Picture.ofRgb(37, 11, rgb, "png"), filter, 5, 60);
        for (int i = 0; i < small.length; i++) {
            assertEquals(rgb[i % 3], small[i]);
        }
    }

    /** Against the filter's definition in floating point, both directions at once, over random sizes. */
    @ParameterizedTest
    @EnumSource
    void agreesWithThePlainSum(Resample filter) {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Picture picture = TestPictures.pattern(1 + random.nextInt(80), 1 + random.nextInt(80));
            int width = 1 + random.nextInt(60);
            int height = 1 + random.nextInt(60);
            byte[] actual = resize(picture, filter, width, height);
            double[][] across = plainWeights(filter, picture.width(), width);
            double[][] down = plainWeights(filter, picture.height(), height);
            for (int at = 0; at < actual.length; at++) {
                int x = at / 3 % width;
                int y = at / 3 / width;
                double sum = 0;
                for (int j = 0; j < picture.height(); j++) {
                    double row = 0;
                    for (int i = 0; i < picture.width(); i++) {
                        row += across[x][i] * (picture.rgb()[3 * (j * picture.width() + i) + at % 3] & 0xff);
                    }
                    sum += down[y][j] * Math.clamp(row, 0, 255);
                }
                double error = Math.abs(Math.clamp(sum, 0, 255) - (actual[at] & 0xff));
                assertTrue(error < 1.5, "seed " + seed + " at " + at + ": " + error);
            }
        }
    }

    private static double[][] plainWeights(Resample filter, int input, int output) {
        double scale = (double) input / output;
        double stretch = Math.max(1, scale);
        double[][] weights = new double[output][input];
        for (int o = 0; o < output; o++) {
            double center = (o + 0.5) * scale;
            double sum = 0;
            for (int i = 0; i < input; i++) {
                boolean reached = Math.abs(i + 0.5 - center) < filter.support * stretch;
                weights[o][i] = reached ? filter.weight((i + 0.5 - center) / stretch) : 0;
                sum += weights[o][i];
            }
            for (int i = 0; i < input; i++) {
                weights[o][i] /= sum;
            }
        }
        return weights;
    }

    @ParameterizedTest
    @EnumSource
    void aWindowIsACutOfTheWhole(Resample filter) {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Picture picture = TestPictures.pattern(1 + random.nextInt(60), 1 + random.nextInt(60));
            int width = 1 + random.nextInt(60);
            int height = 1 + random.nextInt(60);
            int left = random.nextInt(width);
            int top = random.nextInt(height);
            int columns = 1 + random.nextInt(width - left);
            int rows = 1 + random.nextInt(height - top);
            byte[] whole = resize(picture, filter, width, height);
            byte[] window = Resampler.resize(
                    picture.rgb(),
                    picture.width(),
                    3,
                    Taps.window(filter, picture.width(), width, left, columns),
                    Taps.window(filter, picture.height(), height, top, rows));
            assertEquals(3 * columns * rows, window.length);
            for (int i = 0; i < window.length; i++) {
                int x = i / 3 % columns + left;
                int y = i / 3 / columns + top;
                assertEquals(whole[3 * (y * width + x) + i % 3], window[i]);
            }
        }
    }
}
