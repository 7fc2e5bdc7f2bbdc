package io.lookalike.search;

import io.lookalike.search.stored.StoredBuckets;
import io.lookalike.search.stored.StoredCodes;
import io.lookalike.search.stored.StoredVectors;
import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.lucene.index.LeafReader;

/**
 * Computes the distance and the score of a document from its vector, its code or its buckets.
 *
 * <p>Scores equal those of a stock dense_vector field. Two of these formulas differ from {@link Metric}'s: for products
 * of bytes, and for a field with similarity max_inner_product. Immutable.
 */
public final class Scoring implements Measure {
    /** The formula from distance to score. */
    public enum Formula {
        /** {@link Metric#score}. */
        METRIC,
        /** {@code 1/2 + s / (dims 2^15)}. */
        PRODUCT_OF_BYTES,
        /** {@code s + 1}, below zero {@code 1 / (1 - s)}. */
        MAX_INNER_PRODUCT
    }

    private final String field;
    private final float[] vector;
    private final boolean normalized;
    private final Metric metric;
    private final Formula formula;
    private final QueryCode code;
    private final QueryBuckets buckets;
    private final Normalization normalization;

    /**
     * @param field the field of the vectors
     * @param normalized whether it stores unit vectors and magnitudes
     * @param formula for {@link Metric#DOT_PRODUCT} of vectors as they are stored
     * @param code scored instead of the vector by {@link Metric#HAMMING}; null compares signs
     * @param buckets scored instead of the vector by {@link Metric#TABLES}; else may be null
     * @param normalization of both vectors; ignored for signs, codes and buckets
     */
    public Scoring(
            String field,
            float[] vector,
            boolean normalized,
            Metric metric,
            Formula formula,
            QueryCode code,
            QueryBuckets buckets,
            Normalization normalization) {
        this.field = field;
        this.normalized = normalized;
        this.metric = metric;
        this.code = metric == Metric.HAMMING ? code : null;
        this.buckets = metric == Metric.TABLES ? buckets : null;
        this.normalization = metric == Metric.HAMMING || metric == Metric.TABLES ? Normalization.NONE : normalization;
        this.formula =
                metric == Metric.DOT_PRODUCT && this.normalization == Normalization.NONE ? formula : Formula.METRIC;
        this.vector = new float[vector.length];
        this.normalization.scale(vector, this.vector);
    }

    String field() {
        return field;
    }

    Metric metric() {
        return metric;
    }

    Normalization normalization() {
        return normalization;
    }

    /** What is measured, for an explanation. */
    String what() {
        if (buckets != null) {
            return "tables of [" + buckets.field() + "] that agree with the query's, of " + buckets.tables();
        }
        return code == null
                ? metric + " of [" + field + "] to the query's vector"
                        + (normalization == Normalization.NONE ? "" : ", both scaled by [" + normalization + "]")
                : metric + " of [" + code.field() + "] to the query's code";
    }

    /** The formula of {@link #score}, for an explanation. */
    String formula() {
        return switch (metric) {
            case L2_NORM -> "1 / (1 + d^2)";
            case L1, CHI_SQUARED -> "1 / (1 + d)";
            case COSINE, CORRELATION -> "(1 + s) / 2";
            case DOT_PRODUCT ->
                switch (formula) {
                    case METRIC -> "max(0, (1 + s) / 2)";
                    case PRODUCT_OF_BYTES -> "1/2 + s / (dims * 2^15)";
                    case MAX_INNER_PRODUCT -> "s + 1, below zero 1 / (1 - s)";
                };
            case HAMMING -> "(bits - h) / bits";
            case TABLES -> "t / tables";
        };
    }

