package io.lookalike.hashing;

import java.util.Arrays;
import java.util.Locale;

/**
 * Hashes of 64 bits of the look of a picture. Copies that were scaled, recompressed or slightly retouched have near
 * hashes.
 *
 * <p>Each takes the grey values of the picture, scaled to a few pixels, row by row, and gives bits row by row, most
 * significant first, as the Python library imagehash does under the same names. All arithmetic is on whole numbers, so
 * a hash is the same on every machine, and equal values, as in a picture of one colour, compare as equal.
 *
 * <p>Takes a few microseconds at most. Stateless and thread-safe.
 */
public enum PerceptualHash {
    /**
     * Low frequencies: the 8 x 8 lowest of the two-dimensional cosine transform of 32 x 32 pixels. A bit is set if its
     * frequency is above their median (the mean of the two middle ones).
     */
    PHASH(32, 32) {
        @Override
        boolean[] bitsOf(int[] grey) {
            long[] frequencies = CosineTransform.lowest(grey);
            long[] sorted = frequencies.clone();
            Arrays.sort(sorted);
            long lower = sorted[31];
            long upper = sorted[32];
            boolean[] bits = new boolean[BITS];
            for (int i = 0; i < BITS; i++) {
                // above (lower + upper) / 2, without the sum, which may overflow
                bits[i] = frequencies[i] >= upper && frequencies[i] > lower;
            }
            return bits;
        }
    },
    /** Differences of 9 x 8 pixels: a bit is set if its pixel is brighter than its left neighbour. */
    DHASH(9, 8) {
        @Override
        boolean[] bitsOf(int[] grey) {
            boolean[] bits = new boolean[BITS];
            for (int i = 0; i < BITS; i++) {
                int left = i / 8 * 9 + i % 8;
                bits[i] = grey[left + 1] > grey[left];
            }
            return bits;
        }
    },
    /** Averages of 8 x 8 pixels: a bit is set if its pixel is brighter than their mean. */
    AHASH(8, 8) {
        @Override
        boolean[] bitsOf(int[] grey) {
            int sum = Arrays.stream(grey).sum();
            boolean[] bits = new boolean[BITS];
            for (int i = 0; i < BITS; i++) {
                bits[i] = grey[i] * BITS > sum;
            }
            return bits;
        }
    };

    /** Length of every hash in bits. */
    public static final int BITS = 64;

    private final int width;
    private final int height;

    PerceptualHash(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /** Pixels in a row of the input of {@link #hash}. */
    public int width() {
        return width;
    }

    /** Rows of the input of {@link #hash}. */
    public int height() {
        return height;
    }

    /**
     * The hash of a picture, 8 bytes.
     *
     * @param grey brightness of {@link #width()} x {@link #height()} pixels, 0..255, row by row; scaled with a Lanczos
     *     filter if the hash is to agree with those of other programs
     * @throws IllegalArgumentException if the number of pixels or a brightness is out of range
     */
    public byte[] hash(int[] grey) {
        if (grey.length != width * height) {
            throw new IllegalArgumentException(
                    this + " takes [" + width + "] x [" + height + "] pixels; got [" + grey.length + "] values");
        }
        for (int value : grey) {
            if (value < 0 || value > 255) {
                throw new IllegalArgumentException("grey values must be within [0..255]; got [" + value + "]");
            }
        }
        boolean[] bits = bitsOf(grey);
        byte[] hash = new byte[BITS / 8];
        for (int i = 0; i < BITS; i++) {
            if (bits[i]) {
                hash[i / 8] |= (byte) (0x80 >> (i % 8));
            }
        }
        return hash;
    }

    abstract boolean[] bitsOf(int[] grey);

    /** The name as users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
