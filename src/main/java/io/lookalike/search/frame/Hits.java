package io.lookalike.search.frame;

import java.util.Arrays;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;

/**
 * Documents with their scores.
 *
 * @param docs ascending, of a reader or relative to a segment
 * @param scores parallel to {@code docs}, before the boost
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
public record Hits(int[] docs, float[] scores) {

    /** The hits of one segment, where these are of a whole reader. */
    public Hits of(int docBase, int maxDoc) {
        int from = indexOf(docs, 0, docBase);
        int to = indexOf(docs, from, docBase + maxDoc);
        int[] relative = new int[to - from];
        for (int i = 0; i < relative.length; i++) {
            relative[i] = docs[from + i] - docBase;
        }
        return new Hits(relative, Arrays.copyOfRange(scores, from, to));
    }

    /** The first index from {@code from} on whose document is at least {@code doc}. */
    private static int indexOf(int[] docs, int from, int doc) {
        int found = Arrays.binarySearch(docs, from, docs.length, doc);
        return found < 0 ? -found - 1 : found;
    }

    public ScorerSupplier supplier(float boost) {
        Hits hits = this;
        return new ScorerSupplier() {
            @Override
            public Scorer get(long leadCost) {
                return new HitsScorer(hits, boost);
            }

            @Override
            public long cost() {
                return docs.length;
            }
        };
    }

    /** Walks the hits. */
    private static final class HitsScorer extends Scorer {
        private final Hits hits;
        private final float boost;
        private final HitsIterator iterator;
        private final float max;

        HitsScorer(Hits hits, float boost) {
            this.hits = hits;
            this.boost = boost;
            this.iterator = new HitsIterator(hits.docs);
            float greatest = 0;
            for (float score : hits.scores) {
                greatest = Math.max(greatest, score);
            }
            this.max = greatest * boost;
        }

        @Override
        public int docID() {
            return iterator.docID();
        }

        @Override
        public DocIdSetIterator iterator() {
            return iterator;
        }

        @Override
        public float score() {
            return hits.scores[iterator.at] * boost;
        }

        @Override
        public float getMaxScore(int upTo) {
            return max;
        }
    }

    /** Walks an ascending array. */
    private static final class HitsIterator extends DocIdSetIterator {
        private final int[] docs;
        private int at = -1;

        HitsIterator(int[] docs) {
            this.docs = docs;
        }

        @Override
        public int docID() {
            return at < 0 ? -1 : at < docs.length ? docs[at] : NO_MORE_DOCS;
        }

        @Override
        public int nextDoc() {
            at = Math.min(at + 1, docs.length);
            return docID();
        }

        @Override
        public int advance(int target) {
            at = indexOf(docs, Math.max(at, 0), target);
            return docID();
        }

        @Override
        public long cost() {
            return docs.length;
        }
    }
}
