package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HammingWithinTests {
    private static final int[] COUNTS = {0, 1, 7, 31, 32, 33, 63, 64, 65, 207, 1021, 16384};
    private static final int[] BOUNDS = {0, 1, 13, 64, 255, 4096, 32766, 32767};

    @Test
    void findsWhatAPlainLoopFinds() {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            for (int count : COUNTS) {
                for (int farthest : BOUNDS) {
                    short[] distances = new short[count + 5];
                    for (int i = 0; i < distances.length; i++) {
                        // most groups have none, and what is at the bound or one above it is frequent
                        int d = random.nextInt(40) == 0 ? farthest + random.nextInt(3) - 1 : 32767 - random.nextInt(40);
                        distances[i] = (short) Math.clamp(d, 0, 32767);
                    }
                    check(distances, count, farthest);
                }
            }
        }
    }

    @Test
    void findsAllOrNoneWhereAllAreAlike() {
        for (int value : BOUNDS) {
            for (int farthest : BOUNDS) {
                short[] distances = new short[100];
                Arrays.fill(distances, (short) value);
                assertEquals(
                        value <= farthest ? 100 : 0,
                        Hamming.within(distances, 100, farthest, new int[100]),
                        () -> value + " within " + farthest);
            }
        }
    }

    @Test
    void refusesBoundsThatNoDistanceHas() {
        assertEquals(
                "[farthest] must be within [0..32767]; got [-1]",
                assertThrows(IllegalArgumentException.class, () -> Hamming.within(new short[1], 1, -1, new int[1]))
                        .getMessage());
        assertEquals(
                "[farthest] must be within [0..32767]; got [32768]",
                assertThrows(IllegalArgumentException.class, () -> Hamming.within(new short[1], 1, 32768, new int[1]))
                        .getMessage());
    }

    @Test
    void refusesArraysThatAreTooShort() {
        assertThrows(IndexOutOfBoundsException.class, () -> Hamming.within(new short[31], 32, 5, new int[32]));
        assertThrows(IndexOutOfBoundsException.class, () -> Hamming.within(new short[32], 32, 5, new int[31]));
        assertThrows(IndexOutOfBoundsException.class, () -> Hamming.within(new short[32], -1, 5, new int[32]));
    }

    private static void check(short[] distances, int count, int farthest) {
        int[] expected =
                IntStream.range(0, count).filter(i -> distances[i] <= farthest).toArray();
        int[] positions = new int[count + 1];
        int found = Hamming.within(distances, count, farthest, positions);
        assertArrayEquals(expected, Arrays.copyOf(positions, found), () -> count + " distances, at most " + farthest);
    }
}
