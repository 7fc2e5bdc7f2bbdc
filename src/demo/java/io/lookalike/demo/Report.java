package io.lookalike.demo;

import io.lookalike.demo.ResultSheet.Figure;
import io.lookalike.demo.ResultSheet.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Formats the figures for readers: the same groups in the table and on the page. Stateless. */
final class Report {
    private Report() {}

    /** Groups of figures from {@link Measurement#rows}. */
    static List<Group> groups(Map<String, Double> rows) {
        List<Figure> found = new ArrayList<>();
        List<Figure> lost = new ArrayList<>();
        for (Alteration kind : Alteration.values()) {
            String row = "duplicate_recall_" + kind.name().toLowerCase(Locale.ROOT);
            (kind.expected() ? found : lost).add(share(rows, row, kind.label(), ""));
        }
        found.add(share(rows, "duplicate_recall", "all of these", ""));
        found.add(share(rows, "duplicate_group_precision", "precision of groups", "_lookalike/duplicates"));
        return List.of(
                new Group(
                        "Similar pictures: precision@10",
                        List.of(
                                share(rows, "precision_at_10", "hash_knn, candidates all", "exact cosine"),
                                share(rows, "hash_precision_at_10", "hash_knn, hamming", "100 candidates"),
                                share(rows, "knn_precision_at_10", "stock knn", "100 candidates"),
                                share(
                                        rows,
                                        "colour_histogram_precision_at_10",
                                        "colour histogram",
                                        "64 bins, for comparison"),
                                share(rows, "hash_recall_at_10", "recall@10 of hamming", "against exact"))),
                new Group("Copies by pHash: recall", found),
                new Group("Copies beyond pHash: recall", lost),
                new Group(
                        "Speed",
                        List.of(
                                number(rows, "images_per_second", "pictures indexed per second"),
                                number(rows, "query_ms_p50", "ms a search by picture, median"))));
    }

    private static Figure share(Map<String, Double> rows, String row, String label, String note) {
        return new Figure(String.format(Locale.ROOT, "%.3f", rows.get(row)), label, note);
    }

    private static Figure number(Map<String, Double> rows, String row, String label) {
        return new Figure(String.format(Locale.ROOT, "%.1f", rows.get(row)), label, "");
    }

    /** The figures as plain text, values in one column. */
    static String table(List<Group> groups) {
        StringBuilder out = new StringBuilder();
        for (Group group : groups) {
            out.append('\n').append(group.title()).append('\n');
            for (Figure figure : group.figures()) {
                String label = figure.note().isEmpty() ? figure.label() : figure.label() + " (" + figure.note() + ")";
                out.append(String.format(Locale.ROOT, "  %-52s %8s%n", label, figure.value()));
            }
        }
        return out.toString();
    }
}
