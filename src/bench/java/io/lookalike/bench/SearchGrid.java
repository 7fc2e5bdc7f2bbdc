package io.lookalike.bench;

import java.util.List;

/**
 * Which settings are measured. Immutable.
 *
 * @param bits of a code
 * @param threadedBits those of them that are searched by two threads as well
 * @param graph num_candidates of graphs
 * @param candidates chosen by codes
 * @param rounds all settings in turn
 * @param slow a setting that takes milliseconds searches this fraction of the queries in a round, others in the next
 * @param exact the same for one that compares with everything
 */
record SearchGrid(
        List<Integer> ks,
        List<Integer> bits,
        int threadedBits,
        List<Integer> graph,
        List<Integer> candidates,
        int rounds,
        int slow,
        int exact) {
    /** Of the measurement. */
    static final SearchGrid FULL = new SearchGrid(
            List.of(10, 100),
            List.of(256, 512, 1024),
            512,
            List.of(10, 20, 50, 100, 200, 400),
            List.of(100, 200, 300, 500, 1000, 1500, 2000, 4000),
            3,
            3,
            10);

    /** The candidates that are worth a measurement: 4,000 for 10 hits find no more than 2,000, and 300 for 100 too little. */
    List<Integer> candidates(int k) {
        return candidates.stream().filter(c -> c >= 5 * k && c <= 200 * k).toList();
    }

    /** What a graph can be asked for. */
    List<Integer> graph(int k) {
        return graph.stream().filter(c -> c >= k).toList();
    }

    /** Queries of a round of a slow setting. */
    int slowQueries(int queries) {
        return Math.max(1, queries / slow);
    }

    /** Queries of a round of an exact search. */
    int exactQueries(int queries) {
        return Math.max(1, queries / exact);
    }
}
