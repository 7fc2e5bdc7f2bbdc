package io.lookalike.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Compares the hits of a search with what they should be. Stateless. */
final class SameHits {
    /** Of a score, or of 1 where the score is less: room for sums in floats. */
    static final double TOLERANCE = 1e-5;

    private SameHits() {}

    /** Exactly these documents with these scores, the greatest first; equal scores in any order. */
    static void check(Map<String, Double> expected, JsonNode hits, String where) {
        Map<String, Double> found = scores(hits);
        assertEquals(hits.size(), found.size(), () -> where + ": twice the same document in " + found);
        assertEquals(expected.keySet(), found.keySet(), where);
        double previous = Double.POSITIVE_INFINITY;
        for (Map.Entry<String, Double> hit : found.entrySet()) {
            double score = hit.getValue();
            near(expected.get(hit.getKey()), score, where + ", score of " + hit.getKey());
            assertTrue(score <= previous, () -> where + ": not in order: " + found);
            previous = score;
        }
    }

    static void near(double expected, double found, String where) {
        assertEquals(expected, found, TOLERANCE * Math.max(1, Math.abs(expected)), where);
    }

    /** Scores by id, in the order of the hits. */
    static Map<String, Double> scores(JsonNode hits) {
        Map<String, Double> scores = new LinkedHashMap<>();
        hits.forEach(
                hit -> scores.put(hit.path("_id").asText(), hit.path("_score").asDouble()));
        return scores;
    }
}
