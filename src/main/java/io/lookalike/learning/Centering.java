package io.lookalike.learning;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;

/**
 * Moves a sample to the origin and scales it, so that floats can hold its squares.
 *
 * @param mean of the sample
 * @param factor a power of two that brings the greatest component of the vectors less the mean near one
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record Centering(float[] mean, float factor) {
    private static final int STRIPE = 64;
    private static final int LEAST_EXPONENT = -100;

    /**
     * Computes mean and factor of a sample.
     *
     * @throws IllegalArgumentException if there are no vectors, they have different numbers of dims, or a component is
     *     not finite
     */
    static Centering of(float[][] rows, Workers workers, Progress progress) {
        if (rows.length == 0 || rows[0].length == 0) {
            throw new IllegalArgumentException("the sample is empty; there must be at least one vector to learn from");
        }
        int dims = rows[0].length;
        for (float[] row : rows) {
            if (row.length != dims) {
                throw new IllegalArgumentException(
                        "the sample has vectors of [" + dims + "] and of [" + row.length + "] dims");
            }
        }
        float[] mean = new float[dims];
        float[] reach = new float[dims];
        int stripes = (dims + STRIPE - 1) / STRIPE;
        workers.each(stripes, () -> progress.at("mean", 0, 1), (stripe, worker) -> {
            int to = Math.min(dims, (stripe + 1) * STRIPE);
            measure(rows, stripe * STRIPE, to, mean, reach);
        });
        float greatest = 0;
        for (float r : reach) {
            greatest = Math.max(greatest, r);
        }
        int exponent = greatest > 0 ? Math.max(LEAST_EXPONENT, Math.getExponent(greatest)) : 0;
        return new Centering(mean, Math.scalb(1f, -exponent));
    }

    private static void measure(float[][] rows, int from, int to, float[] mean, float[] reach) {
        double[] sums = new double[to - from];
        float[] least = new float[to - from];
        float[] greatest = new float[to - from];
        Arrays.fill(least, Float.POSITIVE_INFINITY);
        Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
        for (float[] row : rows) {
            for (int d = from; d < to; d++) {
                float x = row[d];
                sums[d - from] += x;
                least[d - from] = Math.min(least[d - from], x);
                greatest[d - from] = Math.max(greatest[d - from], x);
            }
        }
        for (int d = from; d < to; d++) {
            // NaN is neither
            if (!(least[d - from] >= -Float.MAX_VALUE && greatest[d - from] <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("the sample has a vector whose component [" + d + "] is not finite");
            }
            // because the rounded mean of equal values could differ from them
            float m = least[d - from] == greatest[d - from] ? least[d - from] : (float) (sums[d - from] / rows.length);
            mean[d] = m;
            reach[d] = Math.min(Float.MAX_VALUE, Math.max(greatest[d - from] - m, m - least[d - from]));
        }
    }

    /** Writes {@code (row - mean) * factor} to {@code out} from {@code to} on. */
    void write(float[] row, float[] out, int to) {
        for (int d = 0; d < mean.length; d++) {
            out[to + d] = (row[d] - mean[d]) * factor;
        }
    }
}
