package io.lookalike.search;

import io.lookalike.search.stored.StoredBuckets;
import io.lookalike.search.stored.StoredCodes;
import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;

/**
 * Chooses which children of a candidate are measured, where the field is nested: the eligible ones that are as near as
 * the farthest candidate and, where candidates are those of clusters, lie in a cluster that was searched.
 *
 * @param probed how many clusters were searched; 0 where candidates are not those of clusters
 * @param within the greatest distance of a candidate's code, or the most hash tables that may disagree
 */
record ChildrenWithinCut(
        IndexSearcher searcher, CandidateSelection selection, Scoring scoring, int probed, int within) {

    Leaf of(LeafReaderContext context, EligibleDocs.Walk eligible) throws IOException {
        return new Leaf(context, eligible);
    }

    /** The children of one segment, in ascending order. For one thread. */
    final class Leaf {
        private final EligibleDocs.Walk eligible;
        private final Scoring.Leaf scorable;
        private final boolean byTables = selection.candidates() == CandidateMethod.LSH;
        private final QueryBuckets buckets = selection.buckets();
        private final QueryCode code = selection.code();
        private final StoredBuckets inBuckets;
        private final StoredCodes codes;
        /** Null unless candidates are those of clusters. */
        private final ClusterDocs inClusters;

        private Leaf(LeafReaderContext context, EligibleDocs.Walk eligible) throws IOException {
            this.eligible = eligible;
            this.scorable = scoring.leaf(context.reader());
            this.inBuckets = byTables ? buckets.stored(context.reader()) : null;
            this.codes = byTables ? null : code.stored(context.reader());
            this.inClusters = probed == 0 ? null : selection.clusters().docs(context.reader(), probed, searcher);
        }

        boolean accepts(int child) throws IOException {
            boolean near = byTables
                    ? inBuckets.advanceExact(child) && buckets.tables() - inBuckets.agreeing() <= within
                    : (inClusters == null || inClusters.next(child) == child)
                            && codes.advanceExact(child)
                            && code.distance(codes.code()) <= within;
            return near && eligible.accepts(child) && scorable.advanceExact(child);
        }
    }
}
