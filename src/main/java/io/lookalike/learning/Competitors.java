package io.lookalike.learning;

import java.util.Arrays;
import java.util.Random;

/**
 * The labels that compete in the softmax of one batch: all of them; if there are more than {@value #MOST}, those of the
 * batch and others at random. For one thread.
 */
final class Competitors {
    static final int MOST = 1024;

    private final Labels labels;
    private final Random random;
    private final int[] chosen;
    /** Position in {@link #chosen} by label, -1 for those that do not compete. */
    private final int[] positions;

    Competitors(Labels labels, Random random) {
        this.labels = labels;
        this.random = random;
        chosen = new int[Math.min(labels.count(), MOST)];
        positions = new int[labels.count()];
        Arrays.setAll(chosen, i -> i);
        Arrays.setAll(positions, i -> i);
    }

    int count() {
        return chosen.length;
    }

    boolean areAll() {
        return chosen.length == labels.count();
    }

    /** Chooses for a batch; it may have more labels than can compete. */
    void choose(int[] batch) {
        if (areAll()) {
            return;
        }
        Arrays.fill(positions, -1);
        int count = 0;
        for (int i = 0; i < batch.length; i++) {
            for (int label : labels.at(batch[i])) {
                if (count < chosen.length && positions[label] < 0) {
                    positions[label] = count;
                    chosen[count++] = label;
                }
            }
        }
        while (count < chosen.length) {
            int label = random.nextInt(positions.length);
            if (positions[label] < 0) {
                positions[label] = count;
                chosen[count++] = label;
            }
        }
    }

    /** The number of the label at a position. */
    int label(int position) {
        return chosen[position];
    }

    /**
     * Turns the cosines of a batch with all competitors into a loss, the cross entropy of their softmax, in which the
     * cosines of the right labels must win by a margin. A vector with several labels shares its target among them.
     *
     * @param cosines {@code [batch][count]}; receives the gradient by them of the batch's mean, times {@code weight}
     */
    double crossEntropy(int[] batch, float[] cosines, double scale, double margin, double weight) {
        double loss = 0;
        for (int i = 0; i < batch.length; i++) {
            int[] right = Arrays.stream(labels.at(batch[i]))
                    .map(label -> positions[label])
                    .filter(position -> position >= 0)
                    .toArray();
            loss += crossEntropy(cosines, i * chosen.length, right, scale, margin, weight / batch.length);
        }
        return weight * loss / batch.length;
    }

    private double crossEntropy(float[] values, int from, int[] right, double scale, double margin, double weight) {
        int end = from + chosen.length;
        if (right.length == 0) {
            Arrays.fill(values, from, end, 0);
            return 0;
        }
        for (int label : right) {
            values[from + label] -= (float) margin;
        }
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = from; c < end; c++) {
            greatest = Math.max(greatest, values[c]);
        }
        double sum = 0;
        for (int c = from; c < end; c++) {
            sum += StrictMath.exp(scale * (values[c] - greatest));
        }
        double loss = scale * greatest + StrictMath.log(sum);
        double share = 1. / right.length;
        for (int label : right) {
            loss -= share * scale * values[from + label];
        }
        for (int c = from; c < end; c++) {
            values[c] = (float) (weight * scale * StrictMath.exp(scale * (values[c] - greatest)) / sum);
        }
        for (int label : right) {
            values[from + label] -= (float) (weight * scale * share);
        }
        return loss;
    }
}
