package io.lookalike.search;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.FixedBitSet;

/**
 * The documents of one segment that lie in any of several clusters, in ascending order, each once.
 *
 * <p>The postings of all clusters are merged in a bit set, one window of documents after the other; windows without a
 * posting are skipped, and nothing is allocated per document. Costs the length of the postings, and one step per
 * cluster and window. Cancellation is checked once per window. For one thread and one use.
 */
final class ClusterDocs implements CodeScan.Docs {
    /** Bits of one window fit into the first-level cache. */
    static final int WINDOW = 1 << 16;

    private static final int NO_MORE = DocIdSetIterator.NO_MORE_DOCS;

    private final PostingsEnum[] postings;
    private final long documents;
    private final IndexSearcher searcher;
    private final FixedBitSet window = new FixedBitSet(WINDOW);
    /**
     * The window holds the documents {@code base} to {@code end}, exclusive; there is none between the last call and
     * these.
     */
    private int base;

    private int end;

    /**
     * @param postings not yet advanced, at least one
     * @param documents the sum of their lengths
     */
    ClusterDocs(List<PostingsEnum> postings, long documents, IndexSearcher searcher) {
        this.postings = postings.toArray(PostingsEnum[]::new);
        this.documents = documents;
        this.searcher = searcher;
    }

    /** An upper bound of the number of documents. */
    long documents() {
        return documents;
    }

    @Override
    public int next(int doc) throws IOException {
        int from = Math.max(doc, base);
        while (from != NO_MORE) {
            if (from < end) {
                int found = window.nextSetBit(from - base);
                if (found != NO_MORE) {
                    return base + found;
                }
                from = end;
            }
            from = fill(from);
        }
        return NO_MORE;
    }

    /**
     * The first document from {@code doc} on that a filtered walk accepts; each side skips what the other does not
     * have.
     */
    int next(int doc, EligibleDocs.Walk walk) throws IOException {
        int at = next(doc);
        while (at != NO_MORE) {
            int matching = walk.approach(at);
            if (matching == at) {
                if (walk.accepts(at)) {
                    return at;
                }
                matching = at + 1;
            }
            at = matching == NO_MORE ? NO_MORE : next(matching);
        }
        return NO_MORE;
    }

    /** Moves the window to the first document from this one on, and returns it. */
    private int fill(int doc) throws IOException {
        Cancellation.check(searcher);
        int first = NO_MORE;
        for (PostingsEnum cluster : postings) {
            first = Math.min(first, cluster.docID() < doc ? cluster.advance(doc) : cluster.docID());
        }
        base = first;
        end = (int) Math.min(NO_MORE, (long) first + WINDOW);
        window.clear();
        if (first != NO_MORE) {
            for (PostingsEnum cluster : postings) {
                cluster.intoBitSet(end, window, base);
            }
        }
        return first;
    }
}
