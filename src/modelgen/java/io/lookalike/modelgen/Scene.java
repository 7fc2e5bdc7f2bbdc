package io.lookalike.modelgen;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;

/** A picture in the making; shapes lie in the square from -0.5 to 0.5. Not thread-safe. */
final class Scene {

    private static final int SIZE = Builtin2.SIZE;
    private static final int PIXELS = SIZE * SIZE;

    private final RandomGenerator random;
    private final float[] planes = new float[3 * PIXELS];
    private final Map<Texture, float[]> surfaces = new HashMap<>();
    private final BufferedImage mask = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);

    Scene(RandomGenerator random) {
        this.random = random;
    }

    /** Colours that go together, mostly muted; RGB in [0, 1]. */
    static float[][] colours(RandomGenerator random, int count) {
        double base = random.nextDouble();
        float[][] colours = new float[count][];
        for (int i = 0; i < count; i++) {
            double hue = base + 0.25 * random.nextGaussian();
            double saturation = Math.min(random.nextDouble(), random.nextDouble());
            double value = 0.15 + 0.85 * random.nextDouble();
            colours[i] = Color.getHSBColor((float) hue, (float) saturation, (float) value)
                    .getRGBColorComponents(null);
        }
        return colours;
    }

    /** A colour near another one, perhaps a little outside of what can be shown. */
    static float[] vary(RandomGenerator random, float[] colour, float by) {
        float[] varied = colour.clone();
        for (int c = 0; c < varied.length; c++) {
            varied[c] += (float) (by * random.nextGaussian());
        }
        return varied;
    }

    /** A round, square, pointed or wavy outline of about radius 1 around the origin. */
    static Path2D outline(RandomGenerator random) {
        double kind = random.nextDouble();
        if (kind < 0.35) {
            return around(48, t -> 1);
        }
        if (kind < 0.6) {
            Path2D square = new Path2D.Double();
            square.moveTo(-1, -1);
            square.lineTo(1, -1);
            square.lineTo(1, 1);
            square.lineTo(-1, 1);
            square.closePath();
            return square;
        }
        if (kind < 0.85) {
            double[] turns = random.doubles(3 + random.nextInt(5), 0, 2 * StrictMath.PI)
                    .sorted()
                    .toArray();
            Path2D pointed = new Path2D.Double();
            for (int i = 0; i < turns.length; i++) {
                double radius = 0.5 + 0.7 * random.nextDouble();
                double x = radius * StrictMath.cos(turns[i]);
                double y = radius * StrictMath.sin(turns[i]);
                if (i == 0) {
                    pointed.moveTo(x, y);
                } else {
                    pointed.lineTo(x, y);
                }
            }
            pointed.closePath();
            return pointed;
        }
        double[] waves = random.doubles(8).toArray();
        return around(60, t -> {
            double radius = 1;
            for (int k = 2; k < 6; k++) {
                radius += 0.6 * (waves[k - 2] - 0.5) / k * 2 * StrictMath.cos(k * t + 7 * waves[k + 2]);
            }
            return radius;
        });
    }

    private static Path2D around(int points, DoubleUnaryOperator radius) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < points; i++) {
            double turn = 2 * StrictMath.PI * i / points;
            double x = radius.applyAsDouble(turn) * StrictMath.cos(turn);
            double y = radius.applyAsDouble(turn) * StrictMath.sin(turn);
            if (i == 0) {
                path.moveTo(x, y);
            } else {
                path.lineTo(x, y);
            }
        }
        path.closePath();
        return path;
    }

    /** Fills everything below a height, 0 at the top of the picture and 1 at its bottom. */
    void backdrop(float[] colour, Texture texture, double top) {
        Path2D below = new Path2D.Double();
        below.moveTo(-1, top - 0.5);
        below.lineTo(1, top - 0.5);
        below.lineTo(1, 1);
        below.lineTo(-1, 1);
        below.closePath();
        paint(below, vary(random, colour, 15 / 255f), texture);
    }

    /** Fills a shape; light falls on it from one side. */
    void paint(Shape shape, float[] colour, Texture texture) {
        Graphics2D graphics = mask.createGraphics();
        graphics.setColor(Color.BLACK);
        graphics.fillRect(0, 0, SIZE, SIZE);
        graphics.setColor(Color.WHITE);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setTransform(new AffineTransform(SIZE, 0, 0, SIZE, SIZE / 2.0, SIZE / 2.0));
        graphics.fill(shape);
        graphics.dispose();
        float[] brightness = surfaces.computeIfAbsent(texture, each -> each.brightness(random, SIZE));
        double slope = 30 / 255.0 * random.nextGaussian();
        double turn = 2 * StrictMath.PI * random.nextDouble();
        double slopeX = slope * StrictMath.cos(turn) / SIZE;
        double slopeY = slope * StrictMath.sin(turn) / SIZE;
        for (int i = 0; i < PIXELS; i++) {
            float part = (mask.getRGB(i % SIZE, i / SIZE) & 0xff) / 255f;
            if (part > 0) {
                double light = brightness[i] + slopeX * (i % SIZE - SIZE / 2) + slopeY * (i / SIZE - SIZE / 2);
                for (int c = 0; c < 3; c++) {
                    int p = c * PIXELS + i;
                    planes[p] += part * (float) (colour[c] + light - planes[p]);
                }
            }
        }
    }

    /** The picture under some exposure, and as a camera would take it: perhaps blurred, and with noise. */
    float[] finish() {
        double contrast = StrictMath.exp(0.25 * random.nextGaussian());
        double exposure = 0.5 + 12 / 255.0 * random.nextGaussian();
        double noise = -2.5 / 255 * StrictMath.log(1 - random.nextDouble());
        float[] taken = random.nextDouble() < 0.3 ? blurred() : planes;
        for (int i = 0; i < PIXELS; i++) {
            double grain = noise * random.nextGaussian();
            for (int c = 0; c < 3; c++) {
                int p = c * PIXELS + i;
                double value = StrictMath.clamp((taken[p] - 0.5) * contrast + exposure, 0.0, 1.0);
                taken[p] = (float) StrictMath.clamp(value + grain, 0.0, 1.0);
            }
        }
        return taken;
    }

    /** Means over 3 x 3 pixels. */
    private float[] blurred() {
        float[] blurred = new float[planes.length];
        for (int p = 0; p < planes.length; p++) {
            int x = p % SIZE;
            int y = p / SIZE % SIZE;
            float sum = 0;
            for (int dy = -1; dy <= 1; dy++) {
                for (int dx = -1; dx <= 1; dx++) {
                    int row = Math.clamp(y + dy, 0, SIZE - 1);
                    sum += planes[p / PIXELS * PIXELS + row * SIZE + Math.clamp(x + dx, 0, SIZE - 1)];
                }
            }
            blurred[p] = sum / 9;
        }
        return blurred;
    }
}
