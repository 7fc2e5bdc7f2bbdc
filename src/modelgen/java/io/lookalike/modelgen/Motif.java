package io.lookalike.modelgen;

import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A class of pictures to learn from: an invented thing with its parts, and its surroundings.
 *
 * <p>A motif fixes the outlines of its parts, where they sit, their textures, and more or less firmly its colours and
 * its surroundings. Every picture of it has another pose, size, light, clutter and noise, may be mirrored, and may have
 * other colours. Both follow from seeds. About 10 ms a picture; thread-safe.
 */
final class Motif {

    private record Part(
            Path2D outline,
            double x,
            double y,
            double size,
            double aspect,
            double turn,
            Texture texture,
            int colour,
            int copies,
            double stepX,
            double stepY) {}

    private static final int COLOURS = 4;

    private final long seed;
    private final List<Part> parts = new ArrayList<>();
    private final float[][] colours;
    private final float[][] groundColours;
    private final Texture[] ground;
    private final double faithful;
    private final boolean atHome;
    private final double horizon;
    private final double clutter;

    Motif(long seed) {
        this.seed = seed;
        RandomGenerator random = seeded(seed, -1);
        double wide = 0.5 + 1.1 * random.nextDouble();
        int count = 2 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            parts.add(part(random, i == 0, wide));
        }
        colours = Scene.colours(random, COLOURS);
        groundColours = Scene.colours(random, 2);
        ground = new Texture[] {Texture.any(random), Texture.any(random)};
        faithful = StrictMath.pow(random.nextDouble(), 0.7);
        atHome = random.nextDouble() < 0.6;
        horizon = 0.25 + 0.55 * random.nextDouble();
        clutter = -6 * StrictMath.log(1 - random.nextDouble());
    }

    private static Part part(RandomGenerator random, boolean body, double wide) {
        double size =
                body ? 0.14 + 0.16 * random.nextDouble() : 0.03 * StrictMath.pow(0.16 / 0.03, random.nextDouble());
        return new Part(
                Scene.outline(random),
                body ? 0 : 0.17 * wide * random.nextGaussian(),
                body ? 0 : 0.17 / wide * random.nextGaussian(),
                size,
                StrictMath.exp(0.5 * random.nextGaussian()) * StrictMath.sqrt(wide),
                random.nextBoolean() ? 0 : StrictMath.PI * random.nextDouble(),
                Texture.any(random),
                random.nextInt(COLOURS),
                random.nextDouble() < 0.6 ? 1 : 2 + random.nextInt(3),
                0.12 * random.nextGaussian(),
                0.06 * random.nextGaussian());
    }

    /**
     * Draws one picture.
     *
     * @param index which one; the same index gives the same picture
     * @return {@code [3][size][size]} in [0, 1]
     */
    float[] draw(int index) {
        RandomGenerator random = seeded(seed, index);
        Scene scene = new Scene(random);
        surround(scene, random);
        float[][] dress = random.nextDouble() < faithful ? colours : Scene.colours(random, COLOURS);
        AffineTransform pose = pose(random);
        for (Part part : parts) {
            paint(scene, part, dress[part.colour], pose, random);
        }
        return scene.finish();
    }

    private void surround(Scene scene, RandomGenerator random) {
        float[][] shades = atHome && random.nextDouble() < 0.7 ? groundColours : Scene.colours(random, 2);
        Texture[] textures = atHome ? ground : new Texture[] {Texture.any(random), Texture.any(random)};
        scene.backdrop(shades[0], textures[0], 0);
        if (atHome || random.nextDouble() < 0.4) {
            scene.backdrop(shades[1], textures[1], horizon + 0.08 * random.nextGaussian());
        }
        float[][] strangers = Scene.colours(random, 2);
        Texture strange = Texture.any(random);
        for (int i = (int) (clutter * 2 * random.nextDouble()); i > 0; i--) {
            double size = 0.02 * StrictMath.pow(6, random.nextDouble());
            AffineTransform place =
                    AffineTransform.getTranslateInstance(random.nextDouble() - 0.5, random.nextDouble() - 0.5);
            double aspect = StrictMath.exp(0.5 * random.nextGaussian());
            place.scale(size * aspect, size / aspect);
            scene.paint(place.createTransformedShape(Scene.outline(random)), strangers[i % 2], strange);
        }
    }

    private static AffineTransform pose(RandomGenerator random) {
        AffineTransform pose =
                AffineTransform.getTranslateInstance(0.06 * random.nextGaussian(), 0.06 * random.nextGaussian());
        double size = StrictMath.exp(0.17 * random.nextGaussian());
        double aspect = StrictMath.exp(0.1 * random.nextGaussian());
        pose.rotate(0.12 * random.nextGaussian());
        pose.scale(size * aspect * (random.nextBoolean() ? 1 : -1), size / aspect);
        return pose;
    }

    private static void paint(Scene scene, Part part, float[] colour, AffineTransform pose, RandomGenerator random) {
        double x = part.x + 0.02 * random.nextGaussian();
        double y = part.y + 0.02 * random.nextGaussian();
        double size = part.size * StrictMath.exp(0.1 * random.nextGaussian());
        double turn = part.turn + 0.12 * random.nextGaussian();
        float[] shade = Scene.vary(random, colour, 12 / 255f);
        for (int copy = 0; copy < part.copies; copy++) {
            AffineTransform place = new AffineTransform(pose);
            place.translate(x + copy * part.stepX, y + copy * part.stepY);
            place.rotate(turn);
            place.scale(size * part.aspect, size / part.aspect);
            scene.paint(place.createTransformedShape(part.outline), shade, part.texture);
        }
    }

    private static RandomGenerator seeded(long seed, int index) {
        return new SplittableRandom(seed * 1_000_003 + index);
    }
}
