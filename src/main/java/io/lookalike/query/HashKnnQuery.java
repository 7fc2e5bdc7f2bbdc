package io.lookalike.query;

import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.elasticsearch.common.logging.HeaderWarning;

/**
 * The k documents of a shard nearest by an exact metric, among candidates chosen by the Hamming distance of their codes.
 *
 * <p>Three stages: which documents are accepted (live, filter, fingerprint), candidates (a scan of all codes, counted,
 * see {@link NearestCodes}; or every accepted document), exact scores in file order. All of it happens when the weight
 * is created and is remembered for the reader it was done on, because a search creates weights more than once (explain,
 * named queries, scroll pages). Costs {@code codes x bits / 8} bytes read and {@code num_candidates x dims} products.
 */
final class HashKnnQuery extends Query {
    private final String field;
    private final String hashField;
    private final float[] vector;
    private final byte[] hash;
    private final int k;
    private final int numCandidates;
    private final Candidates candidates;
    private final int maxDistance;
    private final Metric metric;
    private final float similarity;
    private final boolean normalized;
    private final Query filter;
    private final BitSetProducer parents;
    private final Fingerprint fingerprint;

    private Done done;

    /**
     * @param hashField null where no code is needed
     * @param hash null without a code
     * @param similarity least score kept
     * @param normalized whether the field stores unit vectors and magnitudes
     * @param filter null accepts all
     * @param parents null unless the field is nested
     * @param fingerprint null asks none
     */
    HashKnnQuery(
            String field,
            String hashField,
            float[] vector,
            byte[] hash,
            int k,
            int numCandidates,
            Candidates candidates,
            int maxDistance,
            Metric metric,
            float similarity,
            boolean normalized,
            Query filter,
            BitSetProducer parents,
            Fingerprint fingerprint) {
        this.field = field;
        this.hashField = hashField;
        this.vector = vector;
        this.hash = hash;
        this.k = k;
        this.numCandidates = numCandidates;
        this.candidates = candidates;
        this.maxDistance = maxDistance;
        this.metric = metric;
        this.similarity = similarity;
        this.normalized = normalized;
        this.filter = filter;
        this.parents = parents;
        this.fingerprint = fingerprint;
    }

