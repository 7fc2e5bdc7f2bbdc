package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sums of waves as pictures, seen through other frames and lights. */
class PictureDetailTests {
    private static final int SIDE = PictureDetail.SIDE;
    private static final int CASES = 40;

    /** A picture of its own for each seed: brightness for x and y from 0 to 1, and a little beyond. */
    private static DoubleBinaryOperator picture(long seed) {
        Random random = new Random(seed);
        double[][] waves = IntStream.range(0, 40)
                .mapToObj(i ->
                        new double[] {8 * random.nextGaussian(), 8 * random.nextGaussian(), 6 * random.nextDouble()})
                .toArray(double[][]::new);
        return (x, y) -> 128
                + 14
                        * Arrays.stream(waves)
                                .mapToDouble(wave -> Math.sin(wave[0] * x * 2 + wave[1] * y * 2 + wave[2]))
                                .sum();
    }

    private static byte[] detail(DoubleBinaryOperator picture) {
        int[] grey = new int[SIDE * SIDE];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                long value = Math.round(picture.applyAsDouble((x + .5) / SIDE, (y + .5) / SIDE));
                grey[y * SIDE + x] = Math.clamp(value, 0, 255);
            }
        }
        return PictureDetail.of(grey);
    }

    private static void assertSame(String what, byte[] a, byte[] b) {
        assertTrue(PictureDetail.areSame(a, b), what);
        assertTrue(PictureDetail.areSame(b, a), what);
    }

    @Test
    void copiesAreTheSame() {
        for (int seed = 0; seed < CASES; seed++) {
            DoubleBinaryOperator picture = picture(seed);
            byte[] original = detail(picture);
            Random noise = new Random(seed);
            assertSame("itself", original, original);
            assertSame("darker", original, detail((x, y) -> picture.applyAsDouble(x, y) * .7));
            assertSame("noisy", original, detail((x, y) -> picture.applyAsDouble(x, y) + 3 * noise.nextGaussian()));
            assertSame("cropped", original, detail((x, y) -> picture.applyAsDouble(.03 + .94 * x, .03 + .94 * y)));
            assertSame("shifted", original, detail((x, y) -> picture.applyAsDouble(x + .03, y)));
            assertSame(
                    "turned",
                    original,
                    detail((x, y) -> picture.applyAsDouble(x + .02 * (y - .5), y - .02 * (x - .5))));
            assertSame(
                    "framed",
                    original,
                    detail((x, y) -> Math.max(Math.abs(x - .5), Math.abs(y - .5)) > .5 - .03
                            ? 0
                            : picture.applyAsDouble(.5 + (x - .5) / .94, .5 + (y - .5) / .94)));
            assertSame("bright up to white", original, detail((x, y) -> picture.applyAsDouble(x, y) * 1.3));
            assertSame(
                    "with gamma",
                    original,
                    detail((x, y) -> 255 * Math.pow(Math.clamp(picture.applyAsDouble(x, y), 0, 255) / 255, 1.8)));
            assertSame("with a caption", original, detail((x, y) -> y > .88 ? 255 : picture.applyAsDouble(x, y)));
        }
    }

    @Test
    void othersAreNot() {
        for (int seed = 0; seed < CASES; seed++) {
            DoubleBinaryOperator picture = picture(seed);
            DoubleBinaryOperator other = picture(seed + 1000L);
            assertFalse(PictureDetail.areSame(detail(picture), detail(other)));
            // two things of one kind: the same shape, with parts that differ all over it
            DoubleBinaryOperator kind = (x, y) -> picture.applyAsDouble(x, y) + .3 * (other.applyAsDouble(x, y) - 128);
            assertFalse(PictureDetail.areSame(detail(picture), detail(kind)), "kind " + seed);
        }
    }

    /** Nothing in them says that they are the same. */
    @Test
    void picturesOfOneColourAreNot() {
        byte[] white = detail((x, y) -> 255);
        assertArrayEquals(new byte[SIDE * SIDE], white);
        assertFalse(PictureDetail.areSame(white, white));
        assertFalse(PictureDetail.areSame(white, detail(picture(1))));
        assertFalse(PictureDetail.areSame(detail(picture(1)), white));
    }

    @Test
    void lengthsAreChecked() {
        assertEquals(
                "detail takes [32] x [32] pixels; got [3] values",
                assertThrows(IllegalArgumentException.class, () -> PictureDetail.of(new int[3]))
                        .getMessage());
        assertEquals(
                "a detail has [1024] bytes; got [3] bytes",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PictureDetail.areSame(new byte[3], new byte[SIDE * SIDE]))
                        .getMessage());
    }
}
