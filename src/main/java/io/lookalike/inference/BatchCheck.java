package io.lookalike.inference;

import io.lookalike.model.ModelException;
import io.lookalike.model.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Checks whether the result for a picture is independent of the other pictures in its batch.
 *
 * <p>Some networks fail: dynamic quantisation shares one scale among a batch, some graphs fix the number of rows, and
 * some mix rows. Their pictures run one by one. The check costs four rows. Stateless.
 */
final class BatchCheck {
    /** Another order of sums changes the cosine by about 1e-7; a shared scale changes it by more than 1e-4. */
    private static final double LEAST_COSINE = 0.99999;

    private static final long SEED = 42;

    private BatchCheck() {}

    /** Whether two rows of noise, one loud and one quiet, give the same results together as alone. */
    static boolean passes(Function<float[][], List<Tensor>> network, int length) {
        Random random = new Random(SEED);
        float[] loud = new float[length];
        float[] quiet = new float[length];
        for (int i = 0; i < length; i++) {
            loud[i] = (float) random.nextGaussian();
            quiet[i] = 0.1f * (float) random.nextGaussian();
        }
        List<Tensor> together;
        try {
            together = network.apply(new float[][] {loud, quiet});
        } catch (ModelException e) {
            return false;
        }
        return same(together.get(0), network.apply(new float[][] {loud}).getFirst())
                && same(together.get(1), network.apply(new float[][] {quiet}).getFirst());
    }

    private static boolean same(Tensor one, Tensor other) {
        float[] a = one.data();
        float[] b = other.data();
        if (a.length != b.length) {
            return false;
        }
        double product = 0;
        double squares = 0;
        double otherSquares = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squares += (double) a[i] * a[i];
            otherSquares += (double) b[i] * b[i];
        }
        return ((squares == 0 && otherSquares == 0) || product >= LEAST_COSINE * Math.sqrt(squares * otherSquares))
                && (one.next() == null || same(one.next(), other.next()));
    }
}
