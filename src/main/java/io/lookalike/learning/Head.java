package io.lookalike.learning;

import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.List;

/**
 * A small network that was trained to bring vectors of one label together: linear layers with ReLU between them, then
 * the vector is scaled to length one.
 *
 * @param layers one, or a hidden one and the last
 * @param planes of the code of a learned vector, whose bits are the signs of {@code W x + b}; null without
 * @param curve what each epoch came to
 * @param best the epoch that this is of, from 0; -1 for what it was before the first
 */
public record Head(List<Linear> layers, Linear planes, List<Epoch> curve, int best) {
    /**
     * An epoch.
     *
     * @param loss mean of its batches
     * @param precision among ten neighbours, on what is held out; NaN where nothing is
     */
    public record Epoch(double loss, double precision) {}

    /**
     * The learned vectors of many.
     *
     * @param vectors {@code [n][dims of the data]}
     * @return {@code [n][dims of the head]}, of length one
     */
    public float[][] apply(float[][] vectors, Workers workers, Progress progress) {
        float[][] at = vectors;
        for (int i = 0; i < layers.size(); i++) {
            at = layers.get(i).apply(at, workers, progress);
            if (i < layers.size() - 1) {
                for (float[] row : at) {
                    for (int d = 0; d < row.length; d++) {
                        row[d] = Math.max(0, row[d]);
                    }
                }
            }
        }
        for (float[] row : at) {
            UnitVectors.normalize(row, 0, row.length);
        }
        return at;
    }
}
