package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;

/**
 * Judges vectors by their labels: how many of the ten nearest of each, by L2 distance and without itself, share a label
 * with it; where fewer than ten others do, as a share of these. Costs vectors² x dims products.
 */
final class HeldOut {
    private static final int NEIGHBOURS = 10;
    private static final int ROWS = 16;

    private final Labels labels;
    private final Workers workers;

    HeldOut(Labels labels, Workers workers) {
        this.labels = labels;
        this.workers = workers;
    }

    /**
     * The mean over all vectors that have a label in common with another.
     *
     * @param vectors {@code [n][dims]}
     * @return NaN if none has
     */
    double precision(float[][] vectors, Progress progress) {
        if (vectors.length < 2) {
            return Double.NaN;
        }
        int dims = vectors[0].length;
        PackedMatrix all = new PackedMatrix(dims, vectors.length);
        float[] halves = new float[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            all.setColumn(i, vectors[i], 0);
            halves[i] = (float) UnitVectors.dot(vectors[i], 0, vectors[i], 0, dims) / 2;
        }
        double[] found = new double[vectors.length];
        float[][] products = new float[workers.threads()][all.stride()];
        workers.each((vectors.length + ROWS - 1) / ROWS, () -> progress.at("held out", 0, 1), (task, worker) -> {
            for (int i = task * ROWS; i < Math.min(vectors.length, (task + 1) * ROWS); i++) {
                float[] near = products[worker];
                all.multiply(vectors[i], 0, 1, dims, 1, 0, near);
                for (int j = 0; j < halves.length; j++) {
                    // greater where the distance is less
                    near[j] -= halves[j];
                }
                found[i] = share(near, i);
            }
        });
        return Arrays.stream(found)
                .filter(each -> !Double.isNaN(each))
                .average()
                .orElse(Double.NaN);
    }

    private double share(float[] near, int of) {
        int k = Math.min(NEIGHBOURS, labels.size() - 1);
        int[] which = new int[k];
        int held = 0;
        int sharing = 0;
        for (int j = 0; j < labels.size(); j++) {
            if (j == of) {
                continue;
            }
            sharing += sharing < k && labels.same(of, j) ? 1 : 0;
            if (held == k && near[j] <= near[which[k - 1]]) {
                continue;
            }
            int at = held < k ? held++ : k - 1;
            for (; at > 0 && near[which[at - 1]] < near[j]; at--) {
                which[at] = which[at - 1];
            }
            which[at] = j;
        }
        double right = Arrays.stream(which).filter(j -> labels.same(of, j)).count();
        return sharing == 0 ? Double.NaN : right / sharing;
    }
}
