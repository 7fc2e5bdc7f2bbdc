package io.lookalike.learning;

import io.lookalike.learning.HeadSettings.Loss;
import io.lookalike.learning.HeadSettings.Negatives;
import io.lookalike.vectors.PackedMatrix;
import java.util.Random;

/** The triplet and contrastive parts of a loss, over the pairs of one batch. For one thread. */
final class PairLoss {
    /** Of a pair in the contrastive part: its sum over all pairs is about as large as a mean over the batch. */
    private static final double PAIR_WEIGHT = 1. / 25;

    private final Loss weights;
    private final Negatives negatives;
    private final Labels labels;
    private final int dims;
    private final Random random;
    private final PackedMatrix columns;
    /** Squared distances of all pairs; what is behind them in a row is of no use. */
    private final float[][] distances;

    PairLoss(HeadSettings settings, Labels labels, int batch, Random random) {
        this.weights = settings.loss();
        this.negatives = settings.negatives();
        this.labels = labels;
        this.dims = settings.dims();
        this.random = random;
        columns = new PackedMatrix(dims, batch);
        distances = new float[batch][columns.stride()];
    }

    /**
     * The loss of a batch.
     *
     * @param units {@code [batch][dims]}
     * @param gradients receives those by the units, in addition to what it holds
     */
    double of(int[] batch, float[] units, float[] gradients) {
        for (int i = 0; i < batch.length; i++) {
            columns.setColumn(i, units, i * dims);
        }
        for (int i = 0; i < batch.length; i++) {
            columns.multiply(units, i * dims, 1, dims, 1, 0, distances[i]);
            for (int j = 0; j < batch.length; j++) {
                distances[i][j] = Math.max(0, 2 - 2 * distances[i][j]);
            }
        }
        return (weights.triplet() > 0 ? triplets(batch, units, gradients) : 0)
                + (weights.contrastive() > 0 ? pairs(batch, units, gradients) : 0);
    }

    private double triplets(int[] batch, float[] units, float[] gradients) {
        double slope = 2 * weights.triplet() / batch.length;
        double loss = 0;
        for (int a = 0; a < batch.length; a++) {
            int p = other(batch, a, true);
            int n = p < 0 ? -1 : negative(batch, a, p);
            if (n < 0) {
                continue;
            }
            double over = distances[a][p] - distances[a][n] + weights.margin();
            if (over <= 0) {
                continue;
            }
            loss += over;
            apart(units, gradients, a, n, slope);
            apart(units, gradients, a, p, -slope);
        }
        return weights.triplet() * loss / batch.length;
    }

    /** Adds the gradient of minus half the squared distance of two, times {@code slope}. */
    private void apart(float[] units, float[] gradients, int a, int b, double slope) {
        UnitVectors.add(gradients, a * dims, slope, units, b * dims, dims);
        UnitVectors.add(gradients, a * dims, -slope, units, a * dims, dims);
        UnitVectors.add(gradients, b * dims, slope, units, a * dims, dims);
        UnitVectors.add(gradients, b * dims, -slope, units, b * dims, dims);
    }

    /** A random one of the batch that shares a label, or shares none; -1 if there is none. */
    private int other(int[] batch, int of, boolean same) {
        int start = random.nextInt(batch.length);
        for (int i = 0; i < batch.length; i++) {
            int at = (start + i) % batch.length;
            if (batch[at] != batch[of] && labels.share(batch[at], batch[of]) == same) {
                return at;
            }
        }
        return -1;
    }

    private int negative(int[] batch, int a, int p) {
        int nearest = -1;
        for (int j = 0; negatives != Negatives.RANDOM && j < batch.length; j++) {
            if ((nearest < 0 || distances[a][j] < distances[a][nearest])
                    && (negatives == Negatives.HARD || distances[a][j] > distances[a][p])
                    && !labels.share(batch[a], batch[j])) {
                nearest = j;
            }
        }
        return nearest < 0 ? other(batch, a, false) : nearest;
    }

    private double pairs(int[] batch, float[] units, float[] gradients) {
        double weight = weights.contrastive() * PAIR_WEIGHT / batch.length;
        double loss = 0;
        for (int a = 0; a < batch.length; a++) {
            for (int b = 0; b < a; b++) {
                boolean same = labels.share(batch[a], batch[b]);
                double distance = Math.sqrt(distances[a][b] + 1e-9);
                double over = weights.margin() - distance;
                if (same) {
                    loss += weight * distances[a][b];
                    apart(units, gradients, a, b, -2 * weight);
                } else if (over > 0) {
                    loss += weight * over * over;
                    apart(units, gradients, a, b, 2 * weight * over / distance);
                }
            }
        }
        return loss;
    }
}
