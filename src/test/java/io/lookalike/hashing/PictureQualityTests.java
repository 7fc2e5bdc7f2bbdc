package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;

class PictureQualityTests {
    private static int[] picture(IntBinaryOperator value) {
        int[] grey = new int[PictureQuality.SIDE * PictureQuality.SIDE];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = value.applyAsInt(i % PictureQuality.SIDE, i / PictureQuality.SIDE);
        }
        return grey;
    }

    @Test
    void ofDrawnPictures() {
        assertEquals(0, PictureQuality.of(picture((x, y) -> 200)));
        // one edge of 64 steps of 100
        assertEquals(6400 / 90, PictureQuality.of(picture((x, y) -> x < 20 ? 0 : 255)));
        assertEquals(6400 / 90, PictureQuality.of(picture((x, y) -> y < 50 ? 0 : 255)));
        // steps of less than 1/100 are none, as those of a sky
        assertEquals(0, PictureQuality.of(picture((x, y) -> x + 2 * y)));
        assertEquals(63 * 64 / 90, PictureQuality.of(picture((x, y) -> 3 * y)));
        assertEquals(100, PictureQuality.of(picture((x, y) -> (x + y) % 2 * 255)));
    }

    @Test
    void isThatOfTheFormula() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int range = 1 + random.nextInt(16);
            int[] grey = picture((x, y) -> 100 + random.nextInt(range));
            int sum = 0;
            for (int i = 0; i < 64; i++) {
                for (int j = 0; j < 63; j++) {
                    sum += Math.abs((grey[64 * i + j] - grey[64 * i + j + 1]) * 100 / 255);
                    sum += Math.abs((grey[64 * j + i] - grey[64 * j + 64 + i]) * 100 / 255);
                }
            }
            assertEquals(Math.min(100, sum / 90), PictureQuality.of(grey));
        }
    }

    @Test
    void otherSidesAreRefused() {
        assertEquals(
                "quality takes [64] x [64] pixels; got [1024] values",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PictureQuality.of(Arrays.copyOf(picture((x, y) -> 0), 1024)))
                        .getMessage());
    }
}
