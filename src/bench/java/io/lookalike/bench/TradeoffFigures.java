package io.lookalike.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of an answer of {@code _lookalike/evaluate} that {@link TradeoffChart} draws. Immutable.
 *
 * @param k hits of each search that were judged
 * @param queries number of searches for each setting
 * @param target the recall that the cheapest setting must reach
 * @param exact the exact searches, one for each field
 * @param cheapest one of {@code settings}; null if none reaches the target
 * @param codes null if the answer has no table of codes
 */
record TradeoffFigures(
        int k, int queries, double target, List<Row> exact, List<Row> settings, Row cheapest, CodeTable codes) {
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * One setting.
     *
     * @param p50 median milliseconds of a search
     */
    record Row(Map<String, Object> setting, double recall, double p50) {}

    /**
     * Recall by code length.
     *
     * @param recalls by number of bits, then by method; NaN where a method makes no such code
     */
    record CodeTable(
            String field,
            int dims,
            int documents,
            int queries,
            int k,
            int numCandidates,
            List<String> methods,
            Map<Integer, Map<String, Double>> recalls) {}

    static TradeoffFigures of(JsonNode answer) {
        List<Row> exact = new ArrayList<>();
        for (JsonNode row : answer.path("exact")) {
            exact.add(new Row(
                    Map.of("field", row.path("field").asText()),
                    1,
                    row.path("p50_ms").asDouble()));
        }
        List<Row> settings = new ArrayList<>();
        for (JsonNode row : answer.path("settings")) {
            settings.add(setting(row));
        }
        JsonNode cheapest = answer.path("cheapest");
        return new TradeoffFigures(
                answer.path("k").asInt(),
                answer.path("queries").asInt(),
                answer.path("recall_wanted").asDouble(),
                exact,
                settings,
                cheapest.isObject() ? setting(cheapest) : null,
                answer.has("codes")
                        ? codes(answer.path("codes"), answer.path("k").asInt())
                        : null);
    }

    private static Row setting(JsonNode row) {
        Map<String, Object> setting = JSON.convertValue(row.path("setting"), new TypeReference<>() {});
        return new Row(
                setting, row.path("recall").asDouble(), row.path("p50_ms").asDouble());
    }

    private static CodeTable codes(JsonNode codes, int k) {
        Map<Integer, Map<String, Double>> recalls = new LinkedHashMap<>();
        for (JsonNode length : codes.path("table")) {
            Map<String, Double> row = new LinkedHashMap<>();
            length.properties().forEach(cell -> {
                if (!cell.getKey().equals("bits")) {
                    row.put(
                            cell.getKey(),
                            cell.getValue().isNumber() ? cell.getValue().asDouble() : Double.NaN);
                }
            });
            recalls.put(length.path("bits").asInt(), row);
        }
        return new CodeTable(
                codes.path("field").asText(),
                codes.path("dims").asInt(),
                codes.path("documents").asInt(),
                codes.path("queries").asInt(),
                k,
                codes.path("num_candidates").asInt(),
                List.copyOf(recalls.values().iterator().next().keySet()),
                recalls);
    }
}
