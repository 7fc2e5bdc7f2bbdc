package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;

/**
 * The shares of colours, independent of their position.
 *
 * <p>Softly binned joint histograms in an opponent space: lightness {@code (r+g+b)/3}, red against green
 * {@code (r-g)/2}, and blue against both {@code (r+g)/4 - b/2}.
 */
final class ColourHistogram {

    private static final int LIGHT_BINS = 6;
    private static final int OPPONENT_BINS = 5;
    private static final double OPPONENT_WIDTH = 0.15;

    private ColourHistogram() {}

    /**
     * The histogram of lightness by blueness.
     *
     * @param rgb three channels in [0, 1]
     * @return 30 values
     */
    static Tensor lightAndBlue(GraphBuilder g, Tensor rgb) {
        Tensor space = space(g, rgb);
        return g.gram(SoftBins.of(g, space, 0, 0, 1.0 / (LIGHT_BINS - 1), LIGHT_BINS), opponent(g, space, 2));
    }

    /**
     * The histogram of redness by blueness.
     *
     * @param rgb three channels in [0, 1]
     * @return 25 values
     */
    static Tensor redAndBlue(GraphBuilder g, Tensor rgb) {
        Tensor space = space(g, rgb);
        return g.gram(opponent(g, space, 1), opponent(g, space, 2));
    }

    /** What an ordinary picture shows, as square roots of {@link #lightAndBlue} up to a factor: middle greys. */
    static List<Double> ordinaryLightAndBlue() {
        return hill(LIGHT_BINS, 2, OPPONENT_BINS, 0.8);
    }

    /** What an ordinary picture shows, as square roots of {@link #redAndBlue} up to a factor: greys. */
    static List<Double> ordinaryRedAndBlue() {
        return hill(OPPONENT_BINS, 0.8, OPPONENT_BINS, 0.8);
    }

    private static List<Double> hill(int rows, double tall, int columns, double wide) {
        List<Double> hill = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double y = (row - (rows - 1) / 2.0) / tall;
                double x = (column - (columns - 1) / 2.0) / wide;
                hill.add(StrictMath.exp(-(x * x + y * y) / 2));
            }
        }
        return hill;
    }

    private static Tensor space(GraphBuilder g, Tensor rgb) {
        return g.mix(rgb, new float[][] {{1 / 3f, 1 / 3f, 1 / 3f}, {0.5f, -0.5f, 0}, {0.25f, 0.25f, -0.5f}}, null);
    }

    private static Tensor opponent(GraphBuilder g, Tensor space, int channel) {
        double first = -OPPONENT_WIDTH * (OPPONENT_BINS - 1) / 2;
        return SoftBins.of(g, space, channel, first, OPPONENT_WIDTH, OPPONENT_BINS);
    }
}
