package io.lookalike.search;

import io.lookalike.search.stored.StoredCodes;
import io.lookalike.search.stored.StoredVectors;
import io.lookalike.vectors.Hamming;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ConjunctionUtils;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilteredDocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingNearestChildrenKnnCollectorManager;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOSupplier;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;

/**
 * Searches Lucene's HNSW graph over the codes of one segment and hands out the nearest documents that it finds, with
 * their Hamming distances.
 *
 * <p>Gives up, before it hands out anything, where a scan of all codes is better: where it would visit, or has visited,
 * as many codes as are eligible, and where it finds fewer than are wanted. The result depends on the graph, and so on
 * the segments. Costs about {@code wanted x log(codes)} reads of codes at random places. Cancellation is checked during
 * the search. For one thread.
 *
 * @param vectorField the field of the vectors; documents without a vector are not found
 * @param wanted how many documents to find; for a nested field, parents
 * @param parents null unless the field is nested
 */
record GraphSearch(LeafReaderContext leaf, QueryCode code, String vectorField, int wanted, BitSetProducer parents) {

    /** Returned by {@link #search} where it gave up. */
    static final long GAVE_UP = -1;

    /**
     * The most codes that a search visits, as a share of all, where the number of eligible documents is unknown. A
     * visit takes 190 ns where a scan takes 1.9 ns per code (100,000 codes of 256 bits, best of six rounds of 200
     * queries).
     */
    private static final int SHARE_WORTH_VISITING = 64;

    /**
     * Searches among the eligible documents.
     *
     * @param scorable tells whether a document can be scored; others are not handed out; called in ascending order
     */
    long search(EligibleDocs.Leaf accepted, DocFilter scorable, IndexSearcher searcher, CandidateSink sink)
            throws IOException {
        IOSupplier<DocIdSetIterator> filtered = () -> {
            Scorer scorer = accepted.filter().scorer(leaf);
            return scorer == null ? DocIdSetIterator.empty() : new CancellableIterator(scorer.iterator(), searcher);
        };
        return search(accepted.bits(), accepted.filter() == null ? null : filtered, scorable, searcher, sink);
    }

    /**
     * @param accepted null accepts all
     * @param filtered the matches of the filter, of which those in {@code accepted} count; null without a filter
     * @return how many codes were visited, or {@link #GAVE_UP} where the caller must scan all codes
     */
    long search(
            Bits accepted,
            IOSupplier<DocIdSetIterator> filtered,
            DocFilter scorable,
            IndexSearcher searcher,
            CandidateSink sink)
            throws IOException {
        Cancellation.check(searcher);
        LeafReader reader = leaf.reader();
        ByteVectorValues codes = reader.getByteVectorValues(code.field());
        if (codes == null || noMoreThanWanted(codes.size())) {
            return GAVE_UP;
        }
        AcceptDocs accept = accept(accepted, filtered, codes);
        int limit = accept.bits() instanceof BitSet
                ? Math.min(accept.cost(), codes.size())
                : accepted == null || accepted.equals(reader.getLiveDocs())
                        ? codes.size()
                        : codes.size() / SHARE_WORTH_VISITING;
        if (limit <= Math.max(wanted, HnswGraphSearcher.expectedVisitedNodes(wanted, codes.size()))) {
            return GAVE_UP;
        }
        KnnCollector collector = new Cancellable(collector(limit), searcher);
        reader.searchNearestVectors(code.field(), code.bytes(), collector, accept);
        if (collector.earlyTerminated()) {
            return GAVE_UP;
        }
        ScoreDoc[] found = collector.topDocs().scoreDocs;
        Arrays.sort(found, Comparator.comparingInt(hit -> hit.doc));
        int kept = 0;
        for (ScoreDoc hit : found) {
            if (scorable.accepts(hit.doc)) {
                found[kept++] = hit;
            }
        }
        if (kept < wanted) {
            return GAVE_UP;
        }
        StoredCodes stored = code.stored(reader);
        for (int i = 0; i < kept; i++) {
            if (stored.advanceExact(found[i].doc)) {
                sink.accept(found[i].doc, Hamming.distance(code.bytes(), stored.code()));
            }
        }
        return collector.visitedCount();
    }

    /** Whether all codes, or parents, are wanted. */
    private boolean noMoreThanWanted(int codes) throws IOException {
        if (codes <= wanted) {
            return true;
        }
        BitSet parentBits = parents == null ? null : parents.getBitSet(leaf);
        return parents != null && (parentBits == null || parentBits.cardinality() <= wanted);
    }

    private AcceptDocs accept(Bits accepted, IOSupplier<DocIdSetIterator> filtered, ByteVectorValues codes)
            throws IOException {
        LeafReader reader = leaf.reader();
        boolean all = StoredVectors.values(reader, vectorField).size() >= codes.size();
        if (filtered == null && all) {
            return AcceptDocs.fromLiveDocs(accepted, reader.maxDoc());
        }
        IOSupplier<DocIdSetIterator> matching = filtered == null
                ? () -> StoredVectors.values(reader, vectorField).iterator()
                : all
                        ? filtered
                        : () -> ConjunctionUtils.intersectIterators(List.of(
                                filtered.get(),
                                StoredVectors.values(reader, vectorField).iterator()));
        return AcceptDocs.fromIteratorSupplier(matching, accepted, reader.maxDoc());
    }

    private KnnCollector collector(int limit) throws IOException {
        return parents == null
                ? new TopKnnCollector(wanted, limit, KnnSearchStrategy.Hnsw.DEFAULT)
                : new DiversifyingNearestChildrenKnnCollectorManager(wanted, parents, null)
                        .newCollector(limit, KnnSearchStrategy.Hnsw.DEFAULT, leaf);
    }

    /** Checks for cancellation every few documents. */
    private static final class CancellableIterator extends FilteredDocIdSetIterator {
        private static final int BETWEEN_CHECKS = 0xFF;

        private final IndexSearcher searcher;
        private int walked;

        CancellableIterator(DocIdSetIterator all, IndexSearcher searcher) {
            super(all);
            this.searcher = searcher;
        }

        @Override
        protected boolean match(int doc) {
            if ((++walked & BETWEEN_CHECKS) == 0) {
                Cancellation.check(searcher);
            }
            return true;
        }
    }

    /** Checks for cancellation every few visits. */
    private static final class Cancellable extends KnnCollector.Decorator {
        private static final int CALLS = 64;

        private final IndexSearcher searcher;
        private int calls;

        Cancellable(KnnCollector collector, IndexSearcher searcher) {
            super(collector);
            this.searcher = searcher;
        }

        @Override
        public boolean earlyTerminated() {
            if (++calls % CALLS == 0) {
                Cancellation.check(searcher);
            }
            return super.earlyTerminated();
        }
    }
}
