package io.lookalike.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * The measured settings. Immutable.
 *
 * @param bits of the plugin's codes, and of those that the rival filters by
 * @param faissBits of the codes of Faiss
 * @param threadedBits those of them that are searched by two threads as well
 * @param graph num_candidates of graphs
 * @param candidates chosen by codes
 * @param estimated those of them that are measured with estimates as well, and how many of each are then scored exactly
 * @param rounds all settings in turn
 * @param slow a setting that takes milliseconds searches this fraction of the queries in a round, others in the next
 * @param exact the same for one that compares with everything
 */
record SearchGrid(
        List<Integer> ks,
        List<Integer> bits,
        List<Integer> faissBits,
        int threadedBits,
        List<Integer> graph,
        List<Integer> candidates,
        List<Chosen> estimated,
        int rounds,
        int slow,
        int exact) {
    /** Of the measurement. */
    static final SearchGrid FULL = new SearchGrid(
            List.of(10, 100),
            List.of(128, 256, 512),
            List.of(256, 512, 1024),
            256,
            List.of(10, 20, 50, 100, 200, 400),
            List.of(100, 200, 300, 400, 500, 1000, 2000, 4000),
            List.of(
                    new Chosen(500, 100),
                    new Chosen(500, 200),
                    new Chosen(1000, 100),
                    new Chosen(1000, 200),
                    new Chosen(2000, 300),
                    new Chosen(2000, 500),
                    new Chosen(3000, 700)),
            3,
            3,
            10);

    /** The useful numbers of candidates: for 10 hits, 4,000 find no more than 2,000; for 100 hits, 300 find too few. */
    List<Integer> candidates(int k) {
        return candidates.stream().filter(c -> c >= 5 * k && c <= 200 * k).toList();
    }

    /**
     * Candidates by their codes, and how many of them get an exact distance.
     *
     * @param exact {@code candidates} without estimates
     */
    record Chosen(int candidates, int exact) {
        @Override
        public String toString() {
            return "num_candidates=" + candidates + (exact == candidates ? "" : " num_exact=" + exact);
        }
    }

    /** The settings of our searches; estimates leave 10 to 50 k candidates for 10 hits, 3 to 7 k for 100. */
    List<Chosen> chosen(int k) {
        List<Chosen> chosen = new ArrayList<>();
        candidates(k).forEach(c -> chosen.add(new Chosen(c, c)));
        estimated.stream()
                .filter(c -> c.exact >= 3 * k && c.exact <= 50 * k && c.candidates >= 10 * k)
                .forEach(chosen::add);
        return chosen;
    }

    /** The settings of a graph. */
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