    /** What was found on a reader. */
    private record Done(Object reader, Hits hits) {}

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
        return new KnnWeight(hits(searcher), boost);
    }

    private synchronized Hits hits(IndexSearcher searcher) throws IOException {
        Object reader = searcher.getTopReaderContext().id();
        if (done == null || !done.reader.equals(reader)) {
            done = new Done(reader, new Run(searcher).hits());
        }
        return done.hits;
    }

    private boolean scoresCodes() {
        return metric == Metric.HAMMING && hash != null;
    }

    /** Distance by the metric, NaN where there is none. */
    private double distance(float[] stored, byte[] code) {
        return scoresCodes() ? Hamming.distance(hash, code) : metric.distance(vector, stored);
    }

    private float score(double distance) {
        return metric == Metric.HAMMING
                ? Metric.hammingScore((int) distance, scoresCodes() ? hash.length * Byte.SIZE : vector.length)
                : metric.score(distance);
    }

    /** One search on one reader. */
    private final class Run {
        private final IndexSearcher searcher;
        private final List<LeafReaderContext> leaves;
        /** By leaf: what is accepted, null for everything. */
        private final Bits[] accepted;
        /** By leaf: whether nothing is accepted. */
        private final boolean[] skipped;

        Run(IndexSearcher searcher) {
            this.searcher = searcher;
            this.leaves = searcher.getIndexReader().leaves();
            this.accepted = new Bits[leaves.size()];
            this.skipped = new boolean[leaves.size()];
        }

        Hits hits() throws IOException {
            Stage.run("accept", searcher, this::accept);
            TopHits top = new TopHits(
                    Math.min(k, Math.max(1, searcher.getIndexReader().maxDoc())));
            if (candidates == Candidates.ALL) {
                Stage.run("score", searcher, s -> scoreAll(top));
            } else {
                NearestCodes nearest = new NearestCodes(hash.length * Byte.SIZE, numCandidates, maxDistance);
                Stage.run("candidates", searcher, s -> scan(nearest));
                Stage.run("score", searcher, s -> scoreCandidates(nearest, top));
            }
            return top.toHits();
        }

        private String accept(IndexSearcher unused) throws IOException {
            Weight filterWeight = filter == null
                    ? null
                    : searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
            int leftOut = 0;
            for (LeafReaderContext leaf : leaves) {
                CodeScan.checkCancelled(searcher);
                LeafReader reader = leaf.reader();
                KnnVectorValues vectors = StoredVectors.values(reader, field);
                skipped[leaf.ord] = true;
                if (vectors == null || vectors.size() == 0) {
                    continue;
                }
                Bits bits = reader.getLiveDocs();
                if (fingerprint != null) {
                    Fingerprint.Leaf carried = fingerprint.leaf(reader, vectors);
                    leftOut += carried.leftOut();
                    bits = and(bits, carried.carriers());
                }
                if (filterWeight != null) {
                    Scorer scorer = filterWeight.scorer(leaf);
                    if (scorer == null) {
                        continue;
                    }
                    bits = and(bits, BitSet.of(scorer.iterator(), reader.maxDoc()));
                }
                accepted[leaf.ord] = bits;
                skipped[leaf.ord] = false;
            }
            if (leftOut > 0) {
                HeaderWarning.addWarning("{}", fingerprint.warning(leftOut));
            }
            return "segments=" + leaves.size() + ",left_out=" + leftOut;
        }

        private static Bits and(Bits a, Bits b) {
            if (a == null || b == null) {
                return a == null ? b : a;
            }
            return new Bits() {
                @Override
                public boolean get(int index) {
                    return b.get(index) && a.get(index);
                }

                @Override
                public int length() {
                    return a.length();
                }
            };
        }

        private String scan(NearestCodes nearest) throws IOException {
            long scanned = 0;
            for (LeafReaderContext leaf : leaves) {
                CodeScan scan = skipped[leaf.ord] ? null : CodeScan.of(leaf.reader(), hashField, hash);
                if (scan == null) {
                    continue;
                }
                scanned += scan.size();
                scan.scan(accepted[leaf.ord], searcher, new CodeScan.Sink() {
                    @Override
                    public void accept(int doc, int distance) {
                        nearest.offer(leaf.docBase + doc, distance);
                    }

                    @Override
                    public int farthest() {
                        return nearest.cut();
                    }
                });
            }
            return "codes=" + scanned + ",candidates=" + nearest.size() + ",cut=" + nearest.cut() + ",ties_cut="
                    + nearest.droppedTies();
        }

        private String scoreCandidates(NearestCodes nearest, TopHits top) throws IOException {
            long[] ids = nearest.ids();
            long scored = 0;
            int from = 0;
            for (LeafReaderContext leaf : leaves) {
                int end = leaf.docBase + leaf.reader().maxDoc();
                int to = from;
                while (to < ids.length && ids[to] < end) {
                    to++;
                }
                if (to > from) {
                    int[] docs = new int[to - from];
                    for (int i = 0; i < docs.length; i++) {
                        docs[i] = (int) ids[from + i] - leaf.docBase;
                    }
                    scored += scoreLeaf(leaf, new Hits(docs, null).iterator(), top);
                }
                from = to;
            }
            return "vectors=" + scored + ",metric=" + metric;
        }

        private String scoreAll(TopHits top) throws IOException {
            long scored = 0;
            for (LeafReaderContext leaf : leaves) {
                if (skipped[leaf.ord]) {
                    continue;
                }
                KnnVectorValues values = scoresCodes()
                        ? leaf.reader().getByteVectorValues(hashField)
                        : StoredVectors.values(leaf.reader(), field);
                if (values != null) {
                    scored += scoreLeaf(leaf, values.iterator(), top);
                }
            }
            return "vectors=" + scored + ",metric=" + metric;
        }

        /** Scores documents in ascending order; of the pictures of one parent only the best goes on. */
        private long scoreLeaf(LeafReaderContext leaf, DocIdSetIterator docs, TopHits top) throws IOException {
            StoredVectors vectors = scoresCodes() ? null : StoredVectors.of(leaf.reader(), field, normalized);
            StoredCodes codes = scoresCodes() ? StoredCodes.of(leaf.reader(), hashField) : null;
            BitSet parentBits = parents == null ? null : parents.getBitSet(leaf);
            Bits bits = accepted[leaf.ord];
            long scored = 0;
            int parent = -1;
            int best = -1;
            float bestScore = Float.NEGATIVE_INFINITY;
            for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
                if ((scored & 0xFFF) == 0) {
                    CodeScan.checkCancelled(searcher);
                }
                if (bits != null && !bits.get(doc)) {
                    continue;
                }
                float[] stored = vectors == null ? null : vectors.get(doc);
                byte[] code = codes == null ? null : codes.get(doc);
                if (stored == null && code == null) {
                    continue;
                }
                double distance = distance(stored, code);
                scored++;
                if (Double.isNaN(distance)) {
                    continue;
                }
                float score = HashKnnQuery.this.score(distance);
                if (!(score >= similarity)) {
                    continue;
                }
                if (parentBits == null) {
                    top.offer(leaf.docBase + doc, score);
                    continue;
                }
                int itsParent = parentBits.nextSetBit(doc);
                if (itsParent != parent && best >= 0) {
                    top.offer(leaf.docBase + best, bestScore);
                    bestScore = Float.NEGATIVE_INFINITY;
                }
                parent = itsParent;
                if (score > bestScore) {
                    best = doc;
                    bestScore = score;
                }
            }
            if (best >= 0) {
                top.offer(leaf.docBase + best, bestScore);
            }
            return scored;
        }
    }

    /** Serves what was found. */
    private final class KnnWeight extends Weight {
        private final Hits hits;
        private final float boost;

        KnnWeight(Hits hits, float boost) {
            super(HashKnnQuery.this);
            this.hits = hits;
            this.boost = boost;
        }

        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext context) {
            Hits leaf = hits.of(context.docBase, context.reader().maxDoc());
            return leaf.docs().length == 0 ? null : leaf.supplier(boost);
        }

        @Override
        public int count(LeafReaderContext context) {
            return hits.of(context.docBase, context.reader().maxDoc()).docs().length;
        }

        @Override
        public boolean isCacheable(LeafReaderContext context) {
            return false;
        }

        @Override
        public Explanation explain(LeafReaderContext context, int doc) throws IOException {
            List<Explanation> details = new ArrayList<>();
            StoredCodes codes = hashField == null ? null : StoredCodes.of(context.reader(), hashField);
            byte[] code = codes == null ? null : codes.get(doc);
            if (hash != null && code != null) {
                details.add(Explanation.match(
                        Hamming.distance(hash, code),
                        "hamming distance of [" + hashField + "] to the query's code, of " + hash.length * Byte.SIZE
                                + " bits"));
            }
            StoredVectors vectors = StoredVectors.of(context.reader(), field, normalized);
            float[] stored = vectors == null ? null : vectors.get(doc);
            if (stored != null && !scoresCodes()) {
                details.add(Explanation.match(
                        metric.distance(vector, stored),
                        metric.toString().toLowerCase(Locale.ROOT) + " of [" + field + "] to the query's vector"));
            }
            int at = Arrays.binarySearch(hits.docs(), context.docBase + doc);
            return at >= 0
                    ? Explanation.match(
                            hits.scores()[at] * boost,
                            "score by " + metric.toString().toLowerCase(Locale.ROOT)
                                    + (boost == 1 ? "" : ", times boost " + boost) + ", of:",
                            details)
                    : Explanation.noMatch("not among the [" + k + "] nearest of the candidates", details);
        }
    }

    @Override
    public String toString(String unused) {
        return "hash_knn[" + field + ",k=" + k + ",num_candidates=" + numCandidates + ",candidates="
                + candidates.name().toLowerCase(Locale.ROOT) + ",metric="
                + metric.toString().toLowerCase(Locale.ROOT) + (filter == null ? "" : ",filter=" + filter) + "]";
    }

    @Override
    public void visit(QueryVisitor visitor) {}

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other) && equalTo((HashKnnQuery) other);
    }

    private boolean equalTo(HashKnnQuery other) {
        return field.equals(other.field)
                && Objects.equals(hashField, other.hashField)
                && Arrays.equals(vector, other.vector)
                && Arrays.equals(hash, other.hash)
                && k == other.k
                && numCandidates == other.numCandidates
                && candidates == other.candidates
                && maxDistance == other.maxDistance
                && metric == other.metric
                && similarity == other.similarity
                && normalized == other.normalized
                && Objects.equals(filter, other.filter)
                && Objects.equals(parents, other.parents)
                && Objects.equals(fingerprint, other.fingerprint);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                classHash(),
                field,
                hashField,
                Arrays.hashCode(vector),
                Arrays.hashCode(hash),
                k,
                numCandidates,
                candidates,
                maxDistance,
                metric,
                similarity,
                normalized,
                filter,
                parents,
                fingerprint);
    }
}
