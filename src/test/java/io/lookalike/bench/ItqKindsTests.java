package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.TestLogging;
import io.lookalike.work.TestWorkers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Learned codes must never be worse than simpler ones, whatever the vectors look like. */
class ItqKindsTests {
    private static final List<Integer> BITS = List.of(32, 48, 64, 128, 256);

    private static final long SEED = 20260401;

    @BeforeAll
    static void logging() {
        TestLogging.start();
    }

    @Test
    void itqIsNoWorseThanSimplerCodesAndFewerBitsOnAnyKindOfVectors() {
        assertEquals(12, VectorKinds.NAMES.size());
        List<String> worse = new ArrayList<>();
        for (String kind : VectorKinds.NAMES) {
            List<ObjectNode> rows = TestWorkers.with(2, workers -> ItqFigures.of(kind, SEED, BITS, workers));
            assertEquals(BITS.size(), rows.size());
            for (ObjectNode row : rows) {
                if (row.path("value").asDouble() < row.path("reach").asDouble()) {
                    worse.add(LearnBenchmark.line(row));
                }
            }
        }
        assertTrue(worse.isEmpty(), () -> String.join("\n", worse));
    }

    @Test
    void kindsAreDrawnBySeed() {
        for (String kind : VectorKinds.NAMES) {
            float[][] rows = VectorKinds.draw(kind, 3, 100);
            assertEquals(100, rows.length);
            assertEquals(rows[99][1], VectorKinds.draw(kind, 3, 100)[99][1]);
        }
        Exception e = assertThrows(IllegalArgumentException.class, () -> VectorKinds.draw("odd", 3, 100));
        assertEquals("kind [odd] must be one of " + VectorKinds.NAMES, e.getMessage());
    }
}
