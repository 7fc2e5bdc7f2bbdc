package io.lookalike.hashing;

/**
 * Weights of random hyperplanes, nearly Gaussian, specified here so that a seed gives the same weights for ever.
 *
 * <p>Component {@code i} of plane {@code p} for seed {@code s}, with {@code 0 <= i < 4096}, all sums modulo 2^64,
 * shifts unsigned:
 *
 * <pre>
 *   n = 3 * (4096 * p + i)
 *   for j in 0, 1, 2:
 *     z = s + (n + j + 1) * 0x9E3779B97F4A7C15
 *     z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
 *     z = (z ^ (z >> 27)) * 0x94D049BB133111EB
 *     z = z ^ (z >> 31)
 *     lanes 4j .. 4j+3 = the four 16-bit groups of z, each from 0 to 65535
 *   weight = (sum of the twelve lanes - 393210) / 65536
 * </pre>
 *
 * <p>So n, n+1 and n+2 count the outputs, from zero, of the generator SplitMix64 (Steele, Lea and Flood: Fast
 * Splittable Pseudorandom Number Generators, OOPSLA 2014) seeded with s. 393210 is twelve times the mean of a lane. The
 * sum of twelve uniform numbers has a variance of one and is nearly Gaussian up to its bound of six. Each weight is a
 * whole number below 2^24 over a power of two, so a float holds it exactly. It depends only on s, p and i, not on the
 * number of planes or dims.
 *
 * <p>Stateless and thread-safe; about 3 ns a weight.
 */
final class Gaussians {
    /** Components of a plane, which is also the most dims that a vector field of Elasticsearch has. */
    static final int MAX_DIMS = 4096;

    private static final long GAMMA = 0x9E3779B97F4A7C15L;
    private static final int TWELVE_MEANS = 12 * 65535 / 2;

    private Gaussians() {}

    /**
     * One weight, within (-6, 6).
     *
     * @param plane from 0
     * @param component from 0 to 4095
     */
    static float weight(long seed, int plane, int component) {
        long n = 3 * ((long) plane * MAX_DIMS + component);
        int sum = lanes(seed + (n + 1) * GAMMA) + lanes(seed + (n + 2) * GAMMA) + lanes(seed + (n + 3) * GAMMA);
        return (sum - TWELVE_MEANS) / 65536f;
    }

    /** The sum of the four lanes of SplitMix64's output for a state. */
    private static int lanes(long state) {
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (int) (z & 0xFFFF) + (int) (z >>> 16 & 0xFFFF) + (int) (z >>> 32 & 0xFFFF) + (int) (z >>> 48);
    }
}
