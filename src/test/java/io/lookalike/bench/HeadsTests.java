package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.TestLogging;
import io.lookalike.work.Workers;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the heads benchmark counts with. */
class HeadsTests {
    @BeforeAll
    static void logging() {
        TestLogging.start();
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
