package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** The figures of all processes for one size of index, as written by {@link ScaleFork}. Immutable. */
final class ScaleFigures {
    private static final String CANDIDATES = "candidates";

    private final int codes;
    private final List<JsonNode> forks;
    private final Rounds rounds;

    ScaleFigures(int codes, List<JsonNode> forks) {
        this.codes = codes;
        this.forks =
                forks.stream().map(fork -> fork.path(Integer.toString(codes))).toList();
        this.rounds =
                new Rounds(this.forks.stream().map(size -> size.path("rounds")).toList());
    }

    double p50() {
        return rounds.spread(StagedSearcher.P50).median();
    }

    /** For machines. */
    ObjectNode row() {
        ObjectNode row =
                JsonNodeFactory.instance.objectNode().put("name", "scale").put("codes", codes);
        rounds.spread(CANDIDATES).putInto(row, "candidates_ms");
        rounds.spread(ScaleFork.READ).putInto(row, "read_codes_ms");
        rounds.ratio(CANDIDATES, ScaleFork.READ).putInto(row, "times_reading_codes");
        rounds.spread("score").putInto(row, "score_ms");
        rounds.spread(StagedSearcher.P50).putInto(row, "p50_ms");
        each("bytes").putInto(row, "bytes_per_document");
        each("heap_bytes").putInto(row, "heap_bytes_per_document");
        return row;
    }

    static String heading() {
        return line("codes", "read codes ms", "candidates ms", "times", "score ms", "p50 ms", "bytes", "of heap");
    }

    /** For readers; under the heading. */
    String line() {
        return line(
                String.format(Locale.ROOT, "%,d", codes),
                rounds.spread(ScaleFork.READ).text(2),
                rounds.spread(CANDIDATES).text(2),
                rounds.ratio(CANDIDATES, ScaleFork.READ).text(2),
                rounds.spread("score").text(2),
                rounds.spread(StagedSearcher.P50).text(2),
                String.format(Locale.ROOT, "%.1f", each("bytes").median()),
                String.format(Locale.ROOT, "%.2f", each("heap_bytes").median()));
    }

    private static String line(String... columns) {
        return String.format(Locale.ROOT, "%-10s %-20s %-20s %-18s %-18s %-20s %6s %8s", (Object[]) columns);
    }

    /** A figure of each process, divided by the number of documents. */
    private Spread each(String name) {
        return Spread.of(List.of(forks.stream()
                .mapToDouble(fork -> fork.path(name).asDouble() / codes)
                .toArray()));
    }

    /** The growth of the search time from the first size to the last. */
    static String growth(ScaleFigures... sizes) {
        ScaleFigures first = sizes[0];
        ScaleFigures last = sizes[sizes.length - 1];
        return String.format(
                Locale.ROOT,
                "from %,d to %,d codes, %.2f times as many, the p50 grows %.2f times",
                first.codes,
                last.codes,
                (double) last.codes / first.codes,
                last.p50() / first.p50());
    }
}
