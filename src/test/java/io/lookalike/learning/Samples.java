package io.lookalike.learning;

import java.util.Random;

/** Seeded samples for tests of learners. */
final class Samples {
    private Samples() {}

    /** Gaussian vectors with a mean apart from zero and these standard deviations along the axes. */
    static float[][] gaussian(long seed, int count, double... deviations) {
        Random random = new Random(seed);
        float[][] rows = new float[count][deviations.length];
        for (float[] row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] = (float) (3 + d + deviations[d] * random.nextGaussian());
            }
        }
        return rows;
    }

    /** Standard deviations that fall from one, as in real data. */
    static double[] falling(int dims) {
        double[] deviations = new double[dims];
        for (int d = 0; d < dims; d++) {
            deviations[d] = 1 / Math.sqrt(1 + d);
        }
        return deviations;
    }

    /** Vectors close to the corners of a lattice, {@code clusters} of them, one after another. */
    static float[][] separated(long seed, int count, int dims, int clusters) {
        Random random = new Random(seed);
        float[][] rows = new float[count][dims];
        for (int i = 0; i < count; i++) {
            for (int d = 0; d < dims; d++) {
                int digit = i % clusters >> d & 1;
                rows[i][d] = 10 * digit + .1f * (float) random.nextGaussian();
            }
        }
        return rows;
    }

    static double dot(float[] a, int atA, float[] b, int atB, int dims) {
        double sum = 0;
        for (int d = 0; d < dims; d++) {
            sum += (double) a[atA + d] * b[atB + d];
        }
        return sum;
    }
}
