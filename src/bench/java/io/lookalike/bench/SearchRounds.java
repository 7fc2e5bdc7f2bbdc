package io.lookalike.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Measures many ways to search: all take turns in each round, in another order each time, so that other load on the
 * machine and the state of caches affect all alike.
 *
 * <p>Before the first round each one warms up for a part of a round. For one thread.
 */
final class SearchRounds {
    private static final long SEED = 20260301;
    private static final int WARM_UP_SHARE = 4;

    private final SearchTruth truth;
    private final int allQueries;
    private final int rounds;
    private final Consumer<String> say;

    SearchRounds(SearchData data, int rounds, Consumer<String> say) {
        this.truth = new SearchTruth(data);
        this.allQueries = data.queries.length;
        this.rounds = rounds;
        this.say = say;
    }

    /** The figures of each, in the order given. */
    List<SearchFigures> measure(List<SearchWay> ways) throws IOException {
        long start = System.nanoTime();
        List<Rounds> measured = new ArrayList<>();
        for (SearchWay way : ways) {
            way.runner().pass(0, Math.ceilDiv(way.queries(), WARM_UP_SHARE));
            measured.add(new Rounds(way));
        }
        say.accept(
                String.format(Locale.ROOT, "               %d settings warm after %.0f s", ways.size(), since(start)));
        Random random = new Random(SEED);
        for (int round = 0; round < rounds; round++) {
            List<Rounds> order = new ArrayList<>(measured);
            Collections.shuffle(order, random);
            for (Rounds one : order) {
                one.add(round);
            }
            say.accept(String.format(
                    Locale.ROOT, "               round %d of %d done after %.0f s", round + 1, rounds, since(start)));
        }
        return measured.stream().map(Rounds::figures).toList();
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** The results of the rounds of one way. */
    private final class Rounds {
        private final SearchWay way;
        private final double[] qps = new double[rounds];
        private final double[] p50 = new double[rounds];
        private final double[] p99 = new double[rounds];
        private double recall;
        private int searched;

        Rounds(SearchWay way) {
            this.way = way;
        }

        void add(int round) throws IOException {
            int count = way.queries();
            int first = count == allQueries ? 0 : round * count % (allQueries - count + 1);
            SearchWay.Pass pass = way.runner().pass(first, count);
            double[] nanos = new double[count];
            double sum = 0;
            for (int i = 0; i < count; i++) {
                nanos[i] = pass.nanos[i];
                sum += nanos[i];
                recall += truth.recall(first + i, pass.found[i], way.k());
            }
            searched += count;
            Arrays.sort(nanos);
            qps[round] = count * 1e9 / sum;
            p50[round] = Spread.median(nanos) / 1e6;
            p99[round] = nanos[(int) Math.min(count - 1L, Math.round(.99 * count))] / 1e6;
        }

        SearchFigures figures() {
            Spread speed = Spread.of(List.of(qps));
            return new SearchFigures(
                    way.name(),
                    way.where(),
                    way.k(),
                    way.setting(),
                    way.queries(),
                    recall / searched,
                    speed.median(),
                    speed.text(0),
                    Spread.median(p50),
                    Spread.median(p99),
                    way.index().seconds(),
                    way.index().megabytes(),
                    Double.NaN);
        }
    }
}
