package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** The figures of all processes with and without filters, as written by {@link FilterFork}. Immutable. */
final class FilterFigures {
    private static final List<String> STAGES = List.of("accept", "candidates", "score");

    private final List<JsonNode> forks;

    FilterFigures(List<JsonNode> forks) {
        this.forks = forks;
    }

    /** For machines. */
    ObjectNode row(double share) {
        String filter = MixtureIndex.term(share);
        ObjectNode row =
                JsonNodeFactory.instance.objectNode().put("name", "filter").put("kept", share);
        row.put("documents_kept", forks.getFirst().path("kept").path(filter).asLong());
        row.put("same_as_brute_force", sameAsBruteForce(filter));
        p50(filter).putInto(row, "p50_ms");
        p50(FilterFork.UNFILTERED).putInto(row, "unfiltered_p50_ms");
        ratio(filter).putInto(row, "ratio_to_unfiltered");
        return row;
    }

    /** For readers. */
    String table() {
        StringBuilder table = new StringBuilder();
        line(
                table,
                "kept",
                "documents",
                "p50 ms",
                "times unfiltered",
                "accept ms",
                "candidates ms",
                "score ms",
                "hits");
        line(table, FilterFork.UNFILTERED, "");
        for (double share : FilterBenchmark.SHARES) {
            String filter = MixtureIndex.term(share);
            line(
                    table,
                    filter,
                    String.format(
                            Locale.ROOT,
                            "%,d",
                            forks.getFirst().path("kept").path(filter).asLong()));
        }
        return table.toString().stripTrailing();
    }

    private void line(StringBuilder table, String filter, String documents) {
        line(
                table,
                filter,
                documents,
                p50(filter).text(2),
                ratio(filter).text(2),
                stage(filter, STAGES.get(0)).text(2),
                stage(filter, STAGES.get(1)).text(2),
                stage(filter, STAGES.get(2)).text(2),
                sameAsBruteForce(filter) ? "as by brute force" : "NOT as by brute force");
    }

    private static void line(StringBuilder table, String... columns) {
        table.append(String.format(Locale.ROOT, "%-11s %-10s %-20s %-18s %-18s %-20s %-18s %s%n", (Object[]) columns));
    }

    private boolean sameAsBruteForce(String filter) {
        return forks.stream().allMatch(fork -> fork.path("same").path(filter).asBoolean());
    }

    private Spread p50(String filter) {
        return stage(filter, StagedSearcher.P50);
    }

    private Spread stage(String filter, String stage) {
        return rounds().spread(round -> round.path(filter).path(stage).asDouble());
    }

    private Spread ratio(String filter) {
        return rounds().spread(round -> round.path(filter)
                        .path(StagedSearcher.P50)
                        .asDouble()
                / round.path(FilterFork.UNFILTERED).path(StagedSearcher.P50).asDouble());
    }

    private Rounds rounds() {
        return new Rounds(forks.stream().map(fork -> fork.path("rounds")).toList());
    }
}
