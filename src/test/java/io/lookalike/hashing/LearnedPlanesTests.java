package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LearnedPlanesTests {
    private static float[] gaussian(Random random, int dims) {
        float[] vector = new float[dims];
        for (int i = 0; i < dims; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** Bit for bit: products in floats, added in the order of the dims. */
    @Test
    void eachBitSaysOnWhichSideOfItsPlaneAVectorLies() {
        int[][] shapes = {{1, 8}, {3, 16}, {7, 24}, {64, 64}, {65, 128}, {207, 256}};
        for (int[] shape : shapes) {
            int dims = shape[0];
            int bits = shape[1];
            for (int seed = 0; seed < 4; seed++) {
                Random random = new Random(seed);
                float[] weights = gaussian(random, bits * dims);
                float[] center = seed % 2 == 0 ? null : gaussian(random, dims);
                float[] thresholds = seed / 2 == 0 ? null : gaussian(random, bits);
                float[] vector = gaussian(random, dims);
                BinaryCode planes = BinaryCode.learned(dims, bits, weights, thresholds, center, .5);
                float[] projections = new float[bits];
                byte[] code = new byte[bits / 8];
                for (int bit = 0; bit < bits; bit++) {
                    for (int d = 0; d < dims; d++) {
                        float product = (center == null ? vector[d] : vector[d] - center[d]) * weights[bit * dims + d];
                        projections[bit] += product;
                    }
                    if (projections[bit] > (thresholds == null ? 0 : thresholds[bit])) {
                        code[bit / 8] |= (byte) (1 << (7 - bit % 8));
                    }
                }
                assertArrayEquals(projections, planes.projections(vector));
                assertArrayEquals(code, planes.hash(vector));
                assertArrayEquals(weights, planes.weights());
                assertArrayEquals(thresholds, planes.thresholds());
                assertArrayEquals(center, planes.center());
            }
        }
    }

    @Test
    void aVectorOnAPlaneHasNoBitSet() {
        float[] weights = new float[16];
        float[] thresholds = new float[8];
        for (int bit = 0; bit < 8; bit++) {
            weights[2 * bit] = 1;
            thresholds[bit] = bit;
        }
        BinaryCode planes = BinaryCode.learned(2, 8, weights, thresholds, null, 1);
        assertArrayEquals(new byte[] {(byte) 0b1110_0000}, planes.hash(new float[] {3, 9}));
        assertArrayEquals(new byte[] {(byte) 0b1111_0000}, planes.hash(new float[] {3.25f, 9}));
    }

    @Test
    void normsAreDistancesFromTheCentre() {
        float[] weights = new float[24];
        assertEquals(13, BinaryCode.learned(3, 8, weights, null, null, 1).norm(new float[] {3, 4, 12}));
        assertEquals(
                5,
                BinaryCode.learned(3, 8, weights, null, new float[] {1, 1, 12}, 1)
                        .norm(new float[] {4, 5, 12}));
    }

    @Test
    void estimatesOfRandomPlanesHaveTheirScaleByDefault() {
        int dims = 64;
        int bits = 4096;
        float[] weights = new float[bits * dims];
        for (int bit = 0; bit < bits; bit++) {
            for (int d = 0; d < dims; d++) {
                weights[bit * dims + d] = Gaussians.weight(5, bit, d);
            }
        }
        BinaryCode random = BinaryCode.random(dims, bits, 5, null);
        double even = BinaryCode.evenScale(dims, weights);
        // lengths of normals are near the root of the dims
        assertEquals(1, even / random.scale(), .01);
        BinaryCode learned = BinaryCode.learned(dims, bits, weights, null, null, even);
        float[] vector = gaussian(new Random(1), dims);
        assertArrayEquals(random.hash(vector), learned.hash(vector));
        assertEquals(1, BinaryCode.evenScale(2, new float[32]));
    }

    /** Planes of any length, and the scale of their signs. */
    @Test
    void estimatesAreNearTheSquaredDistance() {
        int dims = 32;
        int bits = 2048;
        Random random = new Random(2);
        float[] weights = gaussian(random, bits * dims);
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= .01f;
        }
        float[] center = gaussian(random, dims);
        BinaryCode planes = BinaryCode.learned(dims, bits, weights, null, center, BinaryCode.evenScale(dims, weights));
        for (int round = 0; round < 20; round++) {
            float[] query = gaussian(random, dims);
            float[] other = gaussian(random, dims);
            double distance = 0;
            for (int d = 0; d < dims; d++) {
                distance += (query[d] - other[d]) * (query[d] - other[d]);
            }
            float[] projections = planes.projections(query);
            byte[] code = planes.hash(other);
            float sum = 0;
            for (int bit = 0; bit < bits; bit++) {
                sum += (code[bit / 8] >> (7 - bit % 8) & 1) == 1 ? projections[bit] : -projections[bit];
            }
            double estimate = BinaryCode.estimate(planes.scale(), planes.norm(other), sum);
            double norm = planes.norm(query);
            // four deviations of products of so long vectors from so many signs
            double tolerance = 2 * 4 * norm * planes.norm(other) / Math.sqrt(bits);
            assertEquals(distance, estimate + norm * norm, tolerance);
        }
    }

    @Test
    void refusesArraysThatDoNotGoTogether() {
        refused("[bits] must be a multiple of 8; got [12]", 12, new float[24], null);
        refused("[8] rows of [2] dims must have [16] values; got [15]", 8, new float[15], null);
        refused("there must be [8] thresholds, one for each bit; got [7]", 8, new float[16], new float[7]);
    }

    private static void refused(String message, int bits, float[] weights, float[] thresholds) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> BinaryCode.learned(2, bits, weights, thresholds, null, 1))
                        .getMessage());
    }

    @Test
    void mapsAreProductsAndABias() {
        for (int[] shape : new int[][] {{1, 1}, {7, 3}, {8, 4}, {65, 33}}) {
            Random random = new Random(shape[0]);
            float[] weights = gaussian(random, shape[1] * shape[0]);
            float[] bias = shape[0] == 7 ? null : gaussian(random, shape[1]);
            float[] x = gaussian(random, shape[0]);
            LinearMap map = new LinearMap(shape[0], shape[1], weights, bias);
            float[] expected = new float[shape[1]];
            for (int i = 0; i < expected.length; i++) {
                for (int d = 0; d < x.length; d++) {
                    float product = weights[i * x.length + d] * x[d];
                    expected[i] += product;
                }
                expected[i] += bias == null ? 0 : bias[i];
            }
            assertArrayEquals(expected, map.apply(x));
            assertArrayEquals(weights, map.weights());
            assertArrayEquals(bias, map.bias());
        }
        assertNull(new LinearMap(1, 1, new float[1], null).bias());
    }
}
