package io.lookalike.query;

import io.lookalike.vectors.Metric;
import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.util.Bits;

/**
 * Walks the documents of one segment whose codes lie within a radius.
 *
 * <p>Codes are measured a block at a time, when the walk comes to the block: what another clause leaps over is not
 * measured, and nothing is kept but one block of distances. Not thread-safe.
 */
final class RadiusScorer extends Scorer {
    private static final int BLOCK = 1 << 12;

    private final CodeScan scan;
    private final Bits accepted;
    private final int radius;
    private final int bits;
    private final float boost;
    private final IndexSearcher searcher;
    private final Walk walk;

    /** @param accepted null accepts every document that has a code */
    RadiusScorer(CodeScan scan, Bits accepted, int radius, int bits, float boost, IndexSearcher searcher) {
        this.scan = scan;
        this.accepted = accepted;
        this.radius = radius;
        this.bits = bits;
        this.boost = boost;
        this.searcher = searcher;
        this.walk = new Walk();
    }

    @Override
    public int docID() {
        return walk.doc;
    }

    @Override
    public DocIdSetIterator iterator() {
        return walk;
    }

    @Override
    public float score() {
        return Metric.hammingScore(walk.distance(), bits) * boost;
    }

    @Override
    public float getMaxScore(int upTo) {
        return boost;
    }

    private final class Walk extends DocIdSetIterator {
        private final KnnVectorValues.DocIndexIterator ords = scan.iterator();
        private final short[] distances = new short[Math.min(BLOCK, scan.size())];
        private int doc = -1;
        private int ord = -1;
        /** The block that is measured starts here; below zero before the first. */
        private int from = -1;

        private int distance() {
            return distances[ord - from];
        }

        @Override
        public int docID() {
            return doc;
        }

        @Override
        public int nextDoc() throws IOException {
            return find(ord + 1);
        }

        @Override
        public int advance(int target) throws IOException {
            return ords.advance(target) == NO_MORE_DOCS ? end() : find(ords.index());
        }

        /** Goes to the first match whose code is at {@code start} or after. */
        private int find(int start) throws IOException {
            for (int at = start; at < scan.size(); at++) {
                if (from < 0 || at >= from + distances.length) {
                    CodeScan.checkCancelled(searcher);
                    from = at - at % BLOCK;
                    scan.distances(from, Math.min(BLOCK, scan.size() - from), distances);
                }
                if (distances[at - from] <= radius) {
                    int found = scan.ordToDoc(at);
                    if (accepted == null || accepted.get(found)) {
                        ord = at;
                        doc = found;
                        return doc;
                    }
                }
            }
            return end();
        }

        private int end() {
            ord = scan.size();
            doc = NO_MORE_DOCS;
            return doc;
        }

        @Override
        public long cost() {
            return scan.size();
        }
    }
}
