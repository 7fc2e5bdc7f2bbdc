package io.lookalike.modelgen;

import java.util.function.DoubleBinaryOperator;

/**
 * Square convolution kernels sampled from formulas.
 *
 * <p>Computed in double precision with {@link StrictMath}, so that every machine gets the same bits. Kernels reach out
 * to 2.5 sigma; x grows to the right and y downwards.
 */
final class Kernels {

    private Kernels() {}

    /** A Gaussian that sums to 1. */
    static float[] gaussian(double sigma) {
        return unitSum(sample(radius(sigma), (x, y) -> bell(x, y, sigma)));
    }

    /** The Gaussian's derivative along x, scaled to answer 1 to a slope of 1 a pixel. */
    static float[] gaussianX(double sigma) {
        return unitSlope(sample(radius(sigma), (x, y) -> x * bell(x, y, sigma)), true);
    }

    /** The Gaussian's derivative along y, scaled to answer 1 to a slope of 1 a pixel. */
    static float[] gaussianY(double sigma) {
        return unitSlope(sample(radius(sigma), (x, y) -> y * bell(x, y, sigma)), false);
    }

    /**
     * A wave under a Gaussian, without answer to a constant, whose weights sum to 1 without their signs.
     *
     * @param wave the length of the wave in pixels
     * @param direction the direction in which it changes
     * @param phase 0: a line in the middle; a quarter of a turn: an edge
     */
    static float[] gabor(double sigma, double wave, double direction, double phase, int radius) {
        double[] bells = sample(radius, (x, y) -> bell(x, y, sigma));
        double[] waves = sample(radius, (x, y) -> {
            double along = x * StrictMath.cos(direction) + y * StrictMath.sin(direction);
            return StrictMath.cos(2 * StrictMath.PI * along / wave - phase) * bell(x, y, sigma);
        });
        double answer = 0;
        double all = 0;
        for (int i = 0; i < bells.length; i++) {
            answer += waves[i];
            all += bells[i];
        }
        double sum = 0;
        for (int i = 0; i < bells.length; i++) {
            waves[i] -= bells[i] * answer / all;
            sum += StrictMath.abs(waves[i]);
        }
        return divided(waves, sum);
    }

    /** The mean of the two points at the given distance in the given direction and in the opposite one. */
    static float[] twoPoints(int distance, double direction) {
        double pointX = distance * StrictMath.cos(direction);
        double pointY = distance * StrictMath.sin(direction);
        return unitSum(sample(distance, (x, y) -> near(x - pointX, y - pointY) + near(x + pointX, y + pointY)));
    }

    /** The bilinear weight of a pixel at the given offset. */
    private static double near(double dx, double dy) {
        return StrictMath.max(0, 1 - StrictMath.abs(dx)) * StrictMath.max(0, 1 - StrictMath.abs(dy));
    }

    /** The pixel at {@code (x + dx, y + dy)} less the pixel at {@code (x, y)}. */
    static float[] difference(int dx, int dy, int reach) {
        return narrow(sample(reach, (x, y) -> (x == dx && y == dy ? 1 : 0) - (x == 0 && y == 0 ? 1 : 0)));
    }

    /** The kernels for every one of {@code channels} groups: {@code [channels * kernels][1][area]}. */
    static float[][][] depthwise(int channels, float[]... kernels) {
        float[][][] weights = new float[channels * kernels.length][1][];
        for (int i = 0; i < weights.length; i++) {
            weights[i][0] = kernels[i % kernels.length];
        }
        return weights;
    }

    private static int radius(double sigma) {
        return (int) StrictMath.ceil(2.5 * sigma);
    }

    private static double bell(double x, double y, double sigma) {
        return StrictMath.exp(-(x * x + y * y) / (2 * sigma * sigma));
    }

    private static double[] sample(int radius, DoubleBinaryOperator formula) {
        int side = 2 * radius + 1;
        double[] samples = new double[side * side];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = formula.applyAsDouble(i % side - radius, i / side - radius);
        }
        return samples;
    }

    private static float[] unitSum(double[] kernel) {
        double sum = 0;
        for (double weight : kernel) {
            sum += weight;
        }
        return divided(kernel, sum);
    }

    private static float[] unitSlope(double[] kernel, boolean alongX) {
        int side = (int) StrictMath.round(StrictMath.sqrt(kernel.length));
        double response = 0;
        for (int i = 0; i < kernel.length; i++) {
            response += kernel[i] * ((alongX ? i % side : i / side) - side / 2);
        }
        return divided(kernel, response);
    }

    private static float[] divided(double[] kernel, double divisor) {
        double[] scaled = kernel.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] /= divisor;
        }
        return narrow(scaled);
    }

    private static float[] narrow(double[] kernel) {
        float[] narrow = new float[kernel.length];
        for (int i = 0; i < kernel.length; i++) {
            narrow[i] = (float) kernel[i];
        }
        return narrow;
    }
}
