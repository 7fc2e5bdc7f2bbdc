package io.lookalike.hashing;

import java.util.Arrays;

/**
 * The rising curve of brightness that makes one picture most like another, so that gamma, contrast and clipped whites
 * do not count as differences.
 *
 * <p>Pixels are put into {@value #BINS} bins of equal size by their value; the curve joins the means of the bins, and
 * neighbouring bins where it would fall become one (isotonic regression). Stateless and thread-safe.
 */
final class DetailTone {
    private static final int BINS = 16;
    /** Grey values; bins nearer than this become one. */
    private static final double APART = 1e-3;
    /** Bits below a value that hold the number of its pixel while sorting. */
    private static final int PIXEL_BITS = 20;

    private static final float PRECISION = 1024;

    private DetailTone() {}

    /**
     * A picture with the brightness of another.
     *
     * @param a grey values, 0..255
     * @param b of the same length
     * @param counted the pixels that both show
     */
    static float[] match(float[] a, float[] b, boolean[] counted) {
        long[] order = new long[a.length];
        int count = 0;
        for (int i = 0; i < a.length; i++) {
            if (counted[i]) {
                order[count++] = (long) (a[i] * PRECISION) << PIXEL_BITS | i;
            }
        }
        Arrays.sort(order, 0, count);
        double[] from = new double[BINS];
        double[] to = new double[BINS];
        double[] weight = new double[BINS];
        int bins = 0;
        for (int bin = 0; bin < BINS; bin++) {
            int start = bin * count / BINS;
            int end = (bin + 1) * count / BINS;
            for (int j = start; j < end; j++) {
                int pixel = (int) (order[j] & (1 << PIXEL_BITS) - 1);
                from[bins] += a[pixel] / (end - start);
                to[bins] += b[pixel] / (end - start);
            }
            weight[bins] = end - start;
            bins++;
            while (bins > 1 && (to[bins - 1] <= to[bins - 2] || from[bins - 1] - from[bins - 2] < APART)) {
                bins--;
                double sum = weight[bins - 1] + weight[bins];
                from[bins - 1] = (from[bins - 1] * weight[bins - 1] + from[bins] * weight[bins]) / sum;
                to[bins - 1] = (to[bins - 1] * weight[bins - 1] + to[bins] * weight[bins]) / sum;
                weight[bins - 1] = sum;
                from[bins] = 0;
                to[bins] = 0;
            }
        }
        return bins < 2 ? a.clone() : along(a, from, to, bins);
    }

    /** The outermost pieces of the curve go on beyond its ends. */
    private static float[] along(float[] values, double[] from, double[] to, int bins) {
        float[] matched = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int piece = 0;
            while (piece < bins - 2 && values[i] > from[piece + 1]) {
                piece++;
            }
            double slope = (to[piece + 1] - to[piece]) / (from[piece + 1] - from[piece]);
            matched[i] = (float) (to[piece] + (values[i] - from[piece]) * slope);
        }
        return matched;
    }
}
