package io.lookalike.hashing;

import java.util.ArrayList;
import java.util.List;

/**
 * Locality-sensitive hashing: the bucket of a vector in each of several hash tables, written as terms of a keyword
 * field.
 *
 * <p>Each table has {@code bits} random hyperplanes of its own, and a bucket for each combination of sides. Vectors at
 * a small angle share their bucket in some table with a probability that grows with the number of tables and falls with
 * the number of bits (Charikar: Similarity Estimation Techniques from Rounding Algorithms, STOC 2002); the number of
 * shared terms is a similarity by itself. Planes and products are those of {@link BinaryCode}, so terms are the same on
 * every machine: bit b of table t is plane {@code t * bits + b} of the seed.
 *
 * <p>A vector costs dims x tables x bits multiplications, with 4 bytes of memory for each. Thread-safe.
 */
public final class Buckets {
    private final Projection projection;
    private final int tables;
    private final int bits;

    /**
     * @param dims components of a vector, 1..4096
     * @param tables number of hash tables, 1..256
     * @param bits hyperplanes of a table, 1..62
     * @param seed chooses the planes
     * @param center subtracted from each vector before it is hashed, of {@code dims} components; or null
     * @throws IllegalArgumentException if one is out of its range
     */
    public Buckets(int dims, int tables, int bits, long seed, float[] center) {
        if (tables < 1 || tables > 256) {
            throw new IllegalArgumentException("[tables] must be within [1..256]; got [" + tables + "]");
        }
        if (bits < 1 || bits > 62) {
            throw new IllegalArgumentException("[bits] of a table must be within [1..62]; got [" + bits + "]");
        }
        this.projection = new Projection(dims, tables * bits, seed, center);
        this.tables = tables;
        this.bits = bits;
    }

    /**
     * One term for each table, in order: the number of the table, an underscore, and the sides as a hexadecimal number
     * in lower case without leading zeros, such as {@code 3_1f}. Its most significant bit is that of the first plane.
     *
     * @throws IllegalArgumentException if the vector has another number of dims or a component that is not finite
     */
    public List<String> terms(float[] vector) {
        float[] products = projection.products(vector);
        List<String> terms = new ArrayList<>(tables);
        for (int table = 0; table < tables; table++) {
            long bucket = 0;
            for (int bit = 0; bit < bits; bit++) {
                bucket = bucket << 1 | (products[table * bits + bit] > 0 ? 1 : 0);
            }
            terms.add(table + "_" + Long.toHexString(bucket));
        }
        return terms;
    }
}
