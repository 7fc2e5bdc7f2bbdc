package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The figures of one way to search: medians over the rounds. Immutable.
 *
 * @param queries searched in a round
 * @param qps queries a second, one after the other
 * @param qpsSpread its median and extremes
 * @param floorMs median of a nearly empty request; NaN if there is none
 */
record SearchFigures(
        String name,
        String where,
        int k,
        String setting,
        int queries,
        double recall,
        double qps,
        String qpsSpread,
        double p50Ms,
        double p99Ms,
        double indexSeconds,
        double storeMb,
        double floorMs) {

    SearchFigures withFloor(double ms) {
        return new SearchFigures(
                name, where, k, setting, queries, recall, qps, qpsSpread, p50Ms, p99Ms, indexSeconds, storeMb, ms);
    }

    double p50LessFloorMs() {
        return p50Ms - floorMs;
    }

    boolean ours() {
        return name.equals(SearchWay.OURS);
    }

    ObjectNode row() {
        ObjectNode row = JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("where", where)
                .put("k", k)
                .put("setting", setting)
                .put("recall", rounded(recall, 5))
                .put("qps", rounded(qps, 1))
                .put("p50_ms", rounded(p50Ms, 4))
                .put("p99_ms", rounded(p99Ms, 4))
                .put("index_seconds", rounded(indexSeconds, 2))
                .put("store_mb", rounded(storeMb, 2))
                .put("qps_spread", qpsSpread)
                .put("queries", queries);
        if (!Double.isNaN(floorMs)) {
            row.put("p50_less_floor_ms", rounded(p50LessFloorMs(), 4));
        }
        return row;
    }

    static double rounded(double value, int decimals) {
        double scale = Math.pow(10, decimals);
        return Math.round(value * scale) / scale;
    }

    /** Reads what {@link #row} wrote. */
    static SearchFigures of(JsonNode row) {
        double p50 = row.path("p50_ms").asDouble();
        return new SearchFigures(
                row.path("name").asText(),
                row.path("where").asText(),
                row.path("k").asInt(),
                row.path("setting").asText(),
                row.path("queries").asInt(),
                row.path("recall").asDouble(),
                row.path("qps").asDouble(),
                row.path("qps_spread").asText(),
                p50,
                row.path("p99_ms").asDouble(),
                row.path("index_seconds").asDouble(),
                row.path("store_mb").asDouble(),
                p50 - row.path("p50_less_floor_ms").asDouble(Double.NaN));
    }

    /** The Pareto front of recall and speed, by ascending recall. */
    static List<SearchFigures> front(List<SearchFigures> figures) {
        List<SearchFigures> sorted = new ArrayList<>(figures);
        sorted.sort(Comparator.comparingDouble(SearchFigures::recall)
                .thenComparingDouble(SearchFigures::qps)
                .reversed());
        List<SearchFigures> front = new ArrayList<>();
        double fastest = 0;
        for (SearchFigures one : sorted) {
            if (one.qps > fastest) {
                fastest = one.qps;
                front.add(one);
            }
        }
        return front.reversed();
    }
}
