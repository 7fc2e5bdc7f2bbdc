package io.lookalike.learning;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;

/**
 * Vectors that a head does not learn from: how many of the ten nearest of each share a label with it, itself left out.
 * Costs half of vectors² x dims products.
 */
final class HeldOut {
    private static final int NEIGHBOURS = 10;
    private static final int ROWS = 16;

    private final float[][] rows;
    private final Labels labels;
    private final Workers workers;

    /** @param rows {@code [n][dims of the data]} */
    HeldOut(float[][] rows, Labels labels, Workers workers) {
        this.rows = rows;
        this.labels = labels;
        this.workers = workers;
    }

    boolean isEmpty() {
        return rows.length < 2;
    }

    float[][] rows() {
        return rows;
    }

    /** @param units {@code [n][dims of the head]}, of length one */
    double precision(float[][] units, Progress progress) {
        int k = Math.min(NEIGHBOURS, units.length - 1);
        double[] found = new double[units.length];
        workers.each((units.length + ROWS - 1) / ROWS, () -> progress.at("held out", 0, 1), (task, worker) -> {
            for (int i = task * ROWS; i < Math.min(units.length, (task + 1) * ROWS); i++) {
                found[i] = share(units, i, k);
            }
        });
        return Arrays.stream(found).average().orElse(Double.NaN);
    }

    private double share(float[][] units, int of, int k) {
        float[] nearest = new float[k];
        int[] which = new int[k];
        int held = 0;
        for (int j = 0; j < units.length; j++) {
            if (j == of) {
                continue;
            }
            float product = (float) UnitVectors.dot(units[of], 0, units[j], 0, units[j].length);
            if (held == k && product <= nearest[k - 1]) {
                continue;
            }
            int at = held < k ? held++ : k - 1;
            for (; at > 0 && nearest[at - 1] < product; at--) {
                nearest[at] = nearest[at - 1];
                which[at] = which[at - 1];
            }
            nearest[at] = product;
            which[at] = j;
        }
        int right = 0;
        for (int each : which) {
            right += labels.same(of, each) ? 1 : 0;
        }
        return (double) right / k;
    }
}