    @Override
    public float score(double distance) {
        if (metric == Metric.HAMMING) {
            return Metric.hammingScore((int) distance, code == null ? vector.length : code.bits());
        }
        if (metric == Metric.TABLES) {
            return Metric.tablesScore((int) distance, buckets.tables());
        }
        return switch (formula) {
            case METRIC -> metric.score(distance);
            case PRODUCT_OF_BYTES -> (float) (0.5 + distance / ((double) vector.length * (1 << 15)));
            case MAX_INNER_PRODUCT -> (float) (distance < 0 ? 1 / (1 - distance) : distance + 1);
        };
    }

    @Override
    public Leaf leaf(LeafReader reader) throws IOException {
        StoredVectors vectors = StoredVectors.of(reader, field, normalized);
        StoredCodes codes = code == null ? null : code.stored(reader);
        return vectors == null || (code != null && codes == null)
                ? null
                : new Leaf(vectors, codes, buckets == null ? null : buckets.stored(reader));
    }

    /** The components of a vector. */
    int dims() {
        return vector.length;
    }

    @Override
    public int bytes() {
        return Float.BYTES * vector.length;
    }

    /**
     * Scores the documents of one segment, in ascending order.
     *
     * <p>Vectors that can be read in place are measured in batches. For one thread.
     */
    final class Leaf implements Measure.Leaf {
        private static final int BATCH = 128;

        private final StoredVectors vectors;
        private final StoredCodes codes;
        private final StoredBuckets inBuckets;
        private final float[] scaled;
        private final boolean inPlace;
        private final int[] docs = new int[BATCH];
        private final int[] ords = new int[BATCH];
        private final float[] magnitudes = new float[BATCH];
        private final double[] distances = new double[BATCH];
        private int waiting;

        private Leaf(StoredVectors vectors, StoredCodes codes, StoredBuckets inBuckets) {
            this.vectors = vectors;
            this.codes = codes;
            this.inBuckets = inBuckets;
            this.scaled = normalization == Normalization.NONE ? null : new float[vector.length];
            this.inPlace = codes == null && inBuckets == null && scaled == null && vectors.mapped() != null;
        }

        /** Whether the document can be scored; called in ascending order. */
        boolean advanceExact(int doc) throws IOException {
            return vectors.advanceExact(doc)
                    && (codes == null || codes.advanceExact(doc))
                    && (inBuckets == null || inBuckets.advanceExact(doc));
        }

        @Override
        public void offer(int doc, Sink sink) throws IOException {
            if (!advanceExact(doc)) {
                return;
            }
            if (!inPlace) {
                sink.scored(doc, distance());
                return;
            }
            docs[waiting] = doc;
            ords[waiting] = vectors.ord();
            magnitudes[waiting] = vectors.magnitude();
            if (++waiting == BATCH) {
                flush(sink);
            }
        }

        @Override
        public void flush(Sink sink) {
            if (waiting > 0) {
                metric.distances(vector, vectors.mapped(), ords, 0, waiting, magnitudes, distances);
                for (int i = 0; i < waiting; i++) {
                    sink.scored(docs[i], distances[i]);
                }
                waiting = 0;
            }
        }

        private double distance() throws IOException {
            if (inBuckets != null) {
                return inBuckets.agreeing();
            }
            return codes == null
                    ? metric.distance(vector, scaled(vectors.vector()))
                    : Hamming.distance(code.bytes(), codes.code());
        }

        /** The distance of one document; the sink is not called without one. */
        void only(int doc, Sink sink) throws IOException {
            offer(doc, sink);
            flush(sink);
        }

        private float[] scaled(float[] stored) {
            if (scaled == null) {
                return stored;
            }
            normalization.scale(stored, scaled);
            return scaled;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Scoring that
                && field.equals(that.field)
                && Arrays.equals(vector, that.vector)
                && normalized == that.normalized
                && metric == that.metric
                && formula == that.formula
                && Objects.equals(code, that.code)
                && Objects.equals(buckets, that.buckets)
                && normalization == that.normalization;
    }

    @Override
    public int hashCode() {
        return Objects.hash(field, Arrays.hashCode(vector), normalized, metric, formula, code, buckets, normalization);
    }
}
