package io.lookalike.image;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The coefficients of a resize: for each pixel of the resized line, its input pixels and their weights, as in Pillow's
 * {@code Image.resize}.
 *
 * <p>Outputs {@code 2 i} and {@code 2 i + 1} are computed together: they are the lower and the upper half of the sum
 * over {@code k < count[i]} of input {@code first[i] + k} times {@code weights[i * span + k]}, which holds both weights
 * in fixed point of {@link #BITS} bits. This halves the multiplications, which dominate the time, because neighbours
 * share most inputs. Each pair has {@code span} weights, padded with zeros, so that all loops have the same length.
 *
 * <p>Has about {@code 2 * support} entries for each input or output pixel, whichever are more. Small recent instances
 * are cached, because the pictures of a collection have few sizes (computing them took 8% of decoding and resizing).
 * Immutable.
 */
final class Taps {

    /** Weights are scaled by 2^22: 32 bits less 8 of a sample and 2 for the overshoot of the filters. */
    static final int BITS = 32 - 8 - 2;

    private static final int KEPT = 64;
    /** The most weights of a cached instance: 64 KiB. */
    private static final int LARGEST_KEPT = 1 << 13;

    private static final Map<Key, Taps> MADE = new ConcurrentHashMap<>();

    private record Key(Resample filter, int inputSize, int outputSize, int offset, int length) {}

    /** Number of outputs. */
    final int length;
    /** The most inputs of a pair; the line has {@code first[i] + span} of them for every pair. */
    final int span;

    final int[] first;
    final int[] count;
    final long[] weights;

    private final Resample filter;
    private final int inputSize;
    private final int offset;
    private final double scale;

    private Taps(Resample filter, int inputSize, int outputSize, int offset, int length) {
        this.filter = filter;
        this.inputSize = inputSize;
        this.offset = offset;
        this.length = length;
        this.scale = (double) inputSize / outputSize;
        int pairs = copies() ? 0 : length / 2 + length % 2;
        this.first = new int[pairs];
        this.count = new int[pairs];
        int most = 0;
        for (int pair = 0; pair < pairs; pair++) {
            int end = end(Math.min(2 * pair + 1, length - 1));
            most = Math.max(most, end - begin(2 * pair));
        }
        this.span = most;
        this.weights = new long[Math.multiplyExact(pairs, span)];
        for (int pair = 0; pair < pairs; pair++) {
            first[pair] = Math.min(begin(2 * pair), inputSize - span);
            count[pair] = end(Math.min(2 * pair + 1, length - 1)) - first[pair];
        }
        weigh();
    }

    /** For the whole resized line. */
    static Taps all(Resample filter, int inputSize, int outputSize) {
        return window(filter, inputSize, outputSize, 0, outputSize);
    }

    /**
     * Only part of the resized line; equals cropping the whole.
     *
     * @param outputSize pixels of the whole resized line
     * @param offset the first wanted pixel
     * @param length the number of wanted pixels
     */
    static Taps window(Resample filter, int inputSize, int outputSize, int offset, int length) {
        Key key = new Key(filter, inputSize, outputSize, offset, length);
        Taps made = MADE.get(key);
        if (made == null) {
            made = new Taps(filter, inputSize, outputSize, offset, length);
            if (made.weights.length <= LARGEST_KEPT) {
                if (MADE.size() >= KEPT) {
                    MADE.clear();
                }
                MADE.put(key, made);
            }
        }
        return made;
    }

    /**
     * Whether the outputs are a copy of the inputs from {@link #start} to {@link #end}, so that there are no weights.
     */
    boolean copies() {
        return scale == 1;
    }

    /** The first input that any output needs. */
    int start() {
        return copies() ? offset : first[0];
    }

    /** The end of the inputs that any output needs. */
    int end() {
        return copies() ? offset + length : first[first.length - 1] + count[count.length - 1];
    }

    private double center(int output) {
        return (offset + output + 0.5) * scale;
    }

    private double support() {
        return filter.support * Math.max(1, scale);
    }

    private int begin(int output) {
        return (int) Math.max(0, center(output) - support() + 0.5);
    }

    private int end(int output) {
        return (int) Math.min(inputSize, center(output) + support() + 0.5);
    }

    private void weigh() {
        double narrower = 1 / Math.max(1, scale);
        double[] exact = new double[span];
        for (int output = 0; output < length && !copies(); output++) {
            int begin = begin(output);
            int reach = end(output) - begin;
            double sum = 0;
            for (int k = 0; k < reach; k++) {
                exact[k] = filter.weight((k + begin - center(output) + 0.5) * narrower);
                sum += exact[k];
            }
            int at = output / 2 * span + begin - first[output / 2];
            for (int k = 0; k < reach; k++) {
                double weight = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << BITS);
                long fixed = (int) (weight + (weight < 0 ? -0.5 : 0.5));
                weights[at + k] += output % 2 == 0 ? fixed : fixed << 32;
            }
        }
    }
}
