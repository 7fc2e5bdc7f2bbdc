package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Rows that say what a figure is compared with, and what it should reach. Stateless. */
final class ReachRows {
    private ReachRows() {}

    /**
     * A row.
     *
     * @param baseline null for none
     * @param better {@code higher} or {@code lower}
     */
    static ObjectNode row(String name, double value, Double baseline, double reach, String better) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("value", value)
                .put("baseline", baseline)
                .put("reach", reach)
                .put("better", better);
    }

    /** Prints rows as a table. */
    static void print(List<ObjectNode> rows, Consumer<String> say) {
        say.accept(String.format(Locale.ROOT, "%-38s %10s %10s %10s", "name", "value", "baseline", "reach"));
        rows.forEach(row -> say.accept(String.format(
                Locale.ROOT,
                "%-38s %10.4f %10s %10.4f",
                row.path("name").asText(),
                row.path("value").asDouble(),
                row.path("baseline").isNull()
                        ? ""
                        : String.format(
                                Locale.ROOT, "%.4f", row.path("baseline").asDouble()),
                row.path("reach").asDouble())));
    }
}
