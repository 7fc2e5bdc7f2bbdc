package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ProjectionTests {
    /** Bit for bit, also after the compiler replaced the loops by vector instructions. */
    @Test
    void productsAreThoseOfOnePlaneAfterAnother() {
        int[][] shapes = {{1, 1}, {2, 7}, {3, 16}, {4, 33}, {5, 64}, {7, 8}, {63, 65}, {130, 80}, {207, 128}};
        for (int[] shape : shapes) {
            int dims = shape[0];
            int planes = shape[1];
            for (int seed = 0; seed < 3; seed++) {
                Random random = new Random(seed);
                float[] center = seed == 0 ? null : gaussian(random, dims);
                float[] vector = gaussian(random, dims);
                float[] expected = new float[planes];
                for (int plane = 0; plane < planes; plane++) {
                    expected[plane] = PlainHashing.product(vector, center, seed, plane);
                }
                Projection projection = new Projection(dims, planes, seed, center);
                int rounds = dims * planes > 5000 ? 3000 : 3;
                for (int round = 0; round < rounds; round++) {
                    float[] products = projection.products(vector);
                    assertArrayEquals(expected, products, "dims " + dims + " planes " + planes + " seed " + seed);
                }
            }
        }
    }

    @Test
    void centerIsCopied() {
        float[] center = {1, 2};
        Projection projection = new Projection(2, 8, 3, center);
        float[] before = projection.products(new float[] {5, 5});
        center[0] = 100;
        assertArrayEquals(before, projection.products(new float[] {5, 5}));
    }

    @Test
    void refusesWhatItCannotHold() {
        refuses("[dims] must be within [1..4096]; got [0]", 0, 8, null);
        refuses("[dims] must be within [1..4096]; got [4097]", 4097, 8, null);
        refuses(
                "[4096] dims and [4097] hyperplanes need more than [16777216] weights; use fewer bits",
                4096,
                4097,
                null);
        refuses("[center] has [3] dims but the hyperplanes have [2]", 2, 8, new float[3]);
        refuses("[center] has the component [NaN] at index [1]; components must be finite", 2, 8, new float[] {
            0, Float.NaN
        });
        Projection projection = new Projection(2, 8, 0, null);
        assertEquals(
                "[vector] has [1] dims but the hyperplanes have [2]",
                assertThrows(IllegalArgumentException.class, () -> projection.products(new float[1]))
                        .getMessage());
        assertEquals(
                "[vector] has the component [Infinity] at index [0]; components must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> projection.products(new float[] {Float.POSITIVE_INFINITY, 0}))
                        .getMessage());
    }

    private static void refuses(String message, int dims, int planes, float[] center) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new Projection(dims, planes, 0, center))
                        .getMessage());
    }

    private static float[] gaussian(Random random, int dims) {
        float[] vector = new float[dims];
        for (int i = 0; i < dims; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }
}
