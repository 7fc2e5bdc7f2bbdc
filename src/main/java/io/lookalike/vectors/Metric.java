package io.lookalike.vectors;

import java.util.Locale;

/**
 * How near two vectors, or two codes, are: for each metric its formula, its range and the score that search results
 * carry.
 *
 * <p>With a the query, b the vector, sums over the components:
 *
 * <table>
 * <caption>{@link #distance} and {@link #score}</caption>
 * <tr><th>name</th><th>distance</th><th>range</th><th>score</th></tr>
 * <tr><td>l2_norm</td><td>d = √Σ(a-b)²</td><td>[0, ∞)</td><td>1 / (1 + d²)</td></tr>
 * <tr><td>l1</td><td>d = Σ|a-b|</td><td>[0, ∞)</td><td>1 / (1 + d)</td></tr>
 * <tr><td>cosine</td><td>s = Σab / √(Σa² Σb²); 0 if a or b is zero</td><td>[-1, 1]</td><td>(1 + s) / 2</td></tr>
 * <tr><td>dot_product</td><td>s = Σab</td><td>(-∞, ∞)</td><td>max(0, (1 + s) / 2)</td></tr>
 * <tr><td>correlation</td><td>r = cosine of a - mean(a) and b - mean(b); 0 if a or b is constant</td><td>[-1, 1]</td>
 *     <td>(1 + r) / 2</td></tr>
 * <tr><td>chi_squared</td><td>d = Σ(a-b)²/(a+b), where 0/0 is 0; NaN if a component is negative</td><td>[0, ∞)</td>
 *     <td>1 / (1 + d)</td></tr>
 * <tr><td>hamming</td><td>h = bits that differ; of vectors, components of which one is above zero and the
 *     other is not</td>
 *     <td>0..bits</td><td>(bits - h) / bits, see {@link #hammingScore}</td></tr>
 * <tr><td>tables</td><td>t = hash tables in which both fall into the same bucket; not of vectors</td><td>0..tables</td>
 *     <td>t / tables, see {@link #tablesScore}</td></tr>
 * </table>
 *
 * <p>A greater score is always nearer. Cosine, dot_product, correlation and tables return a similarity instead of a
 * distance. A vector with a NaN has the distance NaN and the score NaN; callers leave such vectors out.
 *
 * <p>l2_norm, cosine and dot_product add up floats, with errors near 1e-6 of the product of the lengths; the other
 * metrics add up doubles. The order of the additions is fixed (see {@link Sums}), so copied vectors and those read in
 * place ({@link MappedFloats}) get the same sums. Stateless and thread-safe.
 */
public enum Metric {
    L2_NORM {
        @Override
        double between(float[] query, float[] vector) {
            return Math.sqrt(Sums.squaredDifferences(query, vector));
        }

        @Override
        void between(
                float[] query, MappedFloats vectors, int[] ords, int from, int count, float[] scales, double[] out) {
            vectors.squaredDifferences(ords, from, count, query, scales, out);
            for (int i = 0; i < count; i++) {
                out[i] = Math.sqrt(out[i]);
            }
        }

        @Override
        public float score(double distance) {
            return (float) (1 / (1 + distance * distance));
        }
    },
    L1 {
        @Override
        double between(float[] query, float[] vector) {
            return Sums.absoluteDifferences(query, vector);
        }

        @Override
        public float score(double distance) {
            return ofDistance(distance);
        }
    },
    COSINE {
        @Override
        double between(float[] query, float[] vector) {
            return Sums.cosine(query, vector);
        }

        @Override
        void between(
                float[] query, MappedFloats vectors, int[] ords, int from, int count, float[] scales, double[] out) {
            vectors.cosines(ords, from, count, query, scales, out);
        }

        @Override
        public float score(double similarity) {
            return ofSimilarity(similarity);
        }
    },
    DOT_PRODUCT {
        @Override
        double between(float[] query, float[] vector) {
            return Sums.products(query, vector);
        }

        @Override
        void between(
                float[] query, MappedFloats vectors, int[] ords, int from, int count, float[] scales, double[] out) {
            vectors.products(ords, from, count, query, scales, out);
        }

        @Override
        public float score(double similarity) {
            return Math.max(0, ofSimilarity(similarity));
        }
    },
    CORRELATION {
        @Override
        double between(float[] query, float[] vector) {
            return Sums.correlation(query, vector);
        }

        @Override
        public float score(double similarity) {
            return ofSimilarity(similarity);
        }
    },
    CHI_SQUARED {
        @Override
        double between(float[] query, float[] vector) {
            return Sums.chiSquared(query, vector);
        }

        @Override
        public float score(double distance) {
            return ofDistance(distance);
        }
    },
    HAMMING {
        @Override
        double between(float[] query, float[] vector) {
            return Sums.differentSigns(query, vector);
        }

        @Override
        public float score(double distance) {
            throw new UnsupportedOperationException("a hamming score needs the number of bits; use hammingScore");
        }
    },
    /** For buckets, which other code compares. */
    TABLES {
        @Override
        double between(float[] query, float[] vector) {
            throw new UnsupportedOperationException("tables compares buckets, not vectors; use tablesScore");
        }

        @Override
        public float score(double similarity) {
            throw new UnsupportedOperationException("a tables score needs the number of tables; use tablesScore");
        }
    };

