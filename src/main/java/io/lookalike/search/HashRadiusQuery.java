package io.lookalike.search;

import io.lookalike.image.Symmetry;
import io.lookalike.search.frame.ProfiledStage;
import io.lookalike.search.stored.StoredCodes;
import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.SparseFixedBitSet;

/**
 * Finds every document whose code lies within a Hamming radius of a code, or of the nearest of several codes. The score
 * is {@code (bits - distance) / bits}.
 *
 * <p>Codes are measured while a segment is {@linkplain RadiusScorer iterated}, so segments run in parallel on the
 * search threads, and no result is stored. Reads at most {@code codes x bits / 8} bytes for each code of the query.
 * Immutable.
 */
public final class HashRadiusQuery extends Query {
    private static final int BETWEEN_CHECKS = 0xFFF;

    private final List<QueryCode> codes;
    private final int maxDistance;
    private final FingerprintRule fingerprint;
    private final LeastQuality quality;

    /**
     * @param codes one, or one for each of {@link Symmetry#ALL} of the query's picture; of the same field and length
     * @param maxDistance inclusive
     * @param fingerprint that documents must have; null for any
     * @param quality null where pictures of any quality are found
     */
    public HashRadiusQuery(List<QueryCode> codes, int maxDistance, FingerprintRule fingerprint, LeastQuality quality) {
        this.codes = codes;
        this.maxDistance = maxDistance;
        this.fingerprint = fingerprint;
        this.quality = quality;
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
        Bits[] marked = new Bits[leaves.size()];
        if (fingerprint != null) {
            fingerprint.warn(findMarked(searcher, marked));
            MissingParts.warn(
                    fingerprint,
                    leaves,
                    field(),
                    MissingParts.Part.vectors(field()),
                    () -> Cancellation.check(searcher));
        }
        BitSet[] poor = new BitSet[leaves.size()];
        if (quality != null) {
            ProfiledStage.run("quality", searcher, s -> {
                int leftOut = leaveOut(s, marked, poor);
                quality.warn(leftOut);
                return "min_quality=" + quality.least() + ",left_out=" + leftOut;
            });
        }
        return new RadiusWeight(searcher, marked, poor, boost);
    }

