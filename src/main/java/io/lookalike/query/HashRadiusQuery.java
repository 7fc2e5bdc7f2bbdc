package io.lookalike.query;

import io.lookalike.image.Symmetry;
import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.ArrayList;
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
 * Every document whose code lies within a Hamming radius of a code, or of the nearest of several, complete; scored
 * {@code (bits - distance) / bits}.
 *
 * <p>Codes are measured as a segment is {@linkplain RadiusScorer walked}, so segments run in parallel on the search
 * threads and nothing is kept. Costs {@code codes x bits / 8} bytes read at most, for each code searched by. Immutable.
 */
final class HashRadiusQuery extends Query {
    private final List<QueryCode> codes;
    private final int maxDistance;
    private final Fingerprint fingerprint;

    /**
     * @param codes one, or one for each of {@link Symmetry#ALL} of the query's picture; of the same field and length
     * @param maxDistance inclusive
     * @param fingerprint null asks none
     */
    HashRadiusQuery(List<QueryCode> codes, int maxDistance, Fingerprint fingerprint) {
        this.codes = codes;
        this.maxDistance = maxDistance;
        this.fingerprint = fingerprint;
    }

    private String field() {
        return codes.get(0).field();
    }

    private int bits() {
        return codes.get(0).bits();
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        Bits[] carriers = new Bits[leaves.size()];
        if (fingerprint != null) {
            int leftOut = 0;
            for (LeafReaderContext leaf : leaves) {
                CodeScan.checkCancelled(searcher);
                ByteVectorValues stored = leaf.reader().getByteVectorValues(field());
                if (stored != null && stored.size() > 0) {
                    Carriers found = fingerprint.carriers(leaf.reader(), field(), stored, searcher);
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
            List<CodeScan> scans = new ArrayList<>();
            for (QueryCode code : codes) {
                CodeScan scan = code.scan(context.reader());
                if (scan == null) {
                    return null;
                }
                scans.add(scan);
            }
            return new DefaultScorerSupplier(
                    new RadiusScorer(scans, carriers[context.ord], maxDistance, bits(), boost, searcher));
        }

        @Override
        public Explanation explain(LeafReaderContext context, int doc) throws IOException {
            StoredCodes stored = codes.get(0).stored(context.reader());
            if (stored == null || !stored.advanceExact(doc)) {
                return Explanation.noMatch("no code in [" + field() + "]");
            }
            int best = 0;
            int distance = Integer.MAX_VALUE;
            for (int i = 0; i < codes.size(); i++) {
                int other = Hamming.distance(codes.get(i).bytes(), stored.code());
                if (other < distance) {
                    distance = other;
                    best = i;
                }
            }
            Explanation detail = Explanation.match(
                    distance,
                    "hamming distance of [" + field() + "] to the query's code"
                            + (codes.size() == 1 ? "" : " of the picture [" + Symmetry.ALL.get(best) + "]") + ", of "
                            + bits()
                            + " bits; at most [" + maxDistance + "] match");
            if (distance > maxDistance) {
                return Explanation.noMatch("outside the radius", detail);
            }
            if (carriers[context.ord] != null && !carriers[context.ord].get(doc)) {
                return Explanation.noMatch("[" + fingerprint.field() + "] is not the encoder's fingerprint", detail);
            }
            return Explanation.match(
                    Metric.hammingScore(distance, bits()) * boost,
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
        return "hash_radius[" + field() + ",max_distance=" + maxDistance
                + (codes.size() == 1 ? "" : ",transforms=dihedral") + "]";
    }

    @Override
    public void visit(QueryVisitor visitor) {
        if (visitor.acceptField(field())) {
            visitor.visitLeaf(this);
        }
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && other instanceof HashRadiusQuery that
                && codes.equals(that.codes)
                && maxDistance == that.maxDistance
                && Objects.equals(fingerprint, that.fingerprint);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), codes, maxDistance, fingerprint);
    }
}
