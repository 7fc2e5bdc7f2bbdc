package io.lookalike.search;

import java.io.IOException;

/**
 * Hands out the candidates of one segment, by one of the ways of {@link CandidateMethod}; opened by
 * {@link CandidateSources}. For one thread.
 */
interface CandidateSource {
    /**
     * Hands out the candidates among the documents {@code from} to {@code to}, exclusive, in ascending order; these
     * documents lie after those of the call before.
     *
     * @param work counts what is read
     */
    void scan(int from, int to, CandidateSink sink, Work work) throws IOException;

    /** How much one thread has read. */
    final class Work {
        /** Codes or postings that were read in file order. */
        long scanned;
        /** Codes that a search of the graph visited. */
        long visited;
        /** Documents whose codes or buckets were read, each counted once. */
        long documents;

        void add(Work other) {
            scanned += other.scanned;
            visited += other.visited;
            documents += other.documents;
        }
    }
}
