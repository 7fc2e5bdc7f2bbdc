package io.lookalike.search;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;

/**
 * Opens the source of candidates of each segment, for one {@link HashKnnSearch}. Immutable and thread-safe; what it
 * opens is for one thread.
 *
 * @param accepted the eligible documents, by leaf; null where there are none
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record CandidateSources(
        IndexSearcher searcher,
        CandidateSelection selection,
        SearchLimits bounds,
        Scoring scoring,
        Nesting nesting,
        EligibleDocs.Leaf[] accepted) {
    /**
     * A code that is read at a random place costs about as much as this many codes in a row. With a million codes of
     * 256 bits in 1,024 clusters, 16 clusters take .8 ms of processor time, 64 clusters 2.4, and all codes without
     * clusters 2.2; 256 clusters, scanned together with the codes between them, take 6.4.
     */
    static final int RANDOM_READ_COST = 8;

    /**
     * Whether a thread may still read segments when the search has ended. Not through a filter, which may hold what
     * belongs to the search.
     */
    boolean mayGiveUp() {
        return Arrays.stream(accepted).allMatch(leaf -> leaf == null || leaf.filter() == null);
    }

    /**
     * Opens the source of a segment that has eligible documents.
     *
     * @param probed how many clusters are searched; 0 where candidates are not those of clusters
     * @return null where the segment has no candidates
     */
    CandidateSource open(LeafReaderContext leaf, int probed) throws IOException {
        return switch (selection.candidates()) {
            case LSH -> buckets(leaf);
            case CLUSTERS -> clusters(leaf, probed);
            case HNSW -> graph(leaf);
            case HAMMING, ALL -> codes(leaf);
        };
    }

    private CandidateSource buckets(LeafReaderContext leaf) throws IOException {
        BucketScan scan = selection.buckets().scan(leaf.reader());
        if (scan == null) {
            return null;
        }
        EligibleDocs.Walk walk = accepted[leaf.ord].walk(bounds.numCandidates());
        return (from, to, sink, work) -> {
            long before = scan.documents();
            work.scanned += scan.scan(from, to, walk::accepts, searcher, sink);
            work.documents += scan.documents() - before;
        };
    }

    private CandidateSource clusters(LeafReaderContext leaf, int probed) throws IOException {
        CodeScan codes = selection.code().scan(leaf.reader());
        ClusterDocs docs = codes == null ? null : selection.clusters().docs(leaf.reader(), probed, searcher);
        if (docs == null) {
            return null;
        }
        EligibleDocs.Leaf all = accepted[leaf.ord];
        if (codes.isLedBy(all)) {
            EligibleDocs.Walk walk = all.walk(docs.documents());
            return counting(
                    (from, to, sink) -> codes.some(from, to, doc -> docs.next(doc, walk), doc -> true, searcher, sink));
        }
        EligibleDocs.Walk walk = all.walk(bounds.numCandidates());
        return docs.documents() < codes.size() / RANDOM_READ_COST
                ? counting((from, to, sink) -> codes.some(from, to, docs, walk::accepts, searcher, sink))
                : counting((from, to, sink) ->
                        codes.all(from, to, doc -> docs.next(doc) == doc && walk.accepts(doc), searcher, sink));
    }

    private CandidateSource codes(LeafReaderContext leaf) throws IOException {
        CodeScan codes = selection.code().scan(leaf.reader());
        if (codes == null) {
            return null;
        }
        EligibleDocs.Leaf all = accepted[leaf.ord];
        EligibleDocs.Walk walk = all.walk(codes.isLedBy(all) ? EligibleDocs.Leaf.ALL : bounds.numCandidates());
        return counting((from, to, sink) -> codes.scan(from, to, walk, searcher, sink));
    }

    /** Searches the graph of the whole segment, and scans its codes where that gives up. */
    private CandidateSource graph(LeafReaderContext leaf) throws IOException {
        CandidateSource scan = codes(leaf);
        if (scan == null) {
            return null;
        }
        GraphSearch graph =
                new GraphSearch(leaf, selection.code(), scoring.field(), bounds.numCandidates(), nesting.parents());
        return (from, to, sink, work) -> {
            Scoring.Leaf scorable = scoring.leaf(leaf.reader());
            long reached = graph.search(accepted[leaf.ord], scorable::advanceExact, searcher, sink);
            if (reached == GraphSearch.GAVE_UP) {
                scan.scan(from, to, sink, work);
            } else {
                work.visited += reached;
                work.documents += reached;
            }
        };
    }

    /** A walk over codes. */
    private interface Codes {
        /** Returns how many codes were read. */
        long scan(int from, int to, CandidateSink sink) throws IOException;
    }

    private static CandidateSource counting(Codes codes) {
        return (from, to, sink, work) -> {
            long read = codes.scan(from, to, sink);
            work.scanned += read;
            work.documents += read;
        };
    }
}
