package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The graph of {@code builtin-2}: general similarity of pictures from fixed statistics, compared by a learned linear
 * map.
 *
 * <p>Input {@code input}: {@code [batch, 3, 128, 128]}, RGB in [0, 1]. Output {@code embedding}: {@code [batch, 998]}
 * of length 1, so that inner product, cosine and Euclidean distance agree; finite for every picture. Three parts, each
 * from statistics that are formulas:
 *
 * <table>
 * <caption>The embedding</caption>
 * <tr><th>dims<th>share<th>of how many statistics<th>what
 * <tr><td>0-399<td>1<td>2,950<td>structure: {@link OrientedEdges} in overlapping cells, their
 * {@link SecondLayer} in 4 x 4
 *     cells, both at full and half resolution; {@link EdgePairs}, wherever they lie
 * <tr><td>400-703<td>0.32<td>304<td>{@link PerceivedColour#layout}: which colours lie where
 * <tr><td>704-997<td>0.2<td>294<td>{@link PerceivedColour#histogram}: which colours there are
 * </table>
 *
 * <p>Edges ignore colour and the sign of a contrast; they count relative to the edges around them. The shares give
 * colour about the same weight as structure among unlike pictures. For the learned part, see {@link Yardstick}.
 */
final class Builtin2 {

    /** The model's name, and that of its directory. */
    static final String NAME = "builtin-2";

    /** The side of the square input in pixels. */
    static final int SIZE = 128;

    /** Most dims of the embedding of each part; a part has no more than its statistics. */
    static final int PART_DIMS = 400;

    /** How much the variance within a class is smoothed before the division by it, for each part. */
    static final double[] SMOOTHING = {0.3, 0.3, 3};

    private static final double[] SHARES = {1, 0.32, 0.2};
    private static final double FAINT = 1e-2;

    private static final int ORIENTATIONS = 8;
    private static final int LAYOUT_CELLS = 4;
    private static final int PAIR_SIZE = 32;
    private static final int PAIR_REACH = 3;
    private static final double FAINT_EDGE = 0.02;
    private static final int LAYOUT_LIGHTS = 5;
    private static final int HISTOGRAM_LIGHTS = 6;

    private Builtin2() {}

    /** The serialized ONNX model. */
    static byte[] model(List<Yardstick> yardsticks) {
        GraphBuilder g = new GraphBuilder(NAME);
        List<Tensor> statistics = statistics(g, g.input("input", 3, SIZE));
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < statistics.size(); i++) {
            Tensor measured = yardsticks.get(i).measure(g, statistics.get(i));
            parts.add(g.scale(g.unit(measured, FAINT), StrictMath.sqrt(SHARES[i])));
        }
        g.output("embedding", g.unit(g.concat(parts), 1e-12));
        return g.build("lookalike");
    }

    /** A graph whose outputs {@code part0}, {@code part1} and so on are the statistics. */
    static byte[] statistics() {
        GraphBuilder g = new GraphBuilder(NAME + "-statistics");
        List<Tensor> statistics = statistics(g, g.input("input", 3, SIZE));
        for (int i = 0; i < statistics.size(); i++) {
            g.output("part" + i, statistics.get(i));
        }
        return g.build("lookalike");
    }

    /** The defaults of an encoder that uses this model. */
    static String json() {
        return String.format(Locale.ROOT, """
                {
                  "output": "embedding",
                  "pooling": "none",
                  "image": {
                    "resize": {"width": %1$d, "height": %1$d, "mode": "stretch", "filter": "bilinear"},
                    "channels": "rgb",
                    "layout": "nchw",
                    "scale": 0.00392156862745098,
                    "mean": [0, 0, 0],
                    "std": [1, 1, 1]
                  },
                  "normalize": "l2",
                  "hash": {"bits": 1024},
                  "buckets": {"tables": 64, "bits": 6}
                }
                """, SIZE);
    }

    /** The statistics of structure, of the layout of colours, and of colours. */
    private static List<Tensor> statistics(GraphBuilder g, Tensor rgb) {
        Tensor half = g.averagePool(rgb, 2, 2);
        Tensor colours = PerceivedColour.space(g, half);
        return List.of(
                structure(g, rgb, half),
                Block.join(
                        g,
                        List.of(new Block(
                                PerceivedColour.layout(g, colours, LAYOUT_LIGHTS, LAYOUT_CELLS), List.of(), 1))),
                Block.join(
                        g, List.of(new Block(PerceivedColour.histogram(g, colours, HISTOGRAM_LIGHTS), List.of(), 1))));
    }

    private static Tensor structure(GraphBuilder g, Tensor rgb, Tensor half) {
        Tensor fine = OrientedEdges.mapEverySecond(g, rgb, 1, ORIENTATIONS);
        Tensor coarse = OrientedEdges.map(g, half, 1, ORIENTATIONS);
        List<Double> pairs = EdgePairs.ordinary(ORIENTATIONS, PAIR_REACH);
        Tensor fineRelative = relative(g, g.averagePool(fine, 2, 2), 1.25);
        Tensor coarseRelative = relative(g, g.averagePool(coarse, 4, 4), 0.75);
        return Block.join(
                g,
                List.of(
                        new Block(overlapping(g, fineRelative), List.of(), 1),
                        new Block(overlapping(g, coarseRelative), List.of(), 0.5),
                        new Block(secondLayer(g, fineRelative), List.of(), 1),
                        new Block(secondLayer(g, coarseRelative), List.of(), 0.5),
                        new Block(EdgePairs.of(g, g.grid(fine, PAIR_SIZE), PAIR_REACH), pairs, 1.33),
                        new Block(EdgePairs.of(g, g.grid(coarse, PAIR_SIZE), PAIR_REACH), pairs, 0.67)));
    }

    /** Edges as a part of all edges around them, so that faint and strong contrasts count alike. */
    private static Tensor relative(GraphBuilder g, Tensor edges, double surroundings) {
        float[][][] blur = Kernels.depthwise(1, Kernels.gaussian(surroundings));
        return g.divide(edges, g.shift(g.conv(g.channelSum(edges), blur, 1), FAINT_EDGE));
    }

    /** Means over 7 x 7 squares, each a quarter of the picture wide. */
    private static Tensor overlapping(GraphBuilder g, Tensor maps) {
        return g.flat(g.averagePool(g.grid(maps, 8), 2, 1));
    }

    private static Tensor secondLayer(GraphBuilder g, Tensor edges) {
        Tensor layer = SecondLayer.of(g, edges, ORIENTATIONS);
        return g.flat(g.grid(layer, LAYOUT_CELLS));
    }
}
