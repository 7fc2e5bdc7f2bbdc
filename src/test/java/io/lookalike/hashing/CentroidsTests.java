package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CentroidsTests {
    private static float[] gaussian(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Bit for bit, also after the compiler replaced the loops by vector instructions. */
    @Test
    void nearestAreThoseOfBruteForce() {
        for (int[] shape : new int[][] {{1, 1}, {3, 2}, {8, 7}, {65, 16}, {128, 65}, {207, 300}}) {
            int dims = shape[0];
            int count = shape[1];
            Random random = new Random(count);
            float[] values = gaussian(random, count * dims);
            int assigned = Math.min(count, 3);
            Centroids one = new Centroids(dims, count, values, 1);
            Centroids several = new Centroids(dims, count, values, assigned);
            assertArrayEquals(values, one.values());
            for (int round = 0; round < 200; round++) {
                float[] vector = gaussian(random, dims);
                float[] expected = new float[count];
                for (int c = 0; c < count; c++) {
                    for (int d = 0; d < dims; d++) {
                        float difference = values[c * dims + d] - vector[d];
                        float square = difference * difference;
                        expected[c] += square;
                    }
                }
                assertArrayEquals(expected, one.squareDistances(vector));
                int[] order = IntStream.range(0, count)
                        .boxed()
                        .sorted(Comparator.comparingDouble(c -> expected[c]))
                        .mapToInt(c -> c)
                        .toArray();
                assertArrayEquals(order, one.nearest(vector, count));
                assertArrayEquals(Arrays.copyOf(order, (count + 1) / 2), one.nearest(vector, (count + 1) / 2));
                assertArrayEquals(Arrays.copyOf(order, Math.min(count, 5)), one.nearest(vector, 5));
                assertArrayEquals(new int[] {order[0]}, one.nearest(vector));
                assertArrayEquals(Arrays.copyOf(order, assigned), several.nearest(vector));
            }
        }
    }

    @Test
    void ofTwoAtOneDistanceTheFirstIsNearer() {
        Centroids centroids = new Centroids(1, 4, new float[] {3, 1, -1, 1}, 1);
        assertArrayEquals(new int[] {1, 2, 3, 0}, centroids.nearest(new float[] {0}, 9));
        assertArrayEquals(new int[] {1}, centroids.nearest(new float[] {0}));
    }

    @Test
    void refusesWhatDoesNotGoTogether() {
        assertEquals(
                "a vector must belong to [1] to [2] clusters; got [3]",
                assertThrows(IllegalArgumentException.class, () -> new Centroids(1, 2, new float[2], 3))
                        .getMessage());
        assertEquals(
                "[2] rows of [3] dims must have [6] values; got [5]",
                assertThrows(IllegalArgumentException.class, () -> new Centroids(3, 2, new float[5], 1))
                        .getMessage());
        assertEquals(
                "[vector] has [2] dims but the centroids have [3]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Centroids(3, 2, new float[6], 1).nearest(new float[2]))
                        .getMessage());
    }
}
