package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;

/**
 * The texture around each pixel: how many of its eight neighbours are clearly brighter, and how many clearly darker.
 *
 * <p>Soft local ternary patterns (Tan and Triggs, 2010), reduced to the two counts, so that turning the texture changes
 * little: flat ground counts (0, 0), a straight edge about (3, 0), a dark dot (8, 0). The joint histogram of both
 * counts is taken over the whole picture.
 */
final class SurfacePattern {

    private static final double STEEPNESS = 60;
    private static final double CLEARLY = 0.025;
    private static final int COUNTS = 9;
    private static final int[][] NEIGHBOURS = {{2, 0}, {1, 1}, {0, 2}, {-1, 1}, {-2, 0}, {-1, -1}, {0, -2}, {1, -1}};

    private SurfacePattern() {}

    /**
     * Describes the texture of one channel.
     *
     * @param luminance one channel in [0, 1]
     * @return 81 values: the histogram of (brighter, darker) counts
     */
    static Tensor of(GraphBuilder g, Tensor luminance) {
        Tensor smooth = g.conv(luminance, Kernels.depthwise(1, Kernels.gaussian(0.7)), 1);
        float[][][] kernels = new float[NEIGHBOURS.length][1][];
        for (int i = 0; i < NEIGHBOURS.length; i++) {
            kernels[i][0] = Kernels.difference(NEIGHBOURS[i][0], NEIGHBOURS[i][1], 2);
        }
        Tensor differences = g.conv(smooth, kernels, 1);
        Tensor brighter = count(g, g.scale(differences, STEEPNESS));
        Tensor darker = count(g, g.scale(differences, -STEEPNESS));
        return g.gram(brighter, darker);
    }

    /** What an ordinary picture shows: gentle slopes; square roots of the histogram, up to a factor. */
    static List<Double> ordinary() {
        List<Double> roots = new ArrayList<>();
        for (int brighter = 0; brighter < COUNTS; brighter++) {
            for (int darker = 0; darker < COUNTS; darker++) {
                boolean slope = brighter > 0 && darker > 0 && brighter + darker < COUNTS;
                roots.add(slope ? StrictMath.exp(-(brighter + darker - 2) / 2.5) : 0.0);
            }
        }
        return roots;
    }

    private static Tensor count(GraphBuilder g, Tensor steep) {
        Tensor votes = g.sigmoid(g.shift(steep, -STEEPNESS * CLEARLY));
        return SoftBins.of(g, g.channelSum(votes), 0, 0, 1, COUNTS);
    }
}
