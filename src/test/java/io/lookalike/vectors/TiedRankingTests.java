package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class TiedRankingTests {
    /** Whether each document is relevant, in order, of every order in which the tied ones may come. */
    private static List<List<Boolean>> orders(int[] all, int[] relevant) {
        List<List<Boolean>> orders = List.of(List.of());
        for (int distance = 0; distance < all.length; distance++) {
            List<List<Boolean>> longer = new ArrayList<>();
            for (List<Boolean> order : orders) {
                extend(order, relevant[distance], all[distance] - relevant[distance], longer);
            }
            orders = longer;
        }
        return orders;
    }

    /** Relevant ones are alike, so each arrangement of them stands for equally many orders. */
    private static void extend(List<Boolean> order, int relevant, int others, List<List<Boolean>> into) {
        if (relevant + others == 0) {
            into.add(order);
        }
        for (boolean next : new boolean[] {true, false}) {
            if ((next ? relevant : others) > 0) {
                List<Boolean> longer = new ArrayList<>(order);
                longer.add(next);
                extend(longer, next ? relevant - 1 : relevant, next ? others : others - 1, into);
            }
        }
    }

    private static double mean(int[] all, int[] relevant, ToDoubleFunction<List<Boolean>> figure) {
        return orders(all, relevant).stream().mapToDouble(figure).average().orElseThrow();
    }

    private static double averagePrecision(List<Boolean> order) {
        int found = 0;
        double sum = 0;
        for (int i = 0; i < order.size(); i++) {
            if (order.get(i)) {
                found++;
                sum += (double) found / (i + 1);
            }
        }
        return found == 0 ? 0 : sum / found;
    }

    private static double precision(List<Boolean> order, int k) {
        List<Boolean> first = order.subList(0, Math.min(k, order.size()));
        return first.isEmpty()
                ? 0
                : (double) first.stream().filter(each -> each).count() / first.size();
    }

    @Test
    void figuresAreThoseByHand() {
        assertEquals(1, TiedRanking.averagePrecision(new int[] {2, 3}, new int[] {2, 0}), 1e-12);
        int[] all = {1, 1, 1};
        int[] relevant = {0, 1, 1};
        assertEquals((1. / 2 + 2. / 3) / 2, TiedRanking.averagePrecision(all, relevant), 1e-12);
        assertEquals(0, TiedRanking.precision(all, relevant, 1), 0);
        assertEquals(1. / 2, TiedRanking.precision(all, relevant, 2), 1e-12);
        assertEquals(2. / 3, TiedRanking.precision(all, relevant, 10), 1e-12);
        // one of the two at distance 1 is among the first two
        assertEquals((1 + .5) / 2, TiedRanking.precision(new int[] {1, 2}, new int[] {1, 1}, 2), 1e-12);
    }

    @Test
    void tiesCountAsTheMeanOfAllTheirOrders() {
        Random random = new Random(3);
        for (int run = 0; run < 300; run++) {
            int[] all = new int[4];
            int[] relevant = new int[4];
            for (int distance = 0; distance < 4; distance++) {
                all[distance] = random.nextInt(5);
                relevant[distance] = random.nextInt(all[distance] + 1);
            }
            assertEquals(
                    mean(all, relevant, TiedRankingTests::averagePrecision),
                    TiedRanking.averagePrecision(all, relevant),
                    1e-12);
            int k = 1 + random.nextInt(12);
            assertEquals(
                    mean(all, relevant, order -> precision(order, k)), TiedRanking.precision(all, relevant, k), 1e-12);
        }
    }

    @Test
    void nothingRelevantIsZero() {
        assertEquals(0, TiedRanking.averagePrecision(new int[] {2, 5}, new int[2]), 0);
        assertEquals(0, TiedRanking.averagePrecision(new int[2], new int[2]), 0);
        assertEquals(0, TiedRanking.precision(new int[] {2, 5}, new int[2], 3), 0);
        assertEquals(0, TiedRanking.precision(new int[2], new int[2], 3), 0);
    }
}
