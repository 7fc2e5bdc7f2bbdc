package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;

/**
 * Judges vectors by their labels: how many of the ten nearest of each, by L2 distance and without itself, share a label
 * with it; where fewer than ten others do, as a share of these. Costs vectors² x dims products.
 */
final class PrecisionJudge {
    private static final int NEIGHBOURS = 10;
    private static final int ROWS = 16;

    private final Labels labels;
    private final Workers workers;

    PrecisionJudge(Labels labels, Workers workers) {
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
        // products of vectors far from the origin would drown their differences
        Centering centering = Centering.of(vectors, workers, progress);
        PackedMatrix all = new PackedMatrix(dims, vectors.length);
        float[] centred = new float[vectors.length * dims];
        float[] halves = new float[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            centering.write(vectors[i], centred, i * dims);
            all.setColumn(i, centred, i * dims);
            halves[i] = (float) UnitVectors.dot(centred, i * dims, centred, i * dims, dims) / 2;
        }
        double[] found = new double[vectors.length];
        float[][] products = new float[workers.threads()][all.stride()];
        workers.each((vectors.length + ROWS - 1) / ROWS, () -> progress.at("held out", 0, 1), (task, worker) -> {
            for (int i = task * ROWS; i < Math.min(vectors.length, (task + 1) * ROWS); i++) {
                float[] near = products[worker];
                all.multiply(centred, i * dims, 1, dims, 1, 0, near);
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
            sharing += sharing < k && labels.share(of, j) ? 1 : 0;
            if (held == k && near[j] <= near[which[k - 1]]) {
                continue;
            }
            int at = held < k ? held++ : k - 1;
            for (; at > 0 && near[which[at - 1]] < near[j]; at--) {
                which[at] = which[at - 1];
            }
            which[at] = j;
        }
        double right = Arrays.stream(which).filter(j -> labels.share(of, j)).count();
        return sharing == 0 ? Double.NaN : right / sharing;
    }
}
