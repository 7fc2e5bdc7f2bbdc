package io.lookalike.hashing;

import java.util.Arrays;

/**
 * The detail of a picture: {@value #SIDE} x {@value #SIDE} grey values, from dark to light over the whole range of a
 * byte. It decides whether pictures with near {@linkplain PerceptualHash perceptual hashes} are the same picture.
 *
 * <p>{@link #areSame} lays one over the other, shifted, stretched and turned a little so that they fit best, first at
 * half the size ({@link DetailWarp}), and correlates what stands out from its surroundings, with brightness as it is
 * and along a rising curve ({@link DetailTone}). Where one was moved to fit, edges do not count, since a frame is mixed
 * into them. Copies that were cropped, scaled, framed, or changed in brightness keep nearly all of it; two things of
 * one kind in the same place do not. A quarter of the blocks may differ, so that a caption or a logo does not matter.
 *
 * <p>The bounds were found on Caltech-101 and on twenty edits ({@code bin/bench defaults}). The most similar pictures
 * of different motorbikes have .982 in all, and .992 without the worst blocks.
 *
 * <p>A comparison takes tens of microseconds if the pictures fit as they are or are unlike, else half a millisecond.
 * Stateless and thread-safe.
 */
public final class PictureDetail {
    /** Columns and rows. */
    public static final int SIDE = 32;

    /** Length in bits. */
    public static final int BITS = SIDE * SIDE * Byte.SIZE;

    /** The least correlation of copies. */
    private static final double SAME = .983;
    /** The least correlation of copies without the blocks that differ most. */
    private static final double SAME_BUT_BLOCKS = .9925;

    /** Below this as they are, and below the other when roughly fitted, pictures are no copies. */
    private static final double UNLIKE = .1;

    private static final double UNLIKE_FITTED = .8;

    /** The least part of the picture that both show. */
    private static final double LEAST_SHARED = .5;

    private static final int HALF = SIDE / 2;
    private static final int ITERATIONS = 6;
    /** Where fitting starts: as they are, and with a frame of some percent around either. */
    private static final double[] STARTS = {0, -.06, .06};
    /** Pixels along the edges of moved pictures that are not counted. */
    private static final float EDGE = 2;
    /** Reach of the surroundings. */
    private static final int AROUND = 3;

    private static final int BLOCK = 8;
    private static final int BLOCKS = SIDE / BLOCK;
    private static final int LEFT_OUT = BLOCKS * BLOCKS / 4;
    /** The least part of what stands out that must be outside of the blocks that are left out. */
    private static final double LEAST_COUNTED = .3;

    private PictureDetail() {}

    /**
     * The detail of a picture.
     *
     * @param grey brightness of {@value #SIDE} x {@value #SIDE} pixels, 0..255, row by row
     * @return a byte a pixel, unsigned; all 0 for a picture of one colour
     */
    public static byte[] of(int[] grey) {
        if (grey.length != SIDE * SIDE) {
            throw new IllegalArgumentException(
                    "detail takes [" + SIDE + "] x [" + SIDE + "] pixels; got [" + grey.length + "] values");
        }
        int least = Arrays.stream(grey).min().orElseThrow();
        int range = Math.max(1, Arrays.stream(grey).max().orElseThrow() - least);
        byte[] detail = new byte[grey.length];
        for (int i = 0; i < grey.length; i++) {
            detail[i] = (byte) ((grey[i] - least) * 255 / range);
        }
        return detail;
    }

    /** Whether two pictures are copies of one, whichever is fitted onto the other; false for one of a single colour. */
    public static boolean areSame(byte[] a, byte[] b) {
        float[] first = smooth(values(a), SIDE);
        float[] second = smooth(values(b), SIDE);
        // most pairs end here, at a tenth of the cost
        Fit straight = Fit.plain(first, second);
        if (straight.isSame() || straight.all < UNLIKE) {
            return straight.isSame();
        }
        return Fit.of(first, second, new DetailWarp(), 0).isSame()
                || (isSameFitted(first, second) && isSameFitted(second, first));
    }

    /** Whether the first is the same as the second when it is fitted onto that. */
    private static boolean isSameFitted(float[] first, float[] second) {
        float[] halfOfFirst = half(first);
        float[] halfOfSecond = half(second);
        DetailWarp best = null;
        double rough = UNLIKE_FITTED;
        for (double start : STARTS) {
            DetailWarp warp = DetailWarp.scaled(start);
            if (warp.improve(halfOfFirst, halfOfSecond, HALF, EDGE / 2, ITERATIONS)) {
                warp.enlarge(2);
                double all = Fit.of(first, second, warp, EDGE).all;
                if (all >= rough) {
                    rough = all;
                    best = warp;
                }
            }
        }
        return best != null
                && best.improve(first, second, SIDE, EDGE, ITERATIONS)
                && Fit.of(first, second, best, EDGE).isSame();
    }

    private static float[] values(byte[] detail) {
        if (detail.length != SIDE * SIDE) {
            throw new IllegalArgumentException(
                    "a detail has [" + SIDE * SIDE + "] bytes; got [" + detail.length + "] bytes");
        }
        float[] values = new float[detail.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = detail[i] & 0xff;
        }
        return values;
    }

