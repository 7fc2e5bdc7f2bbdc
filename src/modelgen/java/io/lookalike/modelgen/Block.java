package io.lookalike.modelgen;

import java.util.ArrayList;
import java.util.List;

/**
 * One family of statistics inside an embedding.
 *
 * @param values the statistics, at least 0, as channels of size 1
 * @param share the block's part in the similarity of two pictures, above 0; only the ratios between blocks matter
 */
record Block(Tensor values, double share) {

    private static final double FAINT = 1e-2;

    /**
     * Joins blocks to one embedding: of every block the square roots (Hellinger), less their mean, at length
     * {@code sqrt(share)}.
     *
     * <p>The inner product of two such embeddings is the mean of the blocks' correlations, weighted with their shares.
     * Without the mean every pair of pictures would agree in all signs, and hashes of signs could not tell them apart.
     * Blocks in which next to nothing happens are left short instead of having their noise blown up.
     */
    static Tensor join(GraphBuilder g, List<Block> blocks) {
        List<Tensor> parts = new ArrayList<>();
        for (Block block : blocks) {
            Tensor roots = g.sqrt(block.values());
            Tensor centred = g.subtract(roots, g.mean(roots));
            parts.add(g.scale(g.unit(centred, FAINT), StrictMath.sqrt(block.share())));
        }
        return g.concat(parts);
    }
}
