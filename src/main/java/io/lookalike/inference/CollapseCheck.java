package io.lookalike.inference;

import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.image.Picture;
import io.lookalike.image.Preprocessing;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntBiFunction;

/**
 * Checks whether a model tells pictures apart with the configured preprocessing. It compares two drawn pictures, and a
 * second view of the first one from another angle and in another light.
 *
 * <p>If preprocessing makes all pixels nearly equal, all vectors are nearly equal, whatever the model was trained for.
 * With MobileNets and the built-in models the two pictures then had cosines of .9991 and more. With correct
 * preprocessing they had at most .76, and the two views .85 and more. Costs three runs, and two for codes of a network.
 * Stateless.
 */
final class CollapseCheck {
    /** Different pictures with this cosine or more look alike to the model. */
    private static final double ALIKE = 0.995;

    private static final int WIDTH = 320;
    private static final int HEIGHT = 240;
    /** Shift of the second view, as a part of the width. */
    private static final double SHIFT = 0.04;

    private static final double LIGHT = 1.1;

    private CollapseCheck() {}

    /** Returns why the model seems to be fed wrongly; null when it tells pictures apart. */
    static String run(EncoderConfig config, OnnxModel model, Stop stop) {
        float[] one = vector(config, model, draw(config.image(), CollapseCheck::landscape, 0, 1), stop);
        float[] view = vector(config, model, draw(config.image(), CollapseCheck::landscape, SHIFT, LIGHT), stop);
        float[] other = vector(config, model, draw(config.image(), CollapseCheck::ball, 0, 1), stop);
        double same = cosine(one, view);
        double different = cosine(one, other);
        // also false for NaN, the cosine of a zero vector
        if (one.length == 1 || (different < ALIKE && different < same)) {
            return null;
        }
        return "two different pictures that were drawn to try it have vectors with cosine [" + (float) different
                + "], two views of one of them [" + (float) same
                + "]: pictures look alike to model [" + config.model()
                + "]; see in POST /_lookalike/encoder/{id}/_encode?explain what it is fed with, whether [scale], "
                + "[mean] and [std] of [image] are those it was trained with, and whether it was trained at "
                + "all";
    }

    /** The same for the codes of a network. */
    static String run(CodeNetwork codes, OnnxModel model, Stop stop) {
        byte[] one = code(codes, model, draw(codes.image(), CollapseCheck::landscape, 0, 1), stop);
        byte[] other = code(codes, model, draw(codes.image(), CollapseCheck::ball, 0, 1), stop);
        return Arrays.equals(one, other)
                ? "two different pictures that were drawn to try it have the same code: pictures look alike to output ["
                        + codes.output() + "] of model [" + codes.model()
                        + "]; see in POST /_lookalike/encoder/{id}/_encode?explain what it is fed with, whether "
                        + "[hash.image] is as it was trained with, and whether [hash.threshold] lies among its values"
                : null;
    }

    private static byte[] code(CodeNetwork codes, OnnxModel model, Picture picture, Stop stop) {
        int[] inner = codes.image().outputShape();
        float[][] rows = {codes.image().tensor(picture)};
        long[] shape = {1, inner[0], inner[1], inner[2]};
        return codes.code(
                "a test picture",
                model.runAll(List.of(codes.output()), rows, shape, stop).getFirst());
    }

    static float[] vector(EncoderConfig config, OnnxModel model, Picture picture, Stop stop) {
        int[] inner = config.image().outputShape();
        float[][] rows = {config.image().tensor(picture)};
        return config.pooling()
                .pool(
                        config.output(),
                        model.runAll(List.of(config.output()), rows, new long[] {1, inner[0], inner[1], inner[2]}, stop)
                                .getFirst(),
                        config.skipTokens(),
                        config.map());
    }

    static double cosine(float[] a, float[] b) {
        double products = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int d = 0; d < a.length; d++) {
            products += (double) a[d] * b[d];
            squaresOfA += (double) a[d] * a[d];
            squaresOfB += (double) b[d] * b[d];
        }
        return products / Math.sqrt(squaresOfA * squaresOfB);
    }

    /** @param scene the colour, as 0xrrggbb, at x and y between 0 and 1 */
    private static Picture draw(
            Preprocessing image, ToIntBiFunction<Double, Double> scene, double shift, double light) {
        int[] least = {WIDTH, HEIGHT};
        if (image.centerCrop() != null) {
            least[0] = Math.max(WIDTH, image.centerCrop().width());
            least[1] = Math.max(HEIGHT, image.centerCrop().height());
        }
        byte[] rgb = new byte[3 * least[0] * least[1]];
        int at = 0;
        for (int y = 0; y < least[1]; y++) {
            for (int x = 0; x < least[0]; x++) {
                int colour = scene.applyAsInt((x + 0.5) / least[0] + shift, (y + 0.5) / least[1] + shift / 2);
                for (int bits = 16; bits >= 0; bits -= 8) {
                    rgb[at++] = (byte) Math.min(255, (int) ((colour >> bits & 0xff) * light));
                }
            }
        }
        return Picture.ofRgb(least[0], least[1], rgb, "drawn");
    }

    private static int rgb(double red, double green, double blue) {
        return level(red) << 16 | level(green) << 8 | level(blue);
    }

    private static int level(double value) {
        return (int) Math.clamp(value, 0, 255);
    }

    /** A sun in a blue sky over green hills. */
    private static int landscape(double x, double y) {
        double below = y - 0.62 - 0.1 * Math.sin(5 * x + 1) - 0.04 * Math.sin(13 * x);
        if (below > 0) {
            return rgb(40 + 120 * below, 110 - 60 * below, 30 + 20 * below);
        }
        boolean sun = Math.hypot(x - 0.7, 0.75 * (y - 0.28)) < 0.11;
        return sun ? rgb(250, 210, 60) : rgb(90 + 120 * y, 150 + 80 * y, 235);
    }

    /** A striped ball on a brown table. */
    private static int ball(double x, double y) {
        double right = 4 * (x - 0.45) / 3;
        double down = y - 0.5;
        double fromMiddle = Math.hypot(right, down);
        if (fromMiddle < 0.36) {
            double light = 1 - fromMiddle;
            return Math.sin(24 * (right + 0.6 * down)) > 0
                    ? rgb(210 * light + 30, 30 * light, 40 * light)
                    : rgb(240 * light, 235 * light, 225 * light);
        }
        return y > 0.7 ? rgb(137 - 60 * y, 60, 35) : rgb(60, 55, 70 + 40 * x);
    }
}
