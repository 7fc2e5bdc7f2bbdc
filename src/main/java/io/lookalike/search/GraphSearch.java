package io.lookalike.search;

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
 * Searches Lucene's graph over the codes of one segment and hands out the nearest that it finds, with their Hamming
 * distances.
 *
 * <p>Gives up, before anything is handed out, where a scan of all codes is better: where a search is expected to visit
 * as many codes as are there or are accepted, where it does, and where it ends with fewer than are wanted. What is
 * found depends on the graph, so on segments. Costs about {@code wanted x log(codes)} codes read at random places.
 * Cancellation is checked as the search goes. For one thread.
 *
 * @param vectorField the field of the vectors: codes of documents without one are not wanted
 * @param wanted codes to find, of a nested field parents
 * @param parents null unless the field is nested
 */
record GraphSearch(LeafReaderContext leaf, QueryCode code, String vectorField, int wanted, BitSetProducer parents) {

    /** What {@link #search} answers where it gave up. */
    static final long GAVE_UP = -1;

    /**
     * Where not all are accepted and nobody knows how many are, a search visits one in this many codes at most: it
     * visits one in 190 ns where a scan reads one in 1.9 (100,000 codes of 256 bits, best of six rounds of 200
     * queries).
     */
    private static final int SHARE_WORTH_VISITING = 64;

    /**
     * Searches among what a search accepts.
     *
     * @param scorable asked in ascending order; what is not is not handed out
     */
    long search(EligibleDocs.Leaf accepted, BucketScan.Accepted scorable, IndexSearcher searcher, CodeScan.Sink sink)
            throws IOException {
        IOSupplier<DocIdSetIterator> filtered = () -> {
            Scorer scorer = accepted.filter().scorer(leaf);
            return scorer == null ? DocIdSetIterator.empty() : new CancellableIterator(scorer.iterator(), searcher);
        };
        return search(accepted.bits(), accepted.filter() == null ? null : filtered, scorable, searcher, sink);
    }

    /**
     * @param accepted null accepts all
     * @param filtered what matches the filter, of which {@code accepted} decides; null without a filter
     * @return how many codes were visited, or {@link #GAVE_UP}, and then all codes are to be scanned
     */
    long search(
            Bits accepted,
            IOSupplier<DocIdSetIterator> filtered,
            BucketScan.Accepted scorable,
            IndexSearcher searcher,
            CodeScan.Sink sink)
            throws IOException {
        CodeScan.checkCancelled(searcher);
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

    /** Whether there are no more codes, or parents, than are wanted. */
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

    /** Looks now and then whether the search is to end, while a filter is walked. */
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
                CodeScan.checkCancelled(searcher);
            }
            return true;
        }
    }

    /** Looks now and then whether the search is to end. */
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
                CodeScan.checkCancelled(searcher);
            }
            return super.earlyTerminated();
        }
    }
}
