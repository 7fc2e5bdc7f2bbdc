package io.lookalike.search;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;

/**
 * Counts, for each document of one segment, the hash tables in which it shares the query's bucket, and hands out the
 * accepted documents. The distance is the number of tables that disagree.
 *
 * <p>The postings of the query's buckets are read side by side into an array of counts, one window of documents after
 * the other; windows without a posting are skipped, and nothing is allocated per document. A bucket counts once for a
 * document, however often the document has the term. Costs the length of the postings, and one comparison for each
 * document of a window. Cancellation is checked once per window. For one thread and one use.
 */
final class BucketScan {
    /** Counts of one window fit into the first-level cache. */
    static final int WINDOW = 1 << 13;

    private final PostingsEnum[] postings;
    private final int tables;
    private long documents;

    /** @param postings not yet advanced; at least one, at most {@code tables} */
    BucketScan(List<PostingsEnum> postings, int tables) {
        this.postings = postings.toArray(PostingsEnum[]::new);
        this.tables = tables;
    }

    /** How many documents lie in at least one of the buckets. */
    long documents() {
        return documents;
    }

    /**
     * Counts the documents {@code from} to {@code to}, exclusive.
     *
     * @return how many postings were read
     */
    long scan(int from, int to, DocFilter accepted, IndexSearcher searcher, CandidateSink sink) throws IOException {
        short[] agreeing = new short[Math.min(WINDOW, Math.max(0, to - from))];
        long counted = 0;
        int base = first(from);
        while (base < to) {
            Cancellation.check(searcher);
            int size = Math.min(agreeing.length, to - base);
            counted += count(base, size, agreeing);
            int least = tables - sink.farthest();
            for (int i = 0; i < size; i++) {
                int found = agreeing[i];
                if (found > 0) {
                    documents++;
                    agreeing[i] = 0;
                    if (found >= least && accepted.accepts(base + i)) {
                        sink.accept(base + i, tables - found);
                    }
                }
            }
            base = first(base + size);
        }
        return counted;
    }

    /** The first document from {@code doc} on that lies in a bucket. */
    private int first(int doc) throws IOException {
        int first = DocIdSetIterator.NO_MORE_DOCS;
        for (PostingsEnum bucket : postings) {
            first = Math.min(first, bucket.docID() < doc ? bucket.advance(doc) : bucket.docID());
        }
        return first;
    }

    private long count(int base, int size, short[] agreeing) throws IOException {
        long counted = 0;
        int end = base + size;
        for (PostingsEnum bucket : postings) {
            int doc = bucket.docID();
            while (doc < end) {
                agreeing[doc - base]++;
                counted++;
                doc = bucket.nextDoc();
            }
        }
        return counted;
    }
}
