package io.lookalike.modelgen;

import java.util.List;

/**
 * Maps of edge strength in a number of orientations, the same for every pair of colours that meet at the edge.
 *
 * <p>The structure tensor of Gaussian derivatives is summed over the colour channels (Di Zenzo, 1986), so that neither
 * the sign of a contrast nor its colour matters. Its doubled angle is binned softly: an angle midway between two bins
 * counts half in each.
 */
final class OrientedEdges {

    /** A squared slope; where slopes are much smaller than 0.01 a pixel, there is no orientation and no edge. */
    private static final double FLAT = 1e-4;

    private OrientedEdges() {}

    /**
     * Maps the edges of a picture.
     *
     * @param colours any number of colour channels in [0, 1]
     * @param sigma the width of the derivative filters in pixels
     * @param bins the number of orientations in half a turn
     * @return {@code bins} channels of the same size, at least 0
     */
    static Tensor map(GraphBuilder g, Tensor colours, double sigma, int bins) {
        return map(g, g.conv(colours, slopes(colours, sigma), colours.channels()), bins);
    }

    /**
     * Maps the edges at every other pixel of every other row, which costs a quarter.
     *
     * @return {@code bins} channels of half the size, at least 0
     */
    static Tensor mapEverySecond(GraphBuilder g, Tensor colours, double sigma, int bins) {
        return map(g, g.convEverySecond(colours, slopes(colours, sigma), colours.channels()), bins);
    }

    private static float[][][] slopes(Tensor colours, double sigma) {
        return Kernels.depthwise(colours.channels(), Kernels.gaussianX(sigma), Kernels.gaussianY(sigma));
    }

    private static Tensor map(GraphBuilder g, Tensor slope, int bins) {
        int n = slope.channels() / 2;
        float[][] toX = new float[n][2 * n];
        float[][] toY = new float[n][2 * n];
        for (int c = 0; c < n; c++) {
            toX[c][2 * c] = 1;
            toY[c][2 * c + 1] = 1;
        }
        Tensor dx = g.mix(slope, toX, null);
        Tensor dy = g.mix(slope, toY, null);
        Tensor energy = g.channelSum(g.square(slope));
        Tensor cosine = g.subtract(g.channelSum(g.square(dx)), g.channelSum(g.square(dy)));
        Tensor sine = g.scale(g.channelSum(g.multiply(dx, dy)), 2);
        return bin(g, g.sqrt(energy), cosine, sine, bins);
    }

    private static Tensor bin(GraphBuilder g, Tensor strength, Tensor cosine, Tensor sine, int bins) {
        Tensor length = g.root(g.add(g.square(cosine), g.square(sine)), FLAT * FLAT);
        Tensor direction = g.divide(g.concat(List.of(cosine, sine)), length);
        double edge = StrictMath.cos(2 * StrictMath.PI / bins);
        float[][] weights = new float[bins][2];
        float[] bias = new float[bins];
        for (int b = 0; b < bins; b++) {
            double angle = 2 * StrictMath.PI * b / bins;
            weights[b][0] = (float) (StrictMath.cos(angle) / (1 - edge));
            weights[b][1] = (float) (StrictMath.sin(angle) / (1 - edge));
            bias[b] = (float) (-edge / (1 - edge));
        }
        return g.multiply(g.relu(g.mix(direction, weights, bias)), strength);
    }
}
