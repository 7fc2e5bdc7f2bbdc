package io.lookalike.search;

import io.lookalike.search.frame.Hits;
import io.lookalike.search.frame.Slicing;
import io.lookalike.search.stored.StoredBuckets;
import io.lookalike.search.stored.StoredCodes;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.ThreadInterruptedException;

/**
 * Finds the k documents of a shard that are nearest by an exact metric, among candidates that are chosen by their codes
 * or buckets.
 *
 * <p>The {@linkplain HashKnnSearch search} runs when the weight is created. Its result is kept for the reader that it
 * ran on, because a request creates weights more than once (explain, named queries, scroll pages). Thread-safe:
 * concurrent callers block until the first search ends, or until their own search is cancelled.
 */
public final class HashKnnQuery extends Query {
    /** How long a blocked caller waits between two checks for its own cancellation. */
    private static final long BETWEEN_CHECKS_MILLIS = 50;

    private final Scoring scoring;
    private final CandidateSelection selection;
    private final SearchLimits bounds;
    private final EligibleDocs eligible;
    private final BitSetProducer parents;

    private final Slicing slicing;

    private final ReentrantLock searching = new ReentrantLock();
    private Done done;

    /**
     * @param parents null unless the field is nested
     * @param slicing does not change the result
     */
    public HashKnnQuery(
            Scoring scoring,
            CandidateSelection selection,
            SearchLimits bounds,
            EligibleDocs eligible,
            BitSetProducer parents,
            Slicing slicing) {
        this.slicing = slicing;
        this.scoring = scoring;
        this.selection = selection;
        this.bounds = bounds;
        this.eligible = eligible;
        this.parents = parents;
    }

    /** The result for a reader, and the reader's identity, which does not keep it open. */
    private record Done(Object reader, Hits hits) {}

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) throws IOException {
        return new KnnWeight(hits(searcher), boost);
    }

    private Hits hits(IndexSearcher searcher) throws IOException {
        try {
            while (!searching.tryLock(BETWEEN_CHECKS_MILLIS, TimeUnit.MILLISECONDS)) {
                Cancellation.check(searcher);
            }
        } catch (InterruptedException e) {
            throw new ThreadInterruptedException(e);
        }
        try {
            return search(searcher);
        } finally {
            searching.unlock();
        }
    }

    private Hits search(IndexSearcher searcher) throws IOException {
        Object reader = searcher.getTopReaderContext().id();
        if (done == null || !done.reader.equals(reader)) {
            done = null;
            Hits hits = new HashKnnSearch(searcher, slicing, scoring, selection, bounds, parents).run(eligible);
            done = new Done(reader, hits);
        }
        return done.hits;
    }

    /** Returns the hits that the search has found. */
    private final class KnnWeight extends Weight {
        private final Hits hits;
        private final float boost;

        KnnWeight(Hits hits, float boost) {
            super(HashKnnQuery.this);
            this.hits = hits;
            this.boost = boost;
        }

        private Hits of(LeafReaderContext context) {
            return hits.of(context.docBase, context.reader().maxDoc());
        }

        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext context) {
            Hits leaf = of(context);
            return leaf.docs().length == 0 ? null : leaf.supplier(boost);
        }

        @Override
        public int count(LeafReaderContext context) {
            return of(context).docs().length;
        }

        @Override
        public boolean isCacheable(LeafReaderContext context) {
            return false;
        }

        @Override
        public Explanation explain(LeafReaderContext context, int doc) throws IOException {
            List<Explanation> details = new ArrayList<>();
            QueryCode code = selection.code();
            QueryBuckets buckets = selection.buckets();
            StoredCodes codes = code == null ? null : code.stored(context.reader());
            if (codes != null && codes.advanceExact(doc)) {
                details.add(Explanation.match(
                        code.distance(codes.code()),
                        "hamming distance of [" + code.field() + "] to the query's code, of " + code.bits() + " bits"));
            }
            StoredBuckets inBuckets =
                    buckets == null || scoring.metric() == Metric.TABLES ? null : buckets.stored(context.reader());
            if (inBuckets != null && inBuckets.advanceExact(doc)) {
                details.add(Explanation.match(
                        inBuckets.agreeing(),
                        "tables of [" + buckets.field() + "] that agree with the query's, of " + buckets.tables()));
            }
            if (selection.clusters() != null) {
                details.add(Explanation.match(
                        selection.clusters().place(context.reader(), doc),
                        "place of its nearest cluster in ["
                                + selection.clusters().field() + "] among the ["
                                + selection.clusters().count() + "], the nearest to the query being 1, no cluster 0"));
            }
            Scoring.Leaf stored = scoring.leaf(context.reader());
            if (stored != null) {
                stored.only(doc, (d, distance) -> details.add(Explanation.match(distance, scoring.what())));
            }
            int at = Arrays.binarySearch(hits.docs(), context.docBase + doc);
            return at >= 0
                    ? Explanation.match(
                            hits.scores()[at] * boost,
                            "score by " + scoring.metric() + ", computed as " + scoring.formula()
                                    + (boost == 1 ? "" : ", times boost " + boost) + ", from:",
                            details)
                    : Explanation.noMatch("not among the [" + bounds.k() + "] nearest of the candidates", details);
        }
    }

    @Override
    public String toString(String unused) {
        CandidateMethod candidates = selection.candidates();
        return "hash_knn[" + scoring.field() + ",k=" + bounds.k() + ",num_candidates="
                + (bounds.byDocuments() ? "default" : Integer.toString(bounds.numCandidates()))
                + ",candidates=" + candidates
                + (candidates.byCode()
                                && bounds.maxDistance() < selection.code().bits()
                        ? ",max_distance=" + bounds.maxDistance()
                        : "")
                + (candidates == CandidateMethod.LSH
                        ? ",tables=" + selection.buckets().tables() + ",min_tables="
                                + (selection.buckets().tables() - bounds.maxDistance())
                        : "")
                + (selection.clusters() == null
                        ? ""
                        : ",probes=" + selection.clusters().probes())
                + (selection.estimation() == null ? "" : "," + selection.estimation())
                + ",metric=" + scoring.metric()
                + (scoring.normalization() == Normalization.NONE ? "" : ",normalize_vectors=" + scoring.normalization())
                + (eligible.filter() == null ? "" : ",filter=" + eligible.filter()) + "]";
    }

    /** Visits nothing, because highlighters and others would search again for each hit. */
    @Override
    public void visit(QueryVisitor visitor) {}

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && other instanceof HashKnnQuery that
                && scoring.equals(that.scoring)
                && selection.equals(that.selection)
                && bounds.equals(that.bounds)
                && eligible.equals(that.eligible)
                && Objects.equals(parents, that.parents);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), scoring, selection, bounds, eligible, parents);
    }
}
