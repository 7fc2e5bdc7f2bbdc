package io.lookalike.hashing;

/**
 * The lowest frequencies of a picture of 32 x 32 pixels by the discrete cosine transform of the second kind, unscaled:
 * X[v][u] = Σy Σx cos(π v (2y + 1) / 64) cos(π u (2x + 1) / 64) grey[y][x].
 *
 * <p>Cosines are rounded to multiples of 2^-22 (by {@link StrictMath}, whose results are specified) and everything
 * after that is exact in longs. So results are the same on every machine, and terms that cancel by symmetry give
 * exactly zero, where floats would leave a rounding error of random sign. Transforms columns first, then rows, and
 * computes only the 8 x 8 lowest frequencies.
 *
 * <p>About 10,000 multiplications. Stateless and thread-safe.
 */
final class CosineTransform {
    private static final int SIZE = 32;
    private static final int KEPT = 8;

    /** The greatest shift at which 32 x 32 values of 255 cannot overflow: 10 + 8 + 2 x 22 bits. */
    private static final int COSINE_SHIFT = 22;

    /** cos(π k (2 n + 1) / 64) at [k][n]. */
    private static final long[][] COSINES = cosines();

    private CosineTransform() {}

    /**
     * The frequencies u, v below 8, at index 8 v + u, times 2^44.
     *
     * @param grey 1024 values, 0..255, row by row
     */
    static long[] lowest(int[] grey) {
        long[][] columns = new long[KEPT][SIZE];
        for (int v = 0; v < KEPT; v++) {
            for (int y = 0; y < SIZE; y++) {
                for (int x = 0; x < SIZE; x++) {
                    columns[v][x] += COSINES[v][y] * grey[y * SIZE + x];
                }
            }
        }
        long[] lowest = new long[KEPT * KEPT];
        for (int v = 0; v < KEPT; v++) {
            for (int u = 0; u < KEPT; u++) {
                long sum = 0;
                for (int x = 0; x < SIZE; x++) {
                    sum += COSINES[u][x] * columns[v][x];
                }
                lowest[v * KEPT + u] = sum;
            }
        }
        return lowest;
    }

    private static long[][] cosines() {
        long[][] cosines = new long[KEPT][SIZE];
        for (int k = 0; k < KEPT; k++) {
            for (int n = 0; n < SIZE; n++) {
                // the angle in 64ths of half a turn, brought into the first quarter, so that symmetric angles get equal
                // values
                int angle = k * (2 * n + 1) % 128;
                int half = angle > 64 ? 128 - angle : angle;
                int quarter = half > 32 ? 64 - half : half;
                long cosine = Math.round(StrictMath.cos(Math.PI * quarter / 64) * (1 << COSINE_SHIFT));
                cosines[k][n] = half > 32 ? -cosine : cosine;
            }
        }
        return cosines;
    }
}
