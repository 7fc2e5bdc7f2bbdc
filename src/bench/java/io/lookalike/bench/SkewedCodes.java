package io.lookalike.bench;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Codes of 64 bits that are skewed as the perceptual hashes of a collection are, for measuring at sizes of which there is no collection.
 *
 * <p>Modelled on the pHashes of a thousand photographs of twenty classes. Of each the first bit is set and 32 bits are, as the median
 * has it; a vertical frequency says something of the one two higher (correlations up to .55); pictures of a theme are alike in the low
 * frequencies. To that come, in shares that large collections have: near copies of pictures that came before, with up to ten bits
 * changed; a few codes of flat and blank pictures that come thousands of times; and crowds of different codes about those.
 *
 * <p>The same seed gives the same codes.
 */
final class SkewedCodes {
    private static final int BITS = 64;
    private static final int SIDE = 8;
    private static final int THEMES = 400;

    /** Shares of all codes, the rest being pictures of their own. */
    private static final double COPIES = .15;

    private static final double FLAT = .03;
    private static final double NEARLY_FLAT = .02;
    private static final int FLAT_CODES = 40;

    private final SplittableRandom random;
    private final double[][] themes = new double[THEMES][BITS];
    private final long[] flat = new long[FLAT_CODES];

    private SkewedCodes(long seed) {
        random = new SplittableRandom(seed);
        for (double[] theme : themes) {
            for (int bit = 0; bit < BITS; bit++) {
                // alike in the low frequencies, less so in higher ones
                theme[bit] = 1.3 / (1 + (bit / SIDE + bit % SIDE) / 5.) * random.nextGaussian();
            }
        }
        for (int i = 0; i < FLAT_CODES; i++) {
            flat[i] = picture();
        }
    }

    /** That many codes, in the order in which pictures would come. */
    static long[] of(int count, long seed) {
        SkewedCodes source = new SkewedCodes(seed);
        long[] codes = new long[count];
        for (int i = 0; i < count; i++) {
            codes[i] = source.next(codes, i);
        }
        return codes;
    }

    private long next(long[] before, int count) {
        double share = random.nextDouble();
        if (share < COPIES && count > 0) {
            return changed(before[random.nextInt(count)], 10);
        }
        if (share < COPIES + FLAT) {
            return flat[popular(FLAT_CODES)];
        }
        if (share < COPIES + FLAT + NEARLY_FLAT) {
            return changed(flat[popular(FLAT_CODES)], 8);
        }
        return picture();
    }

    private long picture() {
        double[] theme = themes[popular(THEMES)];
        double[] frequencies = new double[BITS];
        for (int bit = 0; bit < BITS; bit++) {
            frequencies[bit] = theme[bit] + random.nextGaussian();
            if (bit >= 2 * SIDE) {
                frequencies[bit] -= .35 * frequencies[bit - 2 * SIDE];
            }
        }
        frequencies[2 * SIDE] += .9 * frequencies[2];
        frequencies[0] = Double.POSITIVE_INFINITY;
        double[] sorted = frequencies.clone();
        Arrays.sort(sorted);
        long code = 0;
        for (int bit = 0; bit < BITS; bit++) {
            if (frequencies[bit] > sorted[BITS / 2 - 1]) {
                code |= 1L << bit;
            }
        }
        return code;
    }

    /** The code with an even number of bits changed, half of them each way, fewer more often. */
    private long changed(long code, int most) {
        long changed = code;
        for (int pairs = popular(most / 2 + 1); pairs > 0; pairs--) {
            changed ^= oneOf(changed & ~1L) | oneOf(~changed);
        }
        return changed;
    }

    private long oneOf(long bits) {
        long left = bits;
        for (int skip = random.nextInt(Long.bitCount(bits)); skip > 0; skip--) {
            left &= left - 1;
        }
        return Long.lowestOneBit(left);
    }

    /** A number below a bound; the chance falls about with the inverse of the number. */
    private int popular(int bound) {
        return (int) Math.pow(bound + 1., random.nextDouble()) - 1;
    }
}
