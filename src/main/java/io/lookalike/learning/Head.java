package io.lookalike.learning;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.List;

/**
 * A small network that was trained to bring vectors of one label together: linear layers with ReLU between them, then
 * the vector is scaled to length one.
 *
 * @param layers one, or a hidden one and the last
 * @param planes of the code of a learned vector, whose bits are the signs of {@code W x + b}; null without
 * @param curve what each epoch came to; the first is the state before training, which has no loss
 * @param best number of the epoch that this is of, in the curve
 * @param before the precision of the vectors that it was learned from, as {@link Epoch} has it
 */
public record Head(List<Linear> layers, Linear planes, List<Epoch> curve, int best, double before) {
    private static final int CHUNK = 4096;

    /**
     * An epoch.
     *
     * @param loss mean of its batches
     * @param precision among ten neighbours by vectors, on what is held out; NaN where nothing is
     * @param codePrecision the same by codes; NaN without
     */
    public record Epoch(double loss, double precision, double codePrecision) {
        /** What epochs are chosen by: vectors and codes count alike. */
        double judged() {
            return Double.isNaN(codePrecision) ? precision : (precision + codePrecision) / 2;
        }
    }

    /** The figures of the epoch that this is of. */
    public Epoch kept() {
        return curve.get(best);
    }

    /**
     * The learned vectors of many.
     *
     * @param vectors {@code [n][dims of the data]}
     * @return {@code [n][dims of the head]}, of length one
     */
    public float[][] apply(float[][] vectors, Workers workers, Progress progress) {
        float[][] units = new float[vectors.length][];
        for (int from = 0; from < units.length; from += CHUNK) {
            int end = Math.min(units.length, from + CHUNK);
            float[][] at = Arrays.copyOfRange(vectors, from, end);
            for (int i = 0; i < layers.size(); i++) {
                at = layers.get(i).apply(at, workers, progress);
                for (float[] row : at) {
                    if (i == layers.size() - 1) {
                        UnitVectors.normalize(row, 0, row.length);
                    } else {
                        for (int d = 0; d < row.length; d++) {
                            row[d] = Math.max(0, row[d]);
                        }
                    }
                }
            }
            System.arraycopy(at, 0, units, from, at.length);
        }
        return units;
    }

    /** The code, whose bits are the signs of projections of the learned vectors. */
    public LearnedCode code(float[][] units, Workers workers, Progress progress) {
        return Planes.of("hash_head", units, planes, workers, progress);
    }
}
