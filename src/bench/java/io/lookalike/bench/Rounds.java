package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.StreamSupport;

/** The figures of several processes with several rounds each. Immutable. */
record Rounds(List<JsonNode> processes) {
    /**
     * A figure of each round: the median over the processes of the medians over their rounds, and the extremes of all
     * rounds.
     */
    Spread spread(ToDoubleFunction<JsonNode> figure) {
        return Spread.of(processes.stream()
                .map(rounds -> StreamSupport.stream(rounds.spliterator(), false)
                        .mapToDouble(figure)
                        .toArray())
                .toList());
    }

    /** A figure by its name; 0 where a round has none. */
    Spread spread(String name) {
        return spread(round -> round.path(name).asDouble());
    }

    /** The ratio of two figures, computed within each round. */
    Spread ratio(String name, String other) {
        return spread(round -> round.path(name).asDouble() / round.path(other).asDouble());
    }
}
