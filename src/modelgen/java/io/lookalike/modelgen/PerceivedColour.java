package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;

/**
 * The shares of colours, in a nearly perceptually uniform space.
 *
 * <p>Lightness and two opponent pairs after CIE L*a*b* (a power of 2.2 stands for the curve of sRGB, an offset for the
 * straight part of the cube root). The opponents are compressed, so that bins lie closer near grey, where most colours
 * of photographs are; bins are soft.
 */
final class PerceivedColour {

    private static final double CURVE = 2.2;
    private static final double DARK = 0.008;
    private static final double RED_GREEN = 5;
    private static final double YELLOW_BLUE = 2;
    private static final double COMPRESSION = 0.25;
    private static final int OPPONENT_BINS = 7;
    private static final double OPPONENT_WIDTH = 0.25;
    private static final double OPPONENT_FIRST = -OPPONENT_WIDTH * (OPPONENT_BINS - 1) / 2;

    /** Linear sRGB to XYZ, each row divided by its sum, so that white is (1, 1, 1). */
    private static final float[][] XYZ = {
        {0.4339499f, 0.3762098f, 0.1898403f}, {0.2126729f, 0.7151522f, 0.0721749f}, {0.0177566f, 0.1094680f, 0.8727754f}
    };

    private PerceivedColour() {}

    /**
     * Lightness, redness and yellowness.
     *
     * @param rgb three channels in [0, 1]
     * @return lightness in [0, 1], and both opponents in (-1, 1)
     */
    static Tensor space(GraphBuilder g, Tensor rgb) {
        double least = StrictMath.cbrt(DARK);
        double range = StrictMath.cbrt(1 + DARK) - least;
        Tensor linear = g.mix(g.power(g.relu(rgb), CURVE), XYZ, null);
        Tensor roots = g.scale(g.shift(g.power(g.shift(linear, DARK), 1.0 / 3), -least), 1 / range);
        Tensor lightness = g.mix(roots, new float[][] {{0, 1, 0}}, null);
        float red = (float) RED_GREEN;
        float yellow = (float) YELLOW_BLUE;
        Tensor opponents = g.mix(roots, new float[][] {{red, -red, 0}, {0, yellow, -yellow}}, null);
        return g.concat(List.of(lightness, g.divide(opponents, g.shift(g.abs(opponents), COMPRESSION))));
    }

    /**
     * The joint histogram of all three.
     *
     * @param space as {@link #space} returns it
     * @return {@code 49 * lights} values
     */
    static Tensor histogram(GraphBuilder g, Tensor space, int lights) {
        Tensor reds = opponent(g, space, 1);
        Tensor yellows = opponent(g, space, 2);
        List<Tensor> pairs = new ArrayList<>();
        for (int i = 0; i < OPPONENT_BINS; i++) {
            float[] pick = new float[OPPONENT_BINS];
            pick[i] = 1;
            pairs.add(g.multiply(yellows, g.mix(reds, new float[][] {pick}, null)));
        }
        return g.gram(lightness(g, space, lights), g.concat(pairs));
    }

    /**
     * The histograms of each of the three in {@code cells * cells} parts of the picture.
     *
     * @param space as {@link #space} returns it
     * @return {@code (lights + 14) * cells * cells} values
     */
    static Tensor layout(GraphBuilder g, Tensor space, int lights, int cells) {
        Tensor bins = g.concat(List.of(lightness(g, space, lights), opponent(g, space, 1), opponent(g, space, 2)));
        return g.flat(g.grid(bins, cells));
    }

    private static Tensor lightness(GraphBuilder g, Tensor space, int lights) {
        return SoftBins.of(g, space, 0, 0, 1.0 / (lights - 1), lights);
    }

    private static Tensor opponent(GraphBuilder g, Tensor space, int channel) {
        return SoftBins.of(g, space, channel, OPPONENT_FIRST, OPPONENT_WIDTH, OPPONENT_BINS);
    }
}
