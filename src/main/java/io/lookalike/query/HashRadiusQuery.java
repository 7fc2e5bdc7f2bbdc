package io.lookalike.query;

import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.elasticsearch.common.logging.HeaderWarning;

/**
 * Every document whose code lies within a Hamming radius, complete; scored {@code (bits - distance) / bits}.
 *
 * <p>Scans all codes of a segment when that segment is searched, so segments run in parallel on the search threads; what
 * a segment found lives only while it is walked. Costs {@code codes x bits / 8} bytes read.
 */
final class HashRadiusQuery extends Query {
    private final String field;
    private final byte[] hash;
    private final int maxDistance;
    private final Fingerprint fingerprint;

    /** @param fingerprint null asks none */
    HashRadiusQuery(String field, byte[] hash, int maxDistance, Fingerprint fingerprint) {
        this.field = field;
        this.hash = hash;
        this.maxDistance = maxDistance;
        this.fingerprint = fingerprint;
    }

    private float score(int distance) {
        return Metric.hammingScore(distance, hash.length * Byte.SIZE);
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
        if (fingerprint != null) {
            int leftOut = 0;
            for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
                ByteVectorValues codes = leaf.reader().getByteVectorValues(field);
                if (codes != null && codes.size() > 0) {
                    leftOut += fingerprint.leaf(leaf.reader(), codes).leftOut();
                }
            }
            if (leftOut > 0) {
                HeaderWarning.addWarning("{}", fingerprint.warning(leftOut));
            }
        }
        return new RadiusWeight(searcher, boost);
    }

    /** Scans segment by segment. */
    private final class RadiusWeight extends Weight {
        private final IndexSearcher searcher;
        private final float boost;

        RadiusWeight(IndexSearcher searcher, float boost) {
            super(HashRadiusQuery.this);
            this.searcher = searcher;
            this.boost = boost;
        }

        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
            CodeScan scan = CodeScan.of(context.reader(), field, hash);
            if (scan == null) {
                return null;
            }
            return new ScorerSupplier() {
                @Override
                public Scorer get(long leadCost) throws IOException {
                    return within(context, scan).supplier(boost).get(leadCost);
                }

                @Override
                public long cost() {
                    return scan.size();
                }
            };
        }

        private Hits within(LeafReaderContext context, CodeScan scan) throws IOException {
            Within within = new Within();
            Bits carriers = fingerprint == null
                    ? null
                    : fingerprint.leaf(context.reader(), scan.codes()).carriers();
            scan.scan(carriers, searcher, within);
            return new Hits(Arrays.copyOf(within.docs, within.size), Arrays.copyOf(within.scores, within.size));
        }

        @Override
        public Explanation explain(LeafReaderContext context, int doc) throws IOException {
            StoredCodes codes = StoredCodes.of(context.reader(), field);
            byte[] code = codes == null ? null : codes.get(doc);
            if (code == null) {
                return Explanation.noMatch("no code in [" + field + "]");
            }
            int distance = Hamming.distance(hash, code);
            Explanation detail = Explanation.match(
                    distance,
                    "hamming distance of [" + field + "] to the query's code, of " + hash.length * Byte.SIZE
                            + " bits; at most [" + maxDistance + "] match");
            if (distance > maxDistance) {
                return Explanation.noMatch("outside the radius", detail);
            }
            if (fingerprint != null) {
                Bits carriers = fingerprint
                        .leaf(context.reader(), context.reader().getByteVectorValues(field))
                        .carriers();
                if (carriers != null && !carriers.get(doc)) {
                    return Explanation.noMatch(
                            "[" + fingerprint.field() + "] is not the encoder's fingerprint", detail);
                }
            }
            return Explanation.match(
                    score(distance) * boost,
                    "(bits - distance) / bits" + (boost == 1 ? "" : ", times boost " + boost) + ", of:",
                    detail);
        }

        @Override
        public boolean isCacheable(LeafReaderContext context) {
            return false;
        }
    }

    /** Gathers the documents of one segment. */
    private final class Within implements CodeScan.Sink {
        private int[] docs = new int[16];
        private float[] scores = new float[16];
        private int size;

        @Override
        public void accept(int doc, int distance) {
            if (size == docs.length) {
                docs = Arrays.copyOf(docs, 2 * size);
                scores = Arrays.copyOf(scores, 2 * size);
            }
            docs[size] = doc;
            scores[size++] = score(distance);
        }

        @Override
        public int farthest() {
            return maxDistance;
        }
    }

    @Override
    public String toString(String unused) {
        return "hash_radius[" + field + ",max_distance=" + maxDistance + "]";
    }

    @Override
    public void visit(QueryVisitor visitor) {
        if (visitor.acceptField(field)) {
            visitor.visitLeaf(this);
        }
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && other instanceof HashRadiusQuery that
                && field.equals(that.field)
                && Arrays.equals(hash, that.hash)
                && maxDistance == that.maxDistance
                && Objects.equals(fingerprint, that.fingerprint);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), field, Arrays.hashCode(hash), maxDistance, fingerprint);
    }
}
