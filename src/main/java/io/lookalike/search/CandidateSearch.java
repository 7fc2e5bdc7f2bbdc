package io.lookalike.search;

import io.lookalike.search.frame.Slicing;
import io.lookalike.search.frame.Slicing.Slice;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.LeafReaderContext;

/**
 * Finds the candidates of one {@link HashKnnSearch}: those of all threads are merged, and a scan or a look into
 * clusters is repeated where the first one found too few. To be run once.
 */
final class CandidateSearch {
    /** About how many bytes of a document's buckets are read; decides how the work is divided. */
    private static final int BUCKET_BYTES = 4;

    private final CandidateSources sources;
    private final Slicing slicing;
    private final List<LeafReaderContext> leaves;
    private final CandidateMethod candidates;
    private final SearchLimits bounds;
    private NearestCodes nearest;
    private CandidateSource.Work work = new CandidateSource.Work();
    /** Candidates that can be scored: all of them where there are fewer than k. */
    private int scorable;

    private int probed;

    CandidateSearch(CandidateSources sources, Slicing slicing) {
        this.sources = sources;
        this.slicing = slicing;
        this.leaves = sources.searcher().getIndexReader().leaves();
        this.candidates = sources.selection().candidates();
        this.bounds = sources.bounds();
    }

    /** Candidates; for a nested field, their parents. */
    NearestCodes nearest() {
        return nearest;
    }

    /** How many clusters were searched; 0 where candidates are not those of clusters. */
    int probed() {
        return probed;
    }

    /**
     * Finds the candidates.
     *
     * @param unfiltered whether the search has no filter
     * @return figures for the profile
     */
    String run(boolean unfiltered) throws IOException {
        return candidates == CandidateMethod.CLUSTERS ? probe() : scan(unfiltered);
    }

    private String scan(boolean unfiltered) throws IOException {
        boolean guesses = candidates == CandidateMethod.HAMMING
                && unfiltered
                && !sources.nesting().isNested();
        int guess = guesses
                ? new CutGuess(sources.selection().code(), bounds, slicing.sample()).on(leaves, sources.accepted())
                : bounds.maxDistance();
        scan(guess);
        // if the cut is within the guess, the scan has found everything within the cut
        if (nearest.cut() > guess) {
            scan(bounds.maxDistance());
        }
        String figures = switch (candidates) {
            case LSH -> "tables=" + sources.selection().buckets().tables() + ",postings=" + work.scanned;
            case HNSW -> "codes=" + work.scanned + ",visited=" + work.visited;
            case HAMMING, CLUSTERS, ALL -> "codes=" + work.scanned;
        };
        return figures + found();
    }

    /** Searches the clusters asked for, then twice as many, until k documents that can be scored are found. */
    private String probe() throws IOException {
        QueryClusters clusters = sources.selection().clusters();
        probed = clusters.probes();
        scan(bounds.maxDistance());
        long scanned = work.scanned;
        while (scorable < bounds.k() && probed < clusters.count()) {
            probed = (int) Math.min(2L * probed, clusters.count());
            scan(bounds.maxDistance());
            scanned += work.scanned;
        }
        long all = all();
        return String.format(
                Locale.ROOT,
                "probes=%d,clusters=%d,codes=%d,share=%.4f%s",
                probed,
                clusters.count(),
                scanned,
                all == 0 ? 0 : (double) work.documents / all,
                found());
    }

    /** Finds the nearest candidates, on all threads. */
    private void scan(int within) throws IOException {
        AtomicInteger farthest = new AtomicInteger(within);
        int bytesADocument = bytesADocument();
        List<Slice> slices =
                candidates == CandidateMethod.HNSW ? Slicing.whole(leaves) : slicing.slices(leaves, bytesADocument);
        long bytes = (long) sources.searcher().getIndexReader().maxDoc() * bytesADocument;
        List<CandidateWorker> workers = slicing.run(
                slices, bytes, sources.mayGiveUp(), () -> CandidateWorker.of(sources, collector(), probed, farthest));
        nearest = workers.get(0).found;
        work = new CandidateSource.Work();
        scorable = 0;
        for (CandidateWorker worker : workers) {
            if (worker.found != nearest) {
                nearest.merge(worker.found);
            }
            work.add(worker.work);
            scorable += worker.scorable();
        }
    }

    private NearestCodes collector() {
        int greatest = candidates == CandidateMethod.LSH
                ? sources.selection().buckets().tables()
                : sources.selection().code().bits();
        return new NearestCodes(greatest, bounds.numCandidates(), bounds.maxDistance());
    }

    /** What reading a document costs on average, in bytes read in file order. */
    private int bytesADocument() {
        CandidateSelection selection = sources.selection();
        return switch (candidates) {
            case LSH -> BUCKET_BYTES;
            case CLUSTERS ->
                (int) Math.max(
                        1,
                        (long) CandidateSources.RANDOM_READ_COST
                                * selection.code().bytes().length
                                * probed
                                / selection.clusters().count());
            case HAMMING, HNSW, ALL -> selection.code().bytes().length;
        };
    }

    /** How many documents have a code or buckets, deleted ones among them. */
    private long all() throws IOException {
        CandidateSelection selection = sources.selection();
        long all = 0;
        for (LeafReaderContext leaf : leaves) {
            all += candidates == CandidateMethod.LSH
                    ? selection.buckets().documents(leaf.reader())
                    : selection.code().documents(leaf.reader());
        }
        return all;
    }

    private String found() throws IOException {
        return ",candidates=" + nearest.size() + ",cut=" + nearest.cut() + ",ties_cut=" + nearest.droppedTies()
                + ",documents=" + work.documents + ",of=" + all();
    }
}