    /**
     * Finds the documents that have the fingerprint.
     *
     * @param marked receives them by leaf; null for all
     * @return how many documents have another fingerprint, or none
     */
    private int findMarked(IndexSearcher searcher, Bits[] marked) throws IOException {
        int leftOut = 0;
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            Cancellation.check(searcher);
            ByteVectorValues stored = leaf.reader().getByteVectorValues(field());
            if (stored != null && stored.size() > 0) {
                FingerprintDocs found = fingerprint.docs(leaf.reader(), field(), stored, searcher);
                marked[leaf.ord] = found.bits();
                leftOut += found.leftOut(leaf.reader().getLiveDocs());
            }
        }
        return leftOut;
    }

    /**
     * Finds the documents within the radius whose quality is too low. These are few, and only documents of low quality
     * are measured here.
     *
     * @param poor receives them by leaf; null for none
     * @return how many
     */
    private int leaveOut(IndexSearcher searcher, Bits[] marked, BitSet[] poor) throws IOException {
        Weight below = searcher.createWeight(searcher.rewrite(quality.below()), ScoreMode.COMPLETE_NO_SCORES, 1);
        int leftOut = 0;
        int looked = 0;
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            StoredCodes stored = codes.get(0).stored(leaf.reader());
            Scorer scorer = stored == null ? null : below.scorer(leaf);
            if (scorer == null) {
                continue;
            }
            Bits live = leaf.reader().getLiveDocs();
            DocIdSetIterator docs = scorer.iterator();
            SparseFixedBitSet found = new SparseFixedBitSet(leaf.reader().maxDoc());
            for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
                if ((looked++ & BETWEEN_CHECKS) == 0) {
                    Cancellation.check(searcher);
                }
                if ((live == null || live.get(doc))
                        && (marked[leaf.ord] == null || marked[leaf.ord].get(doc))
                        && stored.advanceExact(doc)
                        && distance(nearest(stored), stored) <= maxDistance) {
                    found.set(doc);
                    leftOut++;
                    poor[leaf.ord] = found;
                }
            }
        }
        return leftOut;
    }

    /** A query for the documents that this one leaves out for their quality. */
    public Query withoutContent() {
        return quality == null ? new MatchNoDocsQuery("nothing is left out") : new WithoutContent();
    }

    private final class WithoutContent extends Query {
        @Override
        public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
            int leaves = searcher.getIndexReader().leaves().size();
            Bits[] marked = new Bits[leaves];
            if (fingerprint != null) {
                findMarked(searcher, marked);
            }
            BitSet[] poor = new BitSet[leaves];
            leaveOut(searcher, marked, poor);
            return new ConstantScoreWeight(this, boost) {
                @Override
                public ScorerSupplier scorerSupplier(LeafReaderContext context) {
                    BitSet found = poor[context.ord];
                    return found == null
                            ? null
                            : new DefaultScorerSupplier(new ConstantScoreScorer(
                                    score(), scoreMode, new BitSetIterator(found, found.approximateCardinality())));
                }

                @Override
                public boolean isCacheable(LeafReaderContext context) {
                    return false;
                }
            };
        }

        private HashRadiusQuery of() {
            return HashRadiusQuery.this;
        }

        @Override
        public String toString(String unused) {
            return "without_content[" + of() + "]";
        }

        @Override
        public void visit(QueryVisitor visitor) {
            visitor.visitLeaf(this);
        }

        @Override
        public boolean equals(Object other) {
            return sameClassAs(other) && other instanceof WithoutContent that && of().equals(that.of());
        }

        @Override
        public int hashCode() {
            return 31 * classHash() + of().hashCode();
        }
    }

    private int distance(int code, StoredCodes stored) throws IOException {
        return Hamming.distance(codes.get(code).bytes(), stored.code());
    }

    /** Which of the codes is nearest to a stored one. */
    private int nearest(StoredCodes stored) throws IOException {
        int best = 0;
        for (int i = 1; i < codes.size(); i++) {
            if (distance(i, stored) < distance(best, stored)) {
                best = i;
            }
        }
        return best;
    }

    private final class RadiusWeight extends Weight {
        private final IndexSearcher searcher;
        /** The documents with the fingerprint, by leaf; null for all. */
        private final Bits[] marked;
        /** The documents that are left out for their quality, by leaf; null for none. */
        private final BitSet[] poor;

        private final float boost;

        RadiusWeight(IndexSearcher searcher, Bits[] marked, BitSet[] poor, float boost) {
            super(HashRadiusQuery.this);
            this.searcher = searcher;
            this.marked = marked;
            this.poor = poor;
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
            Bits accepted = EligibleDocs.and(marked[context.ord], EligibleDocs.not(poor[context.ord]));
            return new DefaultScorerSupplier(new RadiusScorer(scans, accepted, maxDistance, bits(), boost, searcher));
        }

        @Override
        public Explanation explain(LeafReaderContext context, int doc) throws IOException {
            StoredCodes stored = codes.get(0).stored(context.reader());
            if (stored == null || !stored.advanceExact(doc)) {
                return Explanation.noMatch("no code in [" + field() + "]");
            }
            int best = nearest(stored);
            int distance = distance(best, stored);
            Explanation detail = Explanation.match(
                    distance,
                    "hamming distance of [" + field() + "] to the query's code"
                            + (codes.size() == 1 ? "" : " of the picture [" + Symmetry.ALL.get(best) + "]") + ", of "
                            + bits()
                            + " bits; at most [" + maxDistance + "] match");
            if (distance > maxDistance) {
                return Explanation.noMatch("outside the radius", detail);
            }
            if (marked[context.ord] != null && !marked[context.ord].get(doc)) {
                return Explanation.noMatch("[" + fingerprint.field() + "] is not the encoder's fingerprint", detail);
            }
            if (poor[context.ord] != null && poor[context.ord].get(doc)) {
                return Explanation.noMatch(
                        "[" + quality.field() + "] is under [min_quality] [" + quality.least() + "]", detail);
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
                + (codes.size() == 1 ? "" : ",transforms=dihedral")
                + (quality == null ? "" : ",min_quality=" + quality.least()) + "]";
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
                && Objects.equals(fingerprint, that.fingerprint)
                && Objects.equals(quality, that.quality);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), codes, maxDistance, fingerprint, quality);
    }
}
