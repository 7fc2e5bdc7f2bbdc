package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.TestLogging;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the heads benchmark counts with. */
class HeadsTests {
    @BeforeAll
    static void logging() {
        TestLogging.start();
    }

    @Test
    void tiesCountAsTheMeanOfAllTheirOrders() {
        assertEquals(1, CodeMap.averagePrecision(new int[] {2, 3}, new int[] {2, 0}), 1e-12);
        assertEquals((1. / 2 + 2. / 3) / 2, CodeMap.averagePrecision(new int[] {1, 1, 1}, new int[] {0, 1, 1}), 1e-12);
        int[] all = {2, 5, 4};
        int[] relevant = {1, 3, 0};
        Random random = new Random(1);
        double sum = 0;
        int orders = 200_000;
        for (int order = 0; order < orders; order++) {
            sum += averagePrecision(all, relevant, random);
        }
        assertEquals(sum / orders, CodeMap.averagePrecision(all, relevant), 2e-3);
        assertEquals(0, CodeMap.averagePrecision(all, new int[3]));
    }

    /** Of one order of the tied ones, drawn. */
    private static double averagePrecision(int[] all, int[] relevant, Random random) {
        int found = 0;
        int seen = 0;
        double sum = 0;
        for (int distance = 0; distance < all.length; distance++) {
            List<Boolean> tied = new ArrayList<>();
            for (int i = 0; i < all[distance]; i++) {
                tied.add(i < relevant[distance]);
            }
            Collections.shuffle(tied, random);
            for (boolean each : tied) {
                seen++;
                if (each) {
                    found++;
                    sum += (double) found / seen;
                }
            }
        }
        return sum / found;
    }

    @Test
    void codesAreSignsOfProjections() {
        float[] projections = new float[70];
        projections[0] = 1;
        projections[1] = -1;
        projections[65] = .5f;
        long[][] codes = CodeMap.codes(new float[][] {projections, new float[70]});
        assertEquals(1, codes[0][0]);
        assertEquals(2, codes[0][1]);
        assertEquals(2, CodeMap.distance(codes[0], codes[1]));
    }

    /** Labels that lie apart stay apart, though none of the last five was learned from. */
    @Test
    void unseenLabelsAreSearchedAmongThemselves() {
        Random random = new Random(4);
        int labels = 14;
        float[][] vectors = new float[labels * 20][32];
        int[] of = new int[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            of[i] = i / 20;
            for (int d = 0; d < 32; d++) {
                vectors[i][d] = (d == of[i] ? 1 : 0) + .1f * (float) random.nextGaussian();
            }
        }
        ObjectNode row = HeadsBenchmark.unseen(new LearnEmbeddings("drawn", vectors, of), Workers.alone());
        assertTrue(row.path("baseline").asDouble() > .9, row::toString);
        assertTrue(row.path("value").asDouble() >= row.path("reach").asDouble(), row::toString);
    }
}
