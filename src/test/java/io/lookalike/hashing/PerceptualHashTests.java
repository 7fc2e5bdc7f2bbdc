package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.GoldenPictures;
import io.lookalike.image.Picture;
import io.lookalike.image.Resample;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PerceptualHashTests {
    /**
     * {@code imagehash.txt} holds what the formulas of imagehash give of drawn pictures, written by pillow_golden.py.
     */
    @Test
    void hashesAreThoseOfImagehash() throws IOException {
        int lines = 0;
        for (String line : GoldenFile.lines("imagehash.txt")) {
            String[] fields = line.split(" ", -1);
            Picture picture = GoldenPictures.of(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]));
            PerceptualHash kind = PerceptualHash.valueOf(fields[3].toUpperCase(Locale.ROOT));
            byte[] hash = kind.hash(picture.grey(kind.width(), kind.height(), Resample.LANCZOS));
            assertEquals(fields[4], HexFormat.of().formatHex(hash), line);
            lines++;
        }
        assertEquals(42, lines);
    }

    @Test
    void lowFrequenciesAgainstTheirMedian() {
        for (int seed = 0; seed < 100; seed++) {
            int[] grey = picture(new Random(seed), 32, 32);
            double[] frequencies = new double[64];
            for (int v = 0; v < 8; v++) {
                for (int u = 0; u < 8; u++) {
                    frequencies[8 * v + u] = frequency(grey, v, u);
                }
            }
            double[] sorted = frequencies.clone();
            Arrays.sort(sorted);
            double median = (sorted[31] + sorted[32]) / 2;
            StringBuilder bits = new StringBuilder();
            for (double frequency : frequencies) {
                bits.append(frequency > median ? '1' : '0');
            }
            assertEquals(hex(bits), hash(PerceptualHash.PHASH, grey), "seed " + seed);
        }
    }

    @Test
    void frequenciesAreThoseOfTheFormula() {
        for (int seed = 0; seed < 20; seed++) {
            int[] grey = picture(new Random(seed), 32, 32);
            long[] lowest = CosineTransform.lowest(grey);
            for (int i = 0; i < 64; i++) {
                assertEquals(frequency(grey, i / 8, i % 8), lowest[i] / (double) (1L << 44), 0.02);
            }
        }
        int[] white = new int[1024];
        Arrays.fill(white, 255);
        assertEquals((1024 * 255L) << 44, CosineTransform.lowest(white)[0]);
    }

    @Test
    void rightNeighboursAgainstLeft() {
        for (int seed = 0; seed < 50; seed++) {
            int[] grey = picture(new Random(seed), 9, 8);
            StringBuilder bits = new StringBuilder();
            for (int y = 0; y < 8; y++) {
                for (int x = 1; x < 9; x++) {
                    bits.append(grey[9 * y + x] > grey[9 * y + x - 1] ? '1' : '0');
                }
            }
            assertEquals(hex(bits), hash(PerceptualHash.DHASH, grey), "seed " + seed);
        }
    }

    @Test
    void pixelsAgainstTheirMean() {
        for (int seed = 0; seed < 50; seed++) {
            int[] grey = picture(new Random(seed), 8, 8);
            double mean = Arrays.stream(grey).average().orElseThrow();
            StringBuilder bits = new StringBuilder();
            for (int value : grey) {
                bits.append(value > mean ? '1' : '0');
            }
            assertEquals(hex(bits), hash(PerceptualHash.AHASH, grey), "seed " + seed);
        }
    }

    @Test
    void picturesOfOneColourHaveNoDetail() {
        for (int value : new int[] {1, 3, 77, 128, 255}) {
            assertEquals("8000000000000000", hash(PerceptualHash.PHASH, filled(1024, value)), "grey " + value);
            assertEquals("0000000000000000", hash(PerceptualHash.DHASH, filled(72, value)));
            assertEquals("0000000000000000", hash(PerceptualHash.AHASH, filled(64, value)));
        }
        assertEquals("0000000000000000", hash(PerceptualHash.PHASH, filled(1024, 0)));
    }

    /** A symmetric picture has no odd frequencies, so a brighter copy has the same hash. */
    @Test
    void symmetryCancelsExactly() {
        int[] grey = new int[1024];
        for (int i = 0; i < 1024; i++) {
            int x = i % 32;
            int y = i / 32;
            grey[i] = Math.min(x, 31 - x) * 3 + Math.min(y, 31 - y) * 4;
        }
        long[] lowest = CosineTransform.lowest(grey);
        for (int i = 0; i < 64; i++) {
            if (i / 8 % 2 == 1 || i % 2 == 1) {
                assertEquals(0, lowest[i], "frequency " + i);
            }
        }
        assertTrue(lowest[2] != 0 && lowest[16] != 0);
        int[] brighter = Arrays.stream(grey).map(value -> value + 100).toArray();
        assertEquals(hash(PerceptualHash.PHASH, grey), hash(PerceptualHash.PHASH, brighter));
    }

    @Test
    void sizesAndNames() {
        assertArrayEquals(new int[] {32, 32}, size(PerceptualHash.PHASH));
        assertArrayEquals(new int[] {9, 8}, size(PerceptualHash.DHASH));
        assertArrayEquals(new int[] {8, 8}, size(PerceptualHash.AHASH));
        assertEquals("phash", PerceptualHash.PHASH.toString());
    }

    @Test
    void refusesOtherPixels() {
        assertEquals(
                "dhash takes [9] x [8] pixels; got [64] values",
                assertThrows(IllegalArgumentException.class, () -> PerceptualHash.DHASH.hash(new int[64]))
                        .getMessage());
        for (int value : new int[] {-1, 256}) {
            assertEquals(
                    "grey values must be within [0..255]; got [" + value + "]",
                    assertThrows(IllegalArgumentException.class, () -> PerceptualHash.PHASH.hash(filled(1024, value)))
                            .getMessage());
        }
    }

    private static String hash(PerceptualHash kind, int[] grey) {
        return HexFormat.of().formatHex(kind.hash(grey));
    }

    private static String hex(StringBuilder bits) {
        return HexFormat.of().toHexDigits(Long.parseUnsignedLong(bits.toString(), 2));
    }

    private static double frequency(int[] grey, int v, int u) {
        double sum = 0;
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                sum += Math.cos(Math.PI * v * (2 * y + 1) / 64)
                        * Math.cos(Math.PI * u * (2 * x + 1) / 64)
                        * grey[32 * y + x];
            }
        }
        return sum;
    }

    /** A slope with noise; few grey values, so that equal ones meet. */
    private static int[] picture(Random random, int width, int height) {
        int[] grey = new int[width * height];
        int steps = 1 + random.nextInt(100);
        for (int i = 0; i < grey.length; i++) {
            int slope = 128 * (i % width) / width + 64 * (i / width) / height;
            grey[i] = Math.min(255, (slope + random.nextInt(64)) / steps * steps);
        }
        return grey;
    }

    private static int[] filled(int length, int value) {
        int[] filled = new int[length];
        Arrays.fill(filled, value);
        return filled;
    }

    private static int[] size(PerceptualHash hash) {
        return new int[] {hash.width(), hash.height()};
    }
}
