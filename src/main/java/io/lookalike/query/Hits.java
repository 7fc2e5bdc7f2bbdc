package io.lookalike.query;

import java.util.Arrays;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;

/**
 * Documents with their scores, found before scoring starts.
 *
 * @param docs ascending, of a reader or relative to a segment
 * @param scores parallel to {@code docs}, before the boost
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Hits(int[] docs, float[] scores) {

    /** Those of one segment, when these are of a whole reader. */
    Hits of(int docBase, int maxDoc) {
        int from = Arrays.binarySearch(docs, docBase);
        from = from < 0 ? -from - 1 : from;
        int to = from;
        while (to < docs.length && docs[to] < docBase + maxDoc) {
            to++;
        }
        int[] relative = new int[to - from];
        for (int i = 0; i < relative.length; i++) {
            relative[i] = docs[from + i] - docBase;
        }
        return new Hits(relative, Arrays.copyOfRange(scores, from, to));
    }

    /** A walk over the documents. */
    DocIdSetIterator iterator() {
        return new HitsIterator(docs);
    }

    ScorerSupplier supplier(float boost) {
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

        HitsScorer(Hits hits, float boost) {
            this.hits = hits;
            this.boost = boost;
            this.iterator = new HitsIterator(hits.docs);
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
            float max = 0;
            for (int i = Math.max(0, iterator.at); i < hits.docs.length && hits.docs[i] <= upTo; i++) {
                max = Math.max(max, hits.scores[i]);
            }
            return max * boost;
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
            int found = Arrays.binarySearch(docs, Math.min(Math.max(at, 0), docs.length), docs.length, target);
            at = found < 0 ? -found - 1 : found;
            return docID();
        }

        @Override
        public long cost() {
            return docs.length;
        }
    }
}
