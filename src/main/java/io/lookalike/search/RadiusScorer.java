package io.lookalike.search;

import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.util.Bits;

/**
 * Iterates over the documents of one segment whose codes lie within a radius.
 *
 * <p>Codes are measured one block at a time, when the iterator reaches the block. Blocks that another clause skips are
 * not measured, and only the distances of one block are in memory. Not thread-safe.
 */
final class RadiusScorer extends Scorer {
    private static final int BLOCK = 1 << 12;

    private final List<CodeScan> scans;
    /** The first of them: all scan the same codes. */
    private final CodeScan scan;

    private final Bits accepted;
    private final int radius;
    private final int bits;
    private final float boost;
    private final IndexSearcher searcher;
    private final Walk walk;

    /**
     * @param scans one per code of the query, over the same codes of one segment; the least distance counts
     * @param accepted null accepts every document that has a code
     */
    RadiusScorer(List<CodeScan> scans, Bits accepted, int radius, int bits, float boost, IndexSearcher searcher) {
        this.scans = scans;
        this.scan = scans.get(0);
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
        /** Of the scans after the first. */
        private final short[] others = new short[scans.size() > 1 ? distances.length : 0];

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
                    Cancellation.check(searcher);
                    from = at - at % BLOCK;
                    measure(Math.min(BLOCK, scan.size() - from));
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

        private void measure(int count) throws IOException {
            scan.distances(from, count, distances);
            for (CodeScan other : scans.subList(1, scans.size())) {
                other.distances(from, count, others);
                for (int i = 0; i < count; i++) {
                    distances[i] = (short) Math.min(distances[i], others[i]);
                }
            }
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
