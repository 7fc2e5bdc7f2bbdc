package io.lookalike.search;

import io.lookalike.search.frame.Slicing;
import io.lookalike.search.frame.Slicing.Slice;
import io.lookalike.search.frame.TopHits;
import io.lookalike.search.stored.StoredVectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BitSet;

/**
 * Measures the candidates of one {@link HashKnnSearch}, or all eligible documents, on all threads and in file order,
 * and keeps the best. For a nested field it measures the children of the candidates. Thread-safe.
 */
final class ExactScoring {
    private final IndexSearcher searcher;
    private final Slicing slicing;
    private final Nesting nesting;
    private final EligibleDocs.Leaf[] accepted;
    private final List<LeafReaderContext> leaves;
    private final boolean mayGiveUp;

    /** @param sources of the candidates */
    ExactScoring(CandidateSources sources, Slicing slicing) {
        this.searcher = sources.searcher();
        this.slicing = slicing;
        this.nesting = sources.nesting();
        this.accepted = sources.accepted();
        this.leaves = searcher.getIndexReader().leaves();
        this.mayGiveUp = sources.mayGiveUp();
    }

    /** The best documents, and how many were measured. */
    record Scored(TopHits best, long measured, long skipped) {
        private static Scored merged(List<? extends Worker> workers) {
            BestScores first = workers.get(0).scores;
            workers.subList(1, workers.size()).forEach(worker -> first.best.merge(worker.scores.best));
            long measured = 0;
            long skipped = 0;
            for (Worker worker : workers) {
                measured += worker.scores.measured();
                skipped += worker.scores.skipped();
            }
            return new Scored(first.best, measured, skipped);
        }
    }

    /** Some of the candidates of a segment, ascending. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Piece(LeafReaderContext leaf, int[] docs) {}

    /**
     * Measures candidates.
     *
     * @param candidates ascending; for a nested field, parents
     * @param k how many of the best are kept
     * @param least the lowest score that is kept
     * @param children which children are measured, where the field is nested
     */
    Scored candidates(long[] candidates, Measure measure, int k, float least, ChildrenWithinCut children)
            throws IOException {
        List<Piece> pieces = pieces(candidates, slicing.most(candidates.length, measure.bytes()));
        long bytes = (long) candidates.length * measure.bytes();
        return Scored.merged(
                slicing.run(pieces, bytes, mayGiveUp, () -> new CandidateScorer(measure, k, least, children)));
    }

    private List<Piece> pieces(long[] candidates, int most) {
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            while (from < candidates.length && candidates[from] < end) {
                int to = from;
                while (to < candidates.length && candidates[to] < end && to - from < most) {
                    to++;
                }
                int[] docs = new int[to - from];
                for (int i = 0; i < docs.length; i++) {
                    docs[i] = (int) candidates[from + i] - leaf.docBase;
                }
                pieces.add(new Piece(leaf, docs));
                from = to;
            }
        }
        return pieces;
    }

    /** Measures all eligible documents. */
    Scored all(Scoring scoring, int k, float least) throws IOException {
        List<Slice> slices = slicing.slices(leaves, scoring.bytes());
        long bytes = (long) searcher.getIndexReader().maxDoc() * scoring.bytes();
        return Scored.merged(slicing.run(slices, bytes, mayGiveUp, () -> new SliceScorer(scoring, k, least)));
    }

    /** Measures some of the documents, on one thread. */
    private abstract class Worker {
        final BestScores scores;
        LeafReaderContext leaf;
        BitSet parentBits;
        private boolean anything;

        Worker(Measure measure, int k, float least) {
            this.scores = BestScores.of(searcher, nesting, measure, k, least);
        }

        /** Opens a segment that is not open yet; returns whether there is anything to score. */
        final boolean open(LeafReaderContext next) throws IOException {
            if (next != leaf) {
                leaf = next;
                parentBits = accepted[leaf.ord] == null ? null : nesting.parentsOf(leaf);
                anything = accepted[leaf.ord] != null && scores.open(leaf, parentBits);
            }
            return anything;
        }
    }

    /** Measures candidates; for a nested field, their children. */
    private final class CandidateScorer extends Worker implements Slicing.Worker<Piece> {
        private final ChildrenWithinCut children;

        CandidateScorer(Measure measure, int k, float least, ChildrenWithinCut children) {
            super(measure, k, least);
            this.children = children;
        }

        @Override
        public void work(Piece piece) throws IOException {
            if (!open(piece.leaf)) {
                return;
            }
            if (nesting.isNested()) {
                offerChildren(piece);
            } else {
                for (int doc : piece.docs) {
                    scores.offer(doc);
                }
            }
            scores.finish();
        }

        private void offerChildren(Piece piece) throws IOException {
            ChildrenWithinCut.Leaf measured = children.of(leaf, accepted[leaf.ord].walk(piece.docs.length));
            for (int parent : piece.docs) {
                Cancellation.check(searcher);
                int first = parent == 0 ? 0 : parentBits.prevSetBit(parent - 1) + 1;
                for (int child = first; child < parent; child++) {
                    if (measured.accepts(child)) {
                        scores.offer(child);
                    }
                }
            }
        }
    }

    /** Measures all eligible documents of slices. */
    private final class SliceScorer extends Worker implements Slicing.Worker<Slice> {
        private final Scoring scoring;
        private EligibleDocs.Walk walk;
        private DocIdSetIterator vectors;

        SliceScorer(Scoring scoring, int k, float least) {
            super(scoring, k, least);
            this.scoring = scoring;
        }

        @Override
        public void work(Slice slice) throws IOException {
            LeafReaderContext before = leaf;
            if (!open(slice.leaf())) {
                return;
            }
            if (before != leaf) {
                walk = accepted[leaf.ord].walk(EligibleDocs.Leaf.ALL);
                vectors = StoredVectors.values(leaf.reader(), scoring.field()).iterator();
            }
            int maxDoc = leaf.reader().maxDoc();
            int to = Nesting.boundary(slice.to(), parentBits, maxDoc);
            int doc = Nesting.boundary(slice.from(), parentBits, maxDoc);
            if (walk.filtered()) {
                for (doc = walk.next(doc); doc < to; doc = walk.next(doc + 1)) {
                    scores.offer(doc);
                }
            } else {
                doc = vectors.docID() < doc ? vectors.advance(doc) : vectors.docID();
                for (; doc < to; doc = vectors.nextDoc()) {
                    if (walk.accepts(doc)) {
                        scores.offer(doc);
                    }
                }
            }
            scores.finish();
        }
    }
}
