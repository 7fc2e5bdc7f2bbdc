package io.lookalike.image;

/**
 * Which pixels of a line make up each pixel of the resized line, and by how much.
 *
 * <p>Output {@code i} is the sum over {@code k < count[i]} of input {@code first[i] + k} times
 * {@code weights[i * stride + k]}, in fixed point of {@link #BITS} bits, as in Pillow's {@code Image.resize}. Costs about
 * {@code 2 * support} entries per input or output pixel, whichever are more. Not changed once made.
 */
final class Taps {

    /** Weights are scaled by 2^22: 32 bits less 8 of a sample and 2 for the overshoot of the filters. */
    static final int BITS = 32 - 8 - 2;

    final int length;
    final int stride;
    final int[] first;
    final int[] count;
    final int[] weights;

    private Taps(int length, int stride) {
        this.length = length;
        this.stride = stride;
        this.first = new int[length];
        this.count = new int[length];
        this.weights = new int[Math.multiplyExact(length, stride)];
    }

    /** For the whole resized line. */
    static Taps all(Resample filter, int inputSize, int outputSize) {
        return window(filter, inputSize, outputSize, 0, outputSize);
    }

    /**
     * For a part of the resized line: as if all of it were made and then cut.
     *
     * @param outputSize pixels of the whole resized line
     * @param offset first pixel wanted of it
     * @param length pixels wanted
     */
    static Taps window(Resample filter, int inputSize, int outputSize, int offset, int length) {
        double scale = (double) inputSize / outputSize;
        double filterScale = Math.max(1, scale);
        double support = filter.support * filterScale;
        Taps taps = new Taps(length, (int) Math.ceil(support) * 2 + 1);
        double[] weights = new double[taps.stride];
        for (int i = 0; i < length; i++) {
            double center = (offset + i + 0.5) * scale;
            int first = (int) Math.max(0, center - support + 0.5);
            int end = (int) Math.min(inputSize, center + support + 0.5);
            double sum = 0;
            for (int k = 0; k < end - first; k++) {
                weights[k] = filter.weight((k + first - center + 0.5) * (1 / filterScale));
                sum += weights[k];
            }
            taps.first[i] = first;
            taps.count[i] = end - first;
            for (int k = 0; k < end - first; k++) {
                double weight = sum == 0 ? weights[k] : weights[k] / sum;
                taps.weights[i * taps.stride + k] = (int) (weight * (1 << BITS) + (weight < 0 ? -0.5 : 0.5));
            }
        }
        return taps;
    }

    /** The first input that any output needs. */
    int start() {
        return first[0];
    }

    /** The end of the inputs that any output needs. */
    int end() {
        return first[length - 1] + count[length - 1];
    }
}
