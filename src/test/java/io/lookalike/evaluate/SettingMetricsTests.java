package io.lookalike.evaluate;

import io.lookalike.evaluate.SettingMetrics.Hit;
import io.lookalike.evaluate.SettingMetrics.Truth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.elasticsearch.test.ESTestCase;

public class SettingMetricsTests extends ESTestCase {
    private static Hit hit(String id, double score, String... labels) {
        return new Hit(id, (float) score, Set.of(labels));
    }

    public void testWhatIsAsNearAsTheLastIsRight() {
        List<Hit> exact = List.of(hit("a", .9), hit("b", .8), hit("c", .7), hit("d", .7), hit("e", .6));
        Truth truth = Truth.of(exact, 3);
        assertEquals(3, truth.wanted());
        assertEquals(Set.of("a", "b", "c", "d"), truth.ids());
        assertEquals(3, truth.right(List.of(hit("a", .9), hit("b", .8), hit("d", .7)), 3, false));
        assertEquals(2, truth.right(List.of(hit("a", .9), hit("b", .8), hit("e", .6)), 3, false));
        // ties that were not fetched count by their scores, if these are exact
        assertEquals(1, truth.right(List.of(hit("z", .7)), 3, true));
        assertEquals(0, truth.right(List.of(hit("z", .7)), 3, false));
        // and never more than k
        assertEquals(3, truth.right(List.of(hit("a", .9), hit("b", .8), hit("c", .7), hit("d", .7)), 4, true));
    }

    public void testFewerAnswersThanKAreAllThatCanBeFound() {
        Truth truth = Truth.of(List.of(hit("a", .9), hit("b", .8)), 10);
        assertEquals(2, truth.wanted());
        SettingMetrics judged = new SettingMetrics(2, true);
        judged.add(truth, List.of(hit("b", .8, "x")), 10, true, Set.of("x"), 1);
        assertEquals(.5, judged.recall(), 0);
        assertEquals(.5, judged.precision(), 0);
        assertEquals(1, judged.averagePrecision(), 0);
        // a query without hits does not count
        judged.add(Truth.of(List.of(), 10), List.of(), 10, true, Set.of("x"), 0);
        assertEquals(1, judged.queries());
        assertEquals(.5, judged.recall(), 0);
    }

    /** Relevant hits at ranks 1, 3 and 4 of 5, and 6 relevant documents in the index: (1 + 2/3 + 3/4) / 5. */
    public void testAveragePrecisionIsTheOneComputedByHand() {
        List<Hit> hits =
                List.of(hit("a", 5, "x"), hit("b", 4, "y"), hit("c", 3, "y", "x"), hit("d", 2, "x"), hit("e", 1));
        assertEquals((1 + 2 / 3.0 + 3 / 4.0) / 5, SettingMetrics.averagePrecision(hits, Set.of("x"), 5, 6), 1e-12);
        // with 3 in the index, all are found
        assertEquals((1 + 2 / 3.0 + 3 / 4.0) / 3, SettingMetrics.averagePrecision(hits, Set.of("x"), 5, 3), 1e-12);
        assertEquals(0, SettingMetrics.averagePrecision(hits, Set.of("z"), 5, 9), 0);
        assertEquals(1, SettingMetrics.averagePrecision(hits.subList(0, 1), Set.of("x", "q"), 1, 9), 0);
    }

    public void testMeansAreOverQueries() {
        SettingMetrics judged = new SettingMetrics(3, true);
        List<Hit> exact = List.of(hit("a", .9, "x"), hit("b", .8, "y"));
        Truth truth = Truth.of(exact, 2);
        judged.add(truth, exact, 2, true, Set.of("x"), 5);
        judged.add(truth, exact.subList(0, 1), 2, true, Set.of(), 5);
        judged.add(truth, List.of(hit("q", .1), hit("r", .1)), 2, true, Set.of("y"), 5);
        assertEquals((1 + .5 + 0) / 3, judged.recall(), 1e-12);
        assertEquals(2, judged.labelled());
        assertEquals((.5 + 0) / 2, judged.precision(), 1e-12);
        // 1/2 of the first, over min(2, 5)
        assertEquals((.5 + 0) / 2, judged.averagePrecision(), 1e-12);
        // of 1, .5 and 0: variance 1/6, over 2
        assertEquals(Math.sqrt(1 / 6.0 / 2), judged.recallError(), 1e-12);
    }

    public void testPercentilesAreNearestRanks() {
        SettingMetrics judged = new SettingMetrics(200, false);
        List<Integer> times = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            times.add(i);
        }
        Collections.shuffle(times, random());
        times.forEach(judged::time);
        assertEquals(100, judged.percentile(.5), 0);
        assertEquals(198, judged.percentile(.99), 0);
        SettingMetrics one = new SettingMetrics(1, false);
        assertTrue(Double.isNaN(one.percentile(.5)));
        one.time(7);
        assertEquals(7, one.percentile(.5), 0);
        assertEquals(7, one.percentile(.99), 0);
    }
}
