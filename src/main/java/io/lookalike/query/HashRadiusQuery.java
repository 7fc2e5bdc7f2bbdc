package io.lookalike.query;

import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;

/**
 * Every document whose code lies within a Hamming radius, complete; scored {@code (bits - distance) / bits}.
 *
 * <p>Codes are measured as a segment is {@linkplain RadiusScorer walked}, so segments run in parallel on the search
 * threads and nothing is kept. Costs {@code codes x bits / 8} bytes read at most. Immutable.
 */
final class HashRadiusQuery extends Query {
    private final QueryCode code;
    private final int maxDistance;
    private final Fingerprint fingerprint;

    /**
     * @param maxDistance inclusive
     * @param fingerprint null asks none
     */
    HashRadiusQuery(QueryCode code, int maxDistance, Fingerprint fingerprint) {
        this.code = code;
        this.maxDistance = maxDistance;
        this.fingerprint = fingerprint;
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        Bits[] carriers = new Bits[leaves.size()];
        if (fingerprint != null) {
            int leftOut = 0;
            for (LeafReaderContext leaf : leaves) {
                CodeScan.checkCancelled(searcher);
                ByteVectorValues codes = leaf.reader().getByteVectorValues(code.field());
                if (codes != null && codes.size() > 0) {
                    Carriers found = fingerprint.carriers(leaf.reader(), code.field(), codes);
                    carriers[leaf.ord] = found.bits();
                    leftOut += found.leftOut(leaf.reader().getLiveDocs());
                }
            }
            fingerprint.warn(leftOut);
        }
        return new RadiusWeight(searcher, carriers, boost);
    }

    private final class RadiusWeight extends Weight {
        private final IndexSearcher searcher;
        /** By leaf; null where all carry the fingerprint. */
        private final Bits[] carriers;

        private final float boost;

        RadiusWeight(IndexSearcher searcher, Bits[] carriers, float boost) {
            super(HashRadiusQuery.this);
            this.searcher = searcher;
            this.carriers = carriers;
            this.boost = boost;
        }

        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
            CodeScan scan = code.scan(context.reader());
            return scan == null
                    ? null
                    : new DefaultScorerSupplier(
                            new RadiusScorer(scan, carriers[context.ord], maxDistance, code.bits(), boost, searcher));
        }

        @Override
        public Explanation explain(LeafReaderContext context, int doc) throws IOException {
            StoredCodes codes = code.stored(context.reader());
            if (codes == null || !codes.advanceExact(doc)) {
                return Explanation.noMatch("no code in [" + code.field() + "]");
            }
            int distance = Hamming.distance(code.bytes(), codes.code());
            Explanation detail = Explanation.match(
                    distance,
                    "hamming distance of [" + code.field() + "] to the query's code, of " + code.bits()
                            + " bits; at most [" + maxDistance + "] match");
            if (distance > maxDistance) {
                return Explanation.noMatch("outside the radius", detail);
            }
            if (carriers[context.ord] != null && !carriers[context.ord].get(doc)) {
                return Explanation.noMatch("[" + fingerprint.field() + "] is not the encoder's fingerprint", detail);
            }
            return Explanation.match(
                    Metric.hammingScore(distance, code.bits()) * boost,
                    "score, computed as (bits - h) / bits" + (boost == 1 ? "" : ", times boost " + boost) + ", from:",
                    detail);
        }

        @Override
        public boolean isCacheable(LeafReaderContext context) {
            return false;
        }
    }

    @Override
    public String toString(String unused) {
        return "hash_radius[" + code.field() + ",max_distance=" + maxDistance + "]";
    }

    @Override
    public void visit(QueryVisitor visitor) {
        if (visitor.acceptField(code.field())) {
            visitor.visitLeaf(this);
        }
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && other instanceof HashRadiusQuery that
                && code.equals(that.code)
                && maxDistance == that.maxDistance
                && Objects.equals(fingerprint, that.fingerprint);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), code, maxDistance, fingerprint);
    }
}