    /** The mean of each pixel and its neighbours, with weights 1, 2, 1 along rows and columns. */
    private static float[] smooth(float[] values, int side) {
        float[] rows = new float[values.length];
        float[] smooth = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int x = i % side;
            rows[i] = (values[x > 0 ? i - 1 : i] + 2 * values[i] + values[x < side - 1 ? i + 1 : i]) / 4;
        }
        for (int i = 0; i < values.length; i++) {
            int y = i / side;
            smooth[i] = (rows[y > 0 ? i - side : i] + 2 * rows[i] + rows[y < side - 1 ? i + side : i]) / 4;
        }
        return smooth;
    }

    private static float[] half(float[] values) {
        float[] half = new float[HALF * HALF];
        for (int i = 0; i < half.length; i++) {
            int at = i / HALF * 2 * SIDE + i % HALF * 2;
            half[i] = (values[at] + values[at + 1] + values[at + SIDE] + values[at + SIDE + 1]) / 4;
        }
        return smooth(half, HALF);
    }

    /**
     * How well two details fit.
     *
     * @param all correlation of what stands out, -1 to 1
     * @param butBlocks the same without the blocks that differ most
     */
    private record Fit(double all, double butBlocks) {
        private static final Fit NONE = new Fit(0, 0);

        boolean isSame() {
            return all >= SAME || butBlocks >= SAME_BUT_BLOCKS;
        }

        /** As they lie, with the brightness as it is. */
        static Fit plain(float[] a, float[] b) {
            boolean[] all = new boolean[a.length];
            Arrays.fill(all, true);
            return correlate(standingOut(a, all), standingOut(b, all));
        }

        /** With the brightness as it is, or with that of either changed to that of the other, whichever fits best. */
        static Fit of(float[] a, float[] b, DetailWarp warp, float edge) {
            float[] warped = new float[a.length];
            boolean[] shared = warp.apply(a, SIDE, edge, warped);
            int count = 0;
            for (boolean each : shared) {
                count += each ? 1 : 0;
            }
            if (count < LEAST_SHARED * a.length) {
                return NONE;
            }
            float[] restOfA = standingOut(warped, shared);
            float[] restOfB = standingOut(b, shared);
            return correlate(restOfA, restOfB)
                    .or(correlate(standingOut(DetailTone.match(warped, b, shared), shared), restOfB))
                    .or(correlate(restOfA, standingOut(DetailTone.match(b, warped, shared), shared)));
        }

        private Fit or(Fit other) {
            return new Fit(Math.max(all, other.all), Math.max(butBlocks, other.butBlocks));
        }

        /** Each counted value less the mean of the counted ones around it; 0 for the others. */
        private static float[] standingOut(float[] values, boolean[] counted) {
            int width = SIDE + 1;
            float[] sums = new float[width * width];
            int[] counts = new int[width * width];
            for (int i = 0; i < values.length; i++) {
                int at = (i / SIDE + 1) * width + i % SIDE + 1;
                sums[at] = (counted[i] ? values[i] : 0) + sums[at - 1] + sums[at - width] - sums[at - width - 1];
                counts[at] = (counted[i] ? 1 : 0) + counts[at - 1] + counts[at - width] - counts[at - width - 1];
            }
            float[] rest = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                if (counted[i]) {
                    int left = Math.max(0, i % SIDE - AROUND);
                    int right = Math.min(SIDE, i % SIDE + AROUND + 1);
                    int top = Math.max(0, i / SIDE - AROUND) * width;
                    int bottom = Math.min(SIDE, i / SIDE + AROUND + 1) * width;
                    float sum = sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
                    int count =
                            counts[bottom + right] - counts[bottom + left] - counts[top + right] + counts[top + left];
                    rest[i] = values[i] - sum / count;
                }
            }
            return rest;
        }

        private static Fit correlate(float[] a, float[] b) {
            double[] squaresA = new double[BLOCKS * BLOCKS];
            double[] squaresB = new double[BLOCKS * BLOCKS];
            double[] products = new double[BLOCKS * BLOCKS];
            for (int i = 0; i < a.length; i++) {
                int block = i / SIDE / BLOCK * BLOCKS + i % SIDE / BLOCK;
                squaresA[block] += a[i] * a[i];
                squaresB[block] += b[i] * b[i];
                products[block] += a[i] * b[i];
            }
            double allA = Arrays.stream(squaresA).sum();
            double allB = Arrays.stream(squaresB).sum();
            if (allA <= 0 || allB <= 0) {
                return NONE;
            }
            double gain = Math.sqrt(allB / allA);
            double[] differences = new double[products.length];
            for (int block = 0; block < products.length; block++) {
                differences[block] = gain * gain * squaresA[block] + squaresB[block] - 2 * gain * products[block];
            }
            double[] sorted = differences.clone();
            Arrays.sort(sorted);
            double least = sorted[sorted.length - LEFT_OUT];
            double someA = 0;
            double someB = 0;
            double some = 0;
            for (int block = 0; block < products.length; block++) {
                if (differences[block] < least) {
                    someA += squaresA[block];
                    someB += squaresB[block];
                    some += products[block];
                }
            }
            boolean enough = someA >= LEAST_COUNTED * allA && someB >= LEAST_COUNTED * allB;
            return new Fit(
                    Arrays.stream(products).sum() / Math.sqrt(allA * allB),
                    enough ? some / Math.sqrt(someA * someB) : 0);
        }
    }
}
