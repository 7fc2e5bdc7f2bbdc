package io.lookalike.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.loss.Loss;
import java.util.List;
import java.util.Map;

/**
 * The losses of a batch of triplets, as a weighted sum. Stateless.
 *
 * <p>With {@code p} and {@code n} the Euclidean distances of an anchor to its positive and its negative, and margin
 * {@code m}:
 *
 * <ul>
 *   <li>{@code triplet}: {@code max(0, p² - n² + m)} (Schroff et al., 2015, equation 2, without normalisation)
 *   <li>{@code pair}: {@code (p² + (n - m)²) / 2}: pairs of one class at distance 0, others at the margin
 *   <li>{@code contrastive}: {@code (p² + max(0, m - n)²) / 2} (Hadsell et al., 2006, equation 4)
 *   <li>{@code classification}: the cross entropy of a linear layer over the embedding
 * </ul>
 *
 * <p>A hash output is trained by the same: distances of {@code tanh / sqrt(bits)}, so that the squared distance of two
 * codes is four times the part of their bits that differ, and the cross entropy of a linear layer over {@code tanh}.
 */
final class Losses {
    static final List<String> NAMES = List.of("triplet", "pair", "contrastive", "classification");

    /** The root has no gradient at 0. */
    private static final float TINY = 1e-12f;

    private Losses() {}

    /**
     * The weighted sum.
     *
     * @param outputs of {@link Networks#withHeads}, for all anchors, then all positives, then all negatives
     * @param labels of the same pictures
     */
    static NDArray sum(NDList outputs, NDArray labels, TrainOptions options) {
        NDArray sum = distances(outputs.get(0), options.losses(), options.margin());
        if (options.hash() > 0) {
            NDArray codes = outputs.get(1).div((float) Math.sqrt(options.hash()));
            NDArray loss = distances(codes, options.losses(), options.margin());
            loss = loss == null ? distances(codes, Map.of("triplet", 1f), options.margin()) : loss;
            sum = sum == null ? loss : sum.add(loss);
        }
        if (options.classification() > 0) {
            for (int head = options.hash() > 0 ? 2 : 1; head < outputs.size(); head++) {
                NDArray loss = Loss.softmaxCrossEntropyLoss()
                        .evaluate(new NDList(labels), new NDList(outputs.get(head)))
                        .mul(options.classification());
                sum = sum == null ? loss : sum.add(loss);
            }
        }
        return sum;
    }

    /** The part of the losses that compares distances; null if none does. */
    private static NDArray distances(NDArray vectors, Map<String, Float> losses, float margin) {
        long count = vectors.getShape().get(0) / 3;
        NDArray anchors = vectors.get(new NDIndex("0:{}", count));
        NDArray near = squares(anchors, vectors.get(new NDIndex("{}:{}", count, 2 * count)));
        NDArray far = squares(anchors, vectors.get(new NDIndex("{}:{}", 2 * count, 3 * count)));
        NDArray sum = null;
        for (Map.Entry<String, Float> loss : losses.entrySet()) {
            NDArray each = switch (loss.getKey()) {
                case "triplet" -> near.sub(far).add(margin).maximum(0);
                case "pair" -> near.add(root(far).sub(margin).square()).div(2);
                case "contrastive" ->
                    near.add(root(far).neg().add(margin).maximum(0).square()).div(2);
                default -> null;
            };
            if (each != null) {
                NDArray weighted = each.mean().mul(loss.getValue());
                sum = sum == null ? weighted : sum.add(weighted);
            }
        }
        return sum;
    }

    private static NDArray squares(NDArray a, NDArray b) {
        return a.sub(b).square().sum(new int[] {1});
    }

    private static NDArray root(NDArray squares) {
        return squares.add(TINY).sqrt();
    }
}
