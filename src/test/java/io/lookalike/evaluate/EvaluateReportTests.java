package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateReport.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.test.ESTestCase;

public class EvaluateReportTests extends ESTestCase {
    private static String advice(Map<String, Object> setting, int documents) {
        return advice(setting, documents, Double.NaN);
    }

    private static String advice(Map<String, Object> setting, int documents, double share) {
        Row row = new Row(
                setting, Map.of(), .5, 0, Double.NaN, Double.NaN, 1, 1, documents, Double.NaN, share, Double.NaN);
        Object advice = new EvaluateReport(1, 10, 1, 0, 1, .9, null, List.of(row), List.of(row), null, List.of())
                .toMap()
                .get("advice");
        String text = String.valueOf(advice);
        return text.substring(text.indexOf("try "));
    }

    /** Advice names only what is possible. */
    public void testAdviceIsWhatASettingLeavesRoomFor() {
        String encoder = "an encoder with more bits or learned codes (see [codes])";
        assertEquals(
                "try a greater [num_candidates], " + encoder,
                advice(Map.of("candidates", "hamming", "num_candidates", 100), 1_000));
        assertEquals("try " + encoder, advice(Map.of("candidates", "hamming", "num_candidates", 1_000), 1_000));
        assertEquals("try " + encoder, advice(Map.of("candidates", "hamming", "num_candidates", 10_000), 1_000_000));
        assertEquals("try a greater [num_candidates], " + encoder, advice(Map.of("candidates", "hamming"), 1_000));
        assertEquals("try " + encoder, advice(Map.of("candidates", "all"), 1_000));
        assertEquals(
                "try a greater [num_exact], leaving out [max_distance], " + encoder,
                advice(Map.of("candidates", "hnsw", "num_candidates", 500, "num_exact", 100, "max_distance", 9), 500));
        assertEquals(
                "try more [probes], leaving out [bits], " + encoder,
                advice(Map.of("candidates", "clusters", "num_candidates", 500, "bits", 32), 500));
        Map<String, Object> all = Map.of("candidates", "clusters", "num_candidates", 500, "probes", 16);
        assertEquals("try more [probes], " + encoder, advice(all, 500, .9));
        assertEquals("try " + encoder, advice(all, 500, 1));
        String buckets = "more tables with fewer bits in the encoder's [buckets]";
        assertEquals(
                "try " + buckets, advice(Map.of("candidates", "lsh", "num_candidates", 500, "min_tables", 1), 500));
        assertEquals(
                "try a greater [num_candidates], leaving out [tables], a smaller [min_tables], " + buckets,
                advice(Map.of("candidates", "lsh", "num_candidates", 500, "min_tables", 2, "tables", 4), 900));
        assertEquals(
                "try [hash_knn], whose [candidates] [all] miss none",
                advice(Map.of("candidates", "knn", "num_candidates", 500), 500));
    }

    private static Row row(int numCandidates, double recall, double p50) {
        Map<String, Object> setting = new LinkedHashMap<>();
        setting.put("candidates", "hamming");
        setting.put("num_candidates", numCandidates);
        return new Row(
                setting,
                Map.of(),
                recall,
                .01,
                Double.NaN,
                Double.NaN,
                p50,
                2 * p50,
                1000,
                Double.NaN,
                Double.NaN,
                Double.NaN);
    }

    private static EvaluateReport report(List<Row> settings, double target) {
        return new EvaluateReport(5, 10, 100, 0, 1, target, null, List.of(row(0, 1, 9)), settings, null, List.of());
    }

    public void testTheCheapestIsTheFastestThatRecallsEnough() {
        Row slow = row(1, .99, 3);
        Row fast = row(2, .95, 1);
        Row wrong = row(3, .94, .5);
        assertEquals(fast, report(List.of(slow, fast, wrong), .95).cheapest());
        assertEquals(slow, report(List.of(slow, fast, wrong), .98).cheapest());
        EvaluateReport none = report(List.of(fast, wrong), .98);
        assertNull(none.cheapest());
        assertEquals(fast, none.best());
        assertNull(none.toMap().get("cheapest"));
        assertEquals(
                "no setting recalls [0.98]; the best, {candidates=hamming, num_candidates=2}, recalls [0.95]: try a "
                        + "greater [num_candidates], an encoder with more bits or learned codes (see [codes])",
                none.toMap().get("advice"));
    }
}
