package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.StreamSupport;

/** The figures of all processes for one code length, as written by {@link ScanFork}. Immutable. */
final class ScanFigures {
    private final ScanBenchmark.Size size;
    private final List<JsonNode> forks;
    private final boolean faiss;

    ScanFigures(ScanBenchmark.Size size, List<JsonNode> forks) {
        this.size = size;
        this.forks = forks;
        this.faiss = forks.stream().allMatch(fork -> fork.path("rounds").path(0).has("faiss"));
    }

    /** For machines. */
    ObjectNode row() {
        ObjectNode row = JsonNodeFactory.instance
                .objectNode()
                .put("name", "scan")
                .put("bits", size.bits())
                .put("codes", size.codes());
        put(row, "gb_per_s", speed("distances"));
        put(row, "limit_gb_per_s", speed("limit"));
        put(row, "top_500_gb_per_s", speed("top"));
        put(row, "lucene_gb_per_s", speed("lucene"));
        put(row, "faiss_gb_per_s", faiss ? speed("faiss") : null);
        put(row, "ratio_to_limit", ratio("distances", "limit"));
        put(row, "ratio_to_limit_with_top_500", ratio("top", "limit"));
        put(row, "ratio_to_lucene", ratio("distances", "lucene"));
        put(row, "ratio_to_faiss", faiss ? ratio("top", "faiss") : null);
        put(row, "first_query_ms", firstQuery());
        return row;
    }

    private static void put(ObjectNode row, String name, Spread spread) {
        if (spread == null) {
            row.putNull(name);
            return;
        }
        spread.putInto(row, name);
    }

    /** For readers. */
    String table() {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%n%,d codes of %d bits: median (lowest..highest) of %d processes, %d rounds each%n%-34s %-20s %s%n",
                size.codes(),
                size.bits(),
                forks.size(),
                forks.get(0).path("rounds").size(),
                "",
                "GB/s",
                "of the limit"));
        line(table, "limit (sum of " + forks.get(0).path("limit").asText() + ")", "limit", "");
        line(table, "distances", "distances", "");
        line(table, "distances and top " + ScanFork.TOP, "top", "");
        line(table, "Lucene xorBitCount", "lucene", "distances: " + times(ratio("distances", "lucene")));
        if (faiss) {
            line(
                    table,
                    "Faiss IndexBinaryFlat, top " + ScanFork.TOP,
                    "faiss",
                    "distances and top " + ScanFork.TOP + ": " + times(ratio("top", "faiss")));
        }
        return table.append("first scan of a fresh process, with the top " + ScanFork.TOP + ": "
                        + firstQuery().text(0) + " ms")
                .toString();
    }

    private static String times(Spread ratio) {
        return ratio.text(1) + " times as fast";
    }

    private void line(StringBuilder table, String label, String what, String note) {
        table.append(String.format(
                        Locale.ROOT,
                        "%-34s %-20s %-19s %s",
                        label,
                        speed(what).text(1),
                        ratio(what, "limit").text(2),
                        note)
                .stripTrailing());
        table.append(System.lineSeparator());
    }

    private Spread speed(String what) {
        return spread(round -> size.bytes() / round.path(what).asDouble());
    }

    /** The ratio of two speeds, computed within each round. */
    private Spread ratio(String what, String other) {
        return spread(round -> round.path(other).asDouble() / round.path(what).asDouble());
    }

    private Spread firstQuery() {
        return Spread.of(forks.stream()
                .map(fork -> new double[] {fork.path("first_query_ms").asDouble()})
                .toList());
    }

    private Spread spread(ToDoubleFunction<JsonNode> figure) {
        return Spread.of(forks.stream()
                .map(fork -> StreamSupport.stream(fork.path("rounds").spliterator(), false)
                        .mapToDouble(figure)
                        .toArray())
                .toList());
    }
}
