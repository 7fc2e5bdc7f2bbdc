package io.lookalike.search;

/**
 * How many candidates a shard scores where the search does not say: as many as find .97 of the nearest by random
 * hyperplanes, or more.
 *
 * <p>What a code tells apart depends on its bits for each dim. Measured with 10,000 pictures and the ten nearest: codes
 * of 1,024 bits needed 210 candidates with {@code builtin-2} (998 dims) and 75 with MobileNetV2 (1,280); codes of 512
 * bits needed 734, 174, 115 with {@code builtin-1} (382) and 134 with a MobileNetV1 (256); codes of 256 bits needed
 * 2,033, 522, 414 and 426. The need grew with the power .3 to .7 of the documents, less with more bits, and with the
 * power .67 of the hits. With 100,000 pictures, {@code builtin-2} needed 680.
 */
public final class DefaultCandidates {
    /** The most hits and candidates of a search on one shard. */
    public static final int MOST = 10_000;

    private static final int LEAST = 500;
    private static final int A_HIT = 20;

    /** For ten hits of 10,000 documents by a bit for each dim. */
    private static final double NEED = 400;

    private static final double DOCUMENTS = 10_000;
    private static final double HITS = 10;

    /** Vectors of more dims need hardly more. */
    private static final double MOST_DIMS = 768;

    /** Dims for each bit; with more bits the need falls no further. */
    private static final double LEAST_DIMS = 0.75;

    private DefaultCandidates() {}

    /**
     * {@code 400 (documents / 10,000)^(1/2) (k / 10)^(2/3) max(.75, min(dims, 768) / bits)^1.5}, at least 500 and 20 k,
     * at most 10,000.
     *
     * @param documents live ones with a vector; for a nested field, its objects
     * @param bits of the codes that candidates are chosen by
     * @param dims of the vectors
     * @param k the most hits, at least 1
     */
    public static int of(long documents, int bits, int dims, int k) {
        double dimsForEachBit = Math.max(LEAST_DIMS, Math.min(MOST_DIMS, dims) / bits);
        double need = NEED
                * Math.sqrt((double) documents / DOCUMENTS)
                * StrictMath.pow(k / HITS, 2.0 / 3)
                * StrictMath.pow(dimsForEachBit, 1.5);
        return (int) Math.clamp(Math.ceil(need), Math.clamp((double) A_HIT * k, LEAST, MOST), MOST);
    }
}
