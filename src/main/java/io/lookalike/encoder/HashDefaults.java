package io.lookalike.encoder;

import java.util.Map;

/**
 * Bits of a code, and hash tables, where neither the body of an encoder nor its model says: enough to recall .97 of the
 * ten nearest by scanned codes with the default number of candidates, and most of them by tables.
 *
 * <p>Measured with 10,000 pictures, the ten nearest among 500 candidates by code: 256 bits recalled .850 with
 * {@code builtin-2} (998 dims) and .978 to .980 with networks of 256 and 382 dims; 512 bits .951 and .99, 1,024 bits
 * .991. Among the 2,000 in most tables: ten tables of eight bits .276 with {@code builtin-2} and .70 to .84 with the
 * others; 64 of six bits .899; 32 of eight bits .94 to .97 with the others.
 *
 * @param bits of a code
 * @param tables hash tables
 * @param tableBits bits of a table
 */
public record HashDefaults(int bits, int tables, int tableBits) {
    /** What every encoder had in the first release, by the object of its body. */
    public static final Map<String, Map<String, Object>> FIRST =
            Map.of("hash", Map.of("type", CodeConfig.RANDOM, "bits", 256), "buckets", Map.of("tables", 10, "bits", 8));

    private static final int FEW_DIMS = 64;
    private static final int MANY_DIMS = 384;

    /** @param dims of the stored vectors */
    public static HashDefaults of(int dims) {
        return dims < FEW_DIMS
                ? new HashDefaults(256, 10, 8)
                : dims <= MANY_DIMS ? new HashDefaults(512, 32, 8) : new HashDefaults(1024, 64, 6);
    }
}
