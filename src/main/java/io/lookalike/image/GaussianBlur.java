package io.lookalike.image;

import java.util.Arrays;

/**
 * Blurs a picture as torchvision's {@code gaussian_blur} does: the weights add up to one, borders are reflected without
 * repeating the edge, and results are rounded to eight bits.
 *
 * <p>Costs {@code 2 * kernel} multiplications a pixel and channel, and a picture of floats. Stateless.
 */
final class GaussianBlur {

    private GaussianBlur() {}

    /** Returns the blurred copy of {@code width * height} interleaved pixels of three bytes. */
    static byte[] blur(byte[] rgb, int width, int height, int kernel, double sigma) {
        float[] weights = weights(kernel, sigma);
        int rowBytes = 3 * width;
        float[] across = across(rgb, width, height, weights);
        byte[] blurred = new byte[rgb.length];
        float[] row = new float[rowBytes];
        for (int y = 0; y < height; y++) {
            Arrays.fill(row, 0);
            for (int k = 0; k < kernel; k++) {
                add(across, rowBytes * reflect(y + k - kernel / 2, height), weights[k], row, 0, rowBytes);
            }
            for (int i = 0; i < rowBytes; i++) {
                blurred[y * rowBytes + i] = (byte) Math.min(255, Math.rint(row[i]));
            }
        }
        return blurred;
    }

    private static float[] across(byte[] rgb, int width, int height, float[] weights) {
        int rowBytes = 3 * width;
        float[] sums = new float[rgb.length];
        float[] padded = new float[3 * (width + weights.length - 1)];
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < padded.length; i++) {
                int x = reflect(i / 3 - weights.length / 2, width);
                padded[i] = rgb[y * rowBytes + 3 * x + i % 3] & 0xff;
            }
            for (int k = 0; k < weights.length; k++) {
                add(padded, 3 * k, weights[k], sums, y * rowBytes, rowBytes);
            }
        }
        return sums;
    }

    private static void add(float[] values, int from, float weight, float[] sums, int to, int count) {
        for (int i = 0; i < count; i++) {
            sums[to + i] += weight * values[from + i];
        }
    }

    private static float[] weights(int kernel, double sigma) {
        double[] exact = new double[kernel];
        double sum = 0;
        for (int k = 0; k < kernel; k++) {
            double distance = (k - kernel / 2) / sigma;
            exact[k] = StrictMath.exp(-0.5 * distance * distance);
            sum += exact[k];
        }
        float[] weights = new float[kernel];
        for (int k = 0; k < kernel; k++) {
            weights[k] = (float) (exact[k] / sum);
        }
        return weights;
    }

    /** Mirrors a position at the edges until it is inside: -1 becomes 1, and {@code size} becomes {@code size - 2}. */
    static int reflect(int at, int size) {
        if (size == 1) {
            return 0;
        }
        int period = 2 * (size - 1);
        int inPeriod = Math.floorMod(at, period);
        return Math.min(inPeriod, period - inPeriod);
    }
}
