package io.lookalike.modelgen;

import java.util.random.RandomGenerator;

/**
 * What a surface looks like from close by: plain, rough like clouds or rock, or striped.
 *
 * @param kind below 0.7: rough; below 0.85: striped; else plain
 * @param strength the standard deviation of brightness
 * @param decay how much weaker each octave of roughness is than the one before it, twice as coarse
 * @param period the width of a pair of stripes in pixels
 * @param direction the direction in which stripes change
 * @param bend how far stripes waver
 */
record Texture(double kind, double strength, double decay, double period, double direction, double bend) {

    private static final double ROUGH = 0.7;
    private static final double STRIPED = 0.85;

    static Texture any(RandomGenerator random) {
        return new Texture(
                random.nextDouble(),
                -11 / 255.0 * StrictMath.log(1 - random.nextDouble()),
                0.35 + 0.5 * random.nextDouble(),
                2 * StrictMath.pow(10, random.nextDouble()),
                StrictMath.PI * random.nextDouble(),
                -0.5 * StrictMath.log(1 - random.nextDouble()));
    }

    /** Brightness for every pixel of a square picture, about 0. */
    float[] brightness(RandomGenerator random, int size) {
        if (kind < ROUGH) {
            return scaled(noise(random, size, decay), strength);
        }
        float[] waves = new float[size * size];
        if (kind < STRIPED) {
            float[] wavering = noise(random, size, 0.4);
            double stepX = 2 * StrictMath.PI * StrictMath.cos(direction) / period;
            double stepY = 2 * StrictMath.PI * StrictMath.sin(direction) / period;
            for (int i = 0; i < waves.length; i++) {
                int row = i / size;
                waves[i] = (float)
                        (1.5 * strength * StrictMath.sin(stepX * (i % size) + stepY * row + bend * wavering[i]));
            }
        }
        return waves;
    }

    /** Value noise of all octaves with variance 1. */
    private static float[] noise(RandomGenerator random, int size, double decay) {
        float[] sum = new float[size * size];
        double weight = 1;
        for (int cell = size / 2; cell >= 1; cell /= 2) {
            add(sum, random, size, cell, weight);
            weight *= decay;
        }
        double squares = 0;
        double mean = 0;
        for (float value : sum) {
            mean += value / sum.length;
            squares += value * value / sum.length;
        }
        double deviation = StrictMath.sqrt(Math.max(squares - mean * mean, 1e-12));
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) ((sum[i] - mean) / deviation);
        }
        return sum;
    }

    private static void add(float[] sum, RandomGenerator random, int size, int cell, double weight) {
        int knots = size / cell + 1;
        double[] grid = new double[knots * knots];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = weight * random.nextGaussian();
        }
        for (int i = 0; i < sum.length; i++) {
            int x = i % size;
            int y = i / size;
            double fx = (double) (x % cell) / cell;
            double fy = (double) (y % cell) / cell;
            int knot = y / cell * knots + x / cell;
            double above = grid[knot] * (1 - fx) + grid[knot + 1] * fx;
            double below = grid[knot + knots] * (1 - fx) + grid[knot + knots + 1] * fx;
            sum[i] += (float) (above * (1 - fy) + below * fy);
        }
    }

    private static float[] scaled(float[] values, double factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) factor;
        }
        return values;
    }
}
