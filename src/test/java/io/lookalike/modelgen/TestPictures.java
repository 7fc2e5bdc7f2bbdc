package io.lookalike.modelgen;

import java.util.Random;

/** Pictures as {@code [3][size][size]} floats in [0, 1], drawn from formulas. */
final class TestPictures {

    static final int SIZE = Builtin1.SIZE;

    /** Says for a pixel how much of the foreground colour it shows, in [0, 1]. */
    interface Shape {
        double at(double x, double y);
    }

    private TestPictures() {}

    static float[] draw(float[] foreground, float[] background, Shape shape) {
        float[] planes = new float[3 * SIZE * SIZE];
        for (int i = 0; i < planes.length; i++) {
            int channel = i / (SIZE * SIZE);
            double part = shape.at(i % SIZE, i / SIZE % SIZE);
            planes[i] = (float) (part * foreground[channel] + (1 - part) * background[channel]);
        }
        return planes;
    }

    static float[] constant(float red, float green, float blue) {
        float[] colour = {red, green, blue};
        return draw(colour, colour, (x, y) -> 1);
    }

    static float[] noise(long seed) {
        Random random = new Random(seed);
        float[] planes = new float[3 * SIZE * SIZE];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = random.nextFloat();
        }
        return planes;
    }

    static Shape stripes(double angle, double period) {
        double stepX = Math.sin(angle) / period;
        double stepY = Math.cos(angle) / period;
        return (x, y) -> soft(Math.sin(2 * Math.PI * (x * stepX + y * stepY)) * period / 6);
    }

    static Shape disc(double centreX, double centreY, double radius) {
        return (x, y) -> soft(radius - Math.hypot(x - centreX, y - centreY));
    }

    static Shape square(double centreX, double centreY, double half) {
        return (x, y) -> soft(half - Math.max(Math.abs(x - centreX), Math.abs(y - centreY)));
    }

    static Shape dots(double period) {
        return (x, y) -> soft(period / 4
                - Math.hypot(
                        Math.floorMod((long) x, (long) period) - period / 2,
                        Math.floorMod((long) y, (long) period) - period / 2));
    }

    static float[] colour(Random random) {
        return new float[] {random.nextFloat(), random.nextFloat(), random.nextFloat()};
    }

    private static double soft(double distance) {
        return Math.min(1, Math.max(0, distance + 0.5));
    }
}
