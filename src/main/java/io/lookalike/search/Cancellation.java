package io.lookalike.search;

import org.apache.lucene.search.IndexSearcher;
import org.elasticsearch.search.internal.ContextIndexSearcher;

/** Stops the loops of a search that was cancelled or has timed out; they check once per block. */
final class Cancellation {
    private Cancellation() {}

    static void check(IndexSearcher searcher) {
        if (searcher instanceof ContextIndexSearcher context) {
            context.checkCancelled();
        }
    }
}
