package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;

/**
 * One family of statistics inside an embedding.
 *
 * @param values the statistics, at least 0, as channels of size 1
 * @param ordinary the square roots of the statistics of an ordinary picture, up to factor and offset; may be empty
 * @param share the block's part in the similarity of two pictures, above 0; only the ratios between blocks matter
 */
record Block(Tensor values, List<Double> ordinary, double share) {

    private static final double FAINT = 1e-2;

    /**
     * Joins blocks to one embedding: of every block the square roots (Hellinger), less their mean, at length
     * {@code sqrt(share)}, less the part that lies along the ordinary.
     *
     * <p>The inner product of two such embeddings is the mean of the blocks' correlations, weighted with their shares,
     * as far as they go beyond what most pictures have in common. Without this subtraction, any two pictures would
     * agree in most signs, and hashes of signs could hardly distinguish them. Blocks with next to no content stay
     * short, so that their noise is not amplified.
     */
    static Tensor join(GraphBuilder g, List<Block> blocks) {
        List<Tensor> parts = new ArrayList<>();
        for (Block block : blocks) {
            Tensor roots = g.sqrt(block.values);
            Tensor correlated = g.unit(g.subtract(roots, g.mean(roots)), FAINT);
            Tensor special = block.ordinary.isEmpty() ? correlated : g.without(correlated, block.direction());
            parts.add(g.scale(special, StrictMath.sqrt(block.share)));
        }
        return g.concat(parts);
    }

    /** The ordinary, less its mean, at length 1. */
    private float[] direction() {
        int dims = ordinary.size();
        double sum = 0;
        for (double value : ordinary) {
            sum += value;
        }
        double mean = sum / dims;
        double squares = 0;
        for (double value : ordinary) {
            squares += (value - mean) * (value - mean);
        }
        float[] direction = new float[dims];
        for (int i = 0; i < dims; i++) {
            direction[i] = (float) ((ordinary.get(i) - mean) / StrictMath.sqrt(squares));
        }
        return direction;
    }
}