    private final String name = name().toLowerCase(Locale.ROOT);

    /**
     * The distance of a vector from the query, or their similarity: see the table above.
     *
     * @throws IllegalArgumentException if the two have different numbers of components
     * @throws UnsupportedOperationException for {@link #TABLES}, which does not compare vectors
     */
    public final double distance(float[] query, float[] vector) {
        if (query.length != vector.length) {
            throw new IllegalArgumentException(
                    "query vector has [" + query.length + "] dims but the vector has [" + vector.length + "]");
        }
        return between(query, vector);
    }

    /**
     * The distances of vectors that are read in place; they equal those of {@link #distance} but for errors near 1e-6.
     *
     * @param ords which vectors; ascending ones are read fastest, especially consecutive ones
     * @param from the first index in {@code ords} to read
     * @param scales the factor of the i-th vector at index i; null if all are 1
     * @param out receives the distance of the i-th vector at index i, for i below {@code count}
     * @throws IllegalArgumentException if the query has another number of components than the vectors
     * @throws IndexOutOfBoundsException if there is no such vector or an array is too short
     */
    public final void distances(
            float[] query, MappedFloats vectors, int[] ords, int from, int count, float[] scales, double[] out) {
        vectors.check(ords, from, count, query, scales, out);
        between(query, vectors, ords, from, count, scales, out);
    }

    abstract double between(float[] query, float[] vector);

    void between(float[] query, MappedFloats vectors, int[] ords, int from, int count, float[] scales, double[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = between(query, vectors.vector(ords[from + i], scales == null ? 1 : scales[i]));
        }
    }

    /** Whether {@link #distance} is a similarity: a greater one is nearer. */
    public final boolean isSimilarity() {
        return this == COSINE || this == DOT_PRODUCT || this == CORRELATION || this == TABLES;
    }

    /**
     * The score of a result of {@link #distance}.
     *
     * @throws UnsupportedOperationException for {@link #HAMMING} and {@link #TABLES}, whose scores depend on the number
     *     of bits or tables
     */
    public abstract float score(double distance);

    /**
     * The score of a Hamming distance, as stock bit fields compute it.
     *
     * @param distance 0..bits
     * @param bits length of the codes in bits, or number of components of the vectors whose signs were compared
     */
    public static float hammingScore(int distance, int bits) {
        return (bits - distance) / (float) bits;
    }

    /**
     * The score of buckets that agree.
     *
     * @param agreeing 0..tables
     * @param tables number of hash tables
     */
    public static float tablesScore(int agreeing, int tables) {
        return agreeing / (float) tables;
    }

    /** The name that users write. */
    @Override
    public String toString() {
        return name;
    }

    private static float ofDistance(double distance) {
        return (float) (1 / (1 + distance));
    }

    private static float ofSimilarity(double similarity) {
        return (float) ((1 + similarity) / 2);
    }
}
