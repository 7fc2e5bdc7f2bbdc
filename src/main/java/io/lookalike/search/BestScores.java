package io.lookalike.search;

import io.lookalike.search.frame.TopHits;
import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BitSet;

/** Scores documents in ascending order and keeps the k best. For one thread. */
class BestScores implements Measure.Sink {
    final TopHits best;
    private final IndexSearcher searcher;
    private final Measure measure;
    private final float least;
    private long measured;
    private long skipped;

    private int docBase;
    private Measure.Leaf leaf;
    private int walked;

    /**
     * @param k how many of the best are kept
     * @param least the lowest score that is kept
     */
    BestScores(IndexSearcher searcher, Measure measure, int k, float least) {
        this.searcher = searcher;
        this.measure = measure;
        this.least = least;
        this.best =
                new TopHits(Math.min(k, Math.max(1, searcher.getIndexReader().maxDoc())));
    }

    /** For a field that may be nested. */
    static BestScores of(IndexSearcher searcher, Nesting nesting, Measure measure, int k, float least) {
        return nesting.isNested()
                ? new NestedBestScores(searcher, measure, k, least)
                : new BestScores(searcher, measure, k, least);
    }

    /**
     * Opens a segment.
     *
     * @param parentBits null for a field that is not nested
     * @return whether there is anything to score
     */
    boolean open(LeafReaderContext context, BitSet parentBits) throws IOException {
        docBase = context.docBase;
        leaf = measure.leaf(context.reader());
        return leaf != null;
    }

    /** Scores a document, at once or later. */
    final void offer(int doc) throws IOException {
        if ((walked++ & 0xFFF) == 0) {
            Cancellation.check(searcher);
        }
        leaf.offer(doc, this);
    }

    /** Scores the documents that still wait; called at the end of a range of documents. */
    void finish() throws IOException {
        leaf.flush(this);
    }

    @Override
    public final void scored(int doc, double distance) {
        measured++;
        if (Double.isNaN(distance)) {
            skipped++;
            return;
        }
        float score = measure.score(distance);
        if (score >= least) {
            keep(doc, score);
        }
    }

    void keep(int doc, float score) {
        best.offer(docBase + doc, score);
    }

    final long measured() {
        return measured;
    }

    /** Documents that the metric has no distance for. */
    final long skipped() {
        return skipped;
    }

    /** Keeps of the children of one parent only the best. */
    private static final class NestedBestScores extends BestScores {
        private BitSet parentBits;
        private int parent = -1;
        private int child = -1;
        private float childScore;

        NestedBestScores(IndexSearcher searcher, Measure measure, int k, float least) {
            super(searcher, measure, k, least);
        }

        @Override
        boolean open(LeafReaderContext context, BitSet bits) throws IOException {
            parentBits = bits;
            return bits != null && super.open(context, bits);
        }

        @Override
        void keep(int doc, float score) {
            if (doc > parent) {
                finishParent();
                parent = parentBits.nextSetBit(doc);
                child = doc;
                childScore = score;
            } else if (score > childScore) {
                child = doc;
                childScore = score;
            }
        }

        @Override
        void finish() throws IOException {
            super.finish();
            finishParent();
        }

        private void finishParent() {
            if (child >= 0) {
                super.keep(child, childScore);
            }
            parent = -1;
            child = -1;
        }
    }
}
