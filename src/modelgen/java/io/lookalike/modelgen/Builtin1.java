package io.lookalike.modelgen;

import java.util.List;
import java.util.Locale;

/**
 * The graph of {@code builtin-1}: general similarity of pictures from fixed statistics, with nothing learned.
 *
 * <p>Input {@code input}: {@code [batch, 3, 128, 128]}, RGB in [0, 1]. Output {@code embedding}: {@code [batch, 382]}
 * of length 1, so that inner product, cosine and Euclidean distance agree; finite for every picture. The parts:
 *
 * <table>
 * <caption>The embedding</caption>
 * <tr><th>dims<th>share<th>what
 * <tr><td>0-127<td>1<td>{@link OrientedEdges}: edges of 8 orientations in 4 x 4 cells; the layout
 * <tr><td>128-186<td>2<td>{@link EdgePairs} of the fine edges at distances up to 12 pixels; shapes and textures,
 * wherever they lie
 * <tr><td>187-245<td>1<td>the same of edges at half the resolution
 * <tr><td>246-326<td>0.5<td>{@link SurfacePattern}: fine texture
 * <tr><td>327-356<td>0.2<td>{@link ColourHistogram} of lightness by blueness
 * <tr><td>357-381<td>0.2<td>{@link ColourHistogram} of redness by blueness
 * </table>
 *
 * <p>Each part is centred, scaled and freed from what all pictures share by {@link Block#join}. Edges ignore colour and
 * the sign of a contrast, so that shape, texture and layout dominate. A few milliseconds a picture on one core; the
 * file has about 50 kB.
 */
final class Builtin1 {

    /** The model's name, and that of its directory. */
    static final String NAME = "builtin-1";

    /** The side of the square input in pixels. */
    static final int SIZE = 128;

    /** The length of the embedding. */
    static final int DIMS = 382;

    private static final int ORIENTATIONS = 8;
    private static final int LAYOUT_CELLS = 4;
    private static final int PAIR_SIZE = 32;
    private static final int PAIR_REACH = 3;

    private Builtin1() {}

    /** The serialized ONNX model. */
    static byte[] model() {
        GraphBuilder g = new GraphBuilder(NAME);
        Tensor rgb = g.input("input", 3, SIZE);
        Tensor embedding = g.unit(Block.join(g, blocks(g, rgb)), 1e-12);
        g.output("embedding", embedding);
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
                  "hash": {"bits": 512},
                  "buckets": {"tables": 32, "bits": 8}
                }
                """, SIZE);
    }

    /** The parts of the embedding, in their order. */
    private static List<Block> blocks(GraphBuilder g, Tensor rgb) {
        Tensor half = g.averagePool(rgb, 2, 2);
        Tensor quarter = g.averagePool(half, 2, 2);
        Tensor fine = OrientedEdges.map(g, rgb, 1, ORIENTATIONS);
        Tensor coarse = OrientedEdges.map(g, half, 1, ORIENTATIONS);
        Tensor luminance = g.mix(rgb, new float[][] {{0.299f, 0.587f, 0.114f}}, null);
        List<Double> pairs = EdgePairs.ordinary(ORIENTATIONS, PAIR_REACH);
        return List.of(
                new Block(g.flat(g.grid(fine, LAYOUT_CELLS)), List.of(), 1),
                new Block(EdgePairs.of(g, g.grid(fine, PAIR_SIZE), PAIR_REACH), pairs, 2),
                new Block(EdgePairs.of(g, g.grid(coarse, PAIR_SIZE), PAIR_REACH), pairs, 1),
                new Block(SurfacePattern.of(g, luminance), SurfacePattern.ordinary(), 0.5),
                new Block(ColourHistogram.lightAndBlue(g, quarter), ColourHistogram.ordinaryLightAndBlue(), 0.2),
                new Block(ColourHistogram.redAndBlue(g, quarter), ColourHistogram.ordinaryRedAndBlue(), 0.2));
    }
}
