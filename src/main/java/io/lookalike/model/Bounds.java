package io.lookalike.model;

/** Sums and products of sizes that stop at {@link #MOST} instead of beginning again below zero; stateless. */
final class Bounds {
    static final long MOST = Long.MAX_VALUE;

    private Bounds() {}

    /** @param a at least 0, as is {@code b} */
    static long times(long a, long b) {
        return a != 0 && b > MOST / a ? MOST : a * b;
    }

    static long plus(long a, long b) {
        return a > MOST - b ? MOST : a + b;
    }

    static long product(long[] sizes) {
        long product = 1;
        for (long size : sizes) {
            if (size == 0) {
                return 0;
            }
            product = times(product, size);
        }
        return product;
    }
}
