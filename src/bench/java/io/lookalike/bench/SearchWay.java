package io.lookalike.bench;

import java.io.IOException;

/**
 * One way to search: a rival with one setting, ready to be measured.
 *
 * @param name of the rival, such as {@code lucene_hnsw}
 * @param where {@code process} or {@code http}
 * @param setting such as {@code num_candidates=100}
 * @param queries number of queries in a round; if not all, the next round continues with the next ones
 * @param index cost of its index
 */
record SearchWay(String name, String where, int k, String setting, int queries, Cost index, Runner runner) {
    static final String PROCESS = "process";
    static final String HTTP = "http";
    static final String OURS = "hash_knn";
    static final String FLOOR = "floor";

    /** Seconds to build an index, and its size in megabytes (10^6 bytes). */
    record Cost(double seconds, double megabytes) {}

    /** Searches. */
    interface Runner {
        /** Searches by {@code count} queries from {@code first} on, one by one. */
        Pass pass(int first, int count) throws IOException;
    }

    /** Searches by one query. */
    interface Search {
        /** Ordinals of the vectors found, nearest first. */
        int[] search(int query) throws IOException;
    }

    /** The times and results of one pass over queries. */
    static final class Pass {
        final int first;
        /** For each query. */
        final long[] nanos;
        /** For each query the ordinals of the vectors found. */
        final int[][] found;

        Pass(int first, long[] nanos, int[][] found) {
            this.first = first;
            this.nanos = nanos;
            this.found = found;
        }
    }

    /** Measures the time of searches in this process. */
    static Runner timed(Search search) {
        return (first, count) -> {
            long[] nanos = new long[count];
            int[][] found = new int[count][];
            for (int i = 0; i < count; i++) {
                long start = System.nanoTime();
                found[i] = search.search(first + i);
                nanos[i] = System.nanoTime() - start;
            }
            return new Pass(first, nanos, found);
        };
    }
}
