package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TradeoffTests {
    @Test
    void rowsAreThoseOfTheAnswer() throws Exception {
        List<ObjectNode> rows = TradeoffBenchmark.rows(new JsonMapper().readTree("""
                {"settings": [{"setting": {"field": "v", "candidates": "hamming", "num_candidates": 50}, "recall": 0.5, "p50_ms": 1.25, "p99_ms": 3}],
                 "codes": {"table": [{"bits": 32, "hyperplane": 0.25, "itq": null}]}}"""));
        assertEquals(3, rows.size());
        assertEquals(
                "hamming         50 candidates  recall 0.500  p50 1.250 ms  p99 3.000 ms",
                TradeoffBenchmark.line(rows.get(0)));
        assertEquals("hyperplane      32 bits        recall 0.250", TradeoffBenchmark.line(rows.get(1)));
        assertEquals("itq             32 bits        recall -", TradeoffBenchmark.line(rows.get(2)));
    }

    @Test
    void dataOfOthersAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new TradeoffBenchmark().run(Optional.of(Path.of(".")), line -> {}));
    }
}
