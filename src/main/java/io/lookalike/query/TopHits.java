package io.lookalike.query;

import java.util.Arrays;
import org.apache.lucene.util.LongHeap;
import org.apache.lucene.util.NumericUtils;

/**
 * The k best documents of a shard: greatest score first, lowest document first among equals.
 *
 * <p>Entries are packed into longs, so nothing is allocated for a document. Not thread-safe.
 */
final class TopHits {
    private final LongHeap heap;
    private final int k;

    TopHits(int k) {
        this.k = k;
        this.heap = new LongHeap(k, Long.MIN_VALUE);
    }

    void offer(int doc, float score) {
        offer((long) NumericUtils.floatToSortableInt(score) << 32 | (0xFFFFFFFFL & ~doc));
    }

    private void offer(long entry) {
        if (entry > heap.top()) {
            heap.updateTop(entry);
        }
    }

    /** Offers what another one of as many documents holds. */
    void merge(TopHits other) {
        for (int i = 1; i <= other.heap.size(); i++) {
            offer(other.heap.get(i));
        }
    }

    /** Documents and scores in the order of documents. */
    Hits toHits() {
        int size = 0;
        long[] entries = new long[k];
        for (int i = 1; i <= heap.size(); i++) {
            if (heap.get(i) != Long.MIN_VALUE) {
                entries[size++] = heap.get(i);
            }
        }
        long[] byDoc = new long[size];
        for (int i = 0; i < size; i++) {
            int doc = (int) ~entries[i];
            byDoc[i] = (long) doc << 32 | (entries[i] >>> 32);
        }
        Arrays.sort(byDoc);
        int[] docs = new int[size];
        float[] scores = new float[size];
        for (int i = 0; i < size; i++) {
            docs[i] = (int) (byDoc[i] >>> 32);
            scores[i] = NumericUtils.sortableIntToFloat((int) byDoc[i]);
        }
        return new Hits(docs, scores);
    }
}
