package io.lookalike.image;

import java.util.Arrays;

/**
 * Resizes pictures as Pillow's {@code Image.resize} does, to the bit: rows first, rounded to eight bits, then columns.
 *
 * <p>Costs one multiplication per tap, pixel and channel, and one picture of the new width and the needed rows of the
 * old height. Keeps no state.
 */
final class Resampler {

    private static final int HALF = 1 << (Taps.BITS - 1);

    private Resampler() {}

    /**
     * Resizes interleaved bytes.
     *
     * @param source rows of {@code width * bands} bytes
     * @param bands 1 or 3
     * @param across made for {@code width}
     * @param down made for the number of rows
     * @return {@code across.length * down.length * bands} bytes
     */
    static byte[] resize(byte[] source, int width, int bands, Taps across, Taps down) {
        int start = down.start();
        int rows = down.end() - start;
        byte[] narrow = new byte[Math.multiplyExact(rows, across.length * bands)];
        for (int y = 0; y < rows; y++) {
            int from = (start + y) * width * bands;
            int to = y * across.length * bands;
            if (bands == 3) {
                row3(source, from, narrow, to, across);
            } else {
                row1(source, from, narrow, to, across);
            }
        }
        return columns(narrow, across.length * bands, start, down);
    }

    private static void row3(byte[] source, int from, byte[] target, int to, Taps taps) {
        int[] weights = taps.weights;
        for (int x = 0; x < taps.length; x++) {
            int red = HALF;
            int green = HALF;
            int blue = HALF;
            int at = from + 3 * taps.first[x];
            int w = x * taps.stride;
            for (int end = w + taps.count[x]; w < end; w++, at += 3) {
                int weight = weights[w];
                red += (source[at] & 0xff) * weight;
                green += (source[at + 1] & 0xff) * weight;
                blue += (source[at + 2] & 0xff) * weight;
            }
            target[to + 3 * x] = clip(red);
            target[to + 3 * x + 1] = clip(green);
            target[to + 3 * x + 2] = clip(blue);
        }
    }

    private static void row1(byte[] source, int from, byte[] target, int to, Taps taps) {
        int[] weights = taps.weights;
        for (int x = 0; x < taps.length; x++) {
            int sum = HALF;
            int at = from + taps.first[x];
            int w = x * taps.stride;
            for (int end = w + taps.count[x]; w < end; w++, at++) {
                sum += (source[at] & 0xff) * weights[w];
            }
            target[to + x] = clip(sum);
        }
    }

    private static byte[] columns(byte[] source, int rowBytes, int start, Taps taps) {
        byte[] target = new byte[Math.multiplyExact(taps.length, rowBytes)];
        int[] sums = new int[rowBytes];
        for (int y = 0; y < taps.length; y++) {
            Arrays.fill(sums, HALF);
            for (int k = 0; k < taps.count[y]; k++) {
                add(source, (taps.first[y] + k - start) * rowBytes, taps.weights[y * taps.stride + k], sums);
            }
            for (int i = 0; i < rowBytes; i++) {
                target[y * rowBytes + i] = clip(sums[i]);
            }
        }
        return target;
    }

    private static void add(byte[] source, int from, int weight, int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += (source[from + i] & 0xff) * weight;
        }
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> Taps.BITS));
    }
}
