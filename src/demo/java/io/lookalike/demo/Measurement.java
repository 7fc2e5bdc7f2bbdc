package io.lookalike.demo;

import io.lookalike.demo.Searches.Hit;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The figures of a demonstration, computed from the answers to its queries.
 *
 * <p>A similar picture is right if it has the query's class. Precision is the share of right ones among ten, so a class
 * of fewer than eleven pictures cannot reach 1. A copy is found if the search for copies returns it. A picture is
 * rightly in a group of copies if the group holds another version of the same original. Immutable.
 *
 * @param pictures everything in the index, originals and copies, by id
 * @param answers the answers to each query
 * @param groups all groups of copies in the index, by the ids of their members
 * @param histogram for each query the classes of its ten nearest by colour histogram
 */
record Measurement(
        Map<String, Picture> pictures, List<Answers> answers, List<Set<String>> groups, List<List<String>> histogram) {
    /** The answers to one query picture, best first; {@code millis} is the time of the hash_knn search. */
    record Answers(
            Picture query, List<Hit> hash, List<Hit> exact, List<Hit> knn, List<Hit> duplicates, double millis) {}

    /** Mean share of right pictures among the first ten. */
    double precision(Function<Answers, List<Hit>> search) {
        return answers.stream()
                .mapToDouble(a -> search.apply(a).stream()
                                .filter(hit -> clazz(hit).equals(a.query().clazz()))
                                .count()
                        / (double) Searches.K)
                .average()
                .orElse(Double.NaN);
    }

    /** The same for the colour histogram. */
    double histogramPrecision() {
        double right = 0;
        for (int i = 0; i < answers.size(); i++) {
            String clazz = answers.get(i).query().clazz();
            right += histogram.get(i).stream().filter(clazz::equals).count();
        }
        return right / (answers.size() * Searches.K);
    }

    /** Mean share of the exact ten nearest that hash_knn returns. */
    double hashRecall() {
        return answers.stream()
                .filter(a -> !a.exact().isEmpty())
                .mapToDouble(a -> {
                    Set<String> truth =
                            new HashSet<>(a.exact().stream().map(Hit::id).toList());
                    return a.hash().stream()
                                    .filter(hit -> truth.contains(hit.id()))
                                    .count()
                            / (double) truth.size();
                })
                .average()
                .orElse(Double.NaN);
    }

    /** Share of the copies of these kinds that were found. */
    double duplicateRecall(Alteration... kinds) {
        Set<String> labels =
                new HashSet<>(Arrays.stream(kinds).map(Alteration::label).toList());
        long made = 0;
        long found = 0;
        for (Answers a : answers) {
            Set<String> hits =
                    new HashSet<>(a.duplicates().stream().map(Hit::id).toList());
            for (Picture picture : pictures.values()) {
                if (labels.contains(picture.kind())
                        && picture.copyOf().equals(a.query().id())) {
                    made++;
                    found += hits.contains(picture.id()) ? 1 : 0;
                }
            }
        }
        return (double) found / made;
    }

    /** Share of the pictures in groups that are the same picture as another one in their group. */
    double groupPrecision() {
        long grouped = 0;
        long right = 0;
        for (Set<String> group : groups) {
            List<String> originals =
                    group.stream().map(id -> pictures.get(id).copyOf()).toList();
            grouped += originals.size();
            right += originals.stream()
                    .filter(original -> Collections.frequency(originals, original) > 1)
                    .count();
        }
        return grouped == 0 ? 1 : (double) right / grouped;
    }

    double medianMillis() {
        double[] sorted = answers.stream().mapToDouble(Answers::millis).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    boolean isCopy(Picture picture, Picture query) {
        return picture.copyOf().equals(query.id());
    }

    String clazz(Hit hit) {
        return pictures.get(hit.id()).clazz();
    }

    /** All figures by the name under which they are written. */
    Map<String, Double> rows(double imagesPerSecond) {
        Map<String, Double> rows = new LinkedHashMap<>();
        rows.put("precision_at_10", precision(Answers::exact));
        rows.put("hash_precision_at_10", precision(Answers::hash));
        rows.put("hash_recall_at_10", hashRecall());
        rows.put("knn_precision_at_10", precision(Answers::knn));
        rows.put("colour_histogram_precision_at_10", histogramPrecision());
        rows.put("duplicate_recall", duplicateRecall(expected()));
        rows.put("duplicate_group_precision", groupPrecision());
        for (Alteration kind : Alteration.values()) {
            rows.put("duplicate_recall_" + kind.name().toLowerCase(Locale.ROOT), duplicateRecall(kind));
        }
        rows.put("images_per_second", imagesPerSecond);
        rows.put("query_ms_p50", medianMillis());
        return rows;
    }

    private static Alteration[] expected() {
        return Arrays.stream(Alteration.values()).filter(Alteration::expected).toArray(Alteration[]::new);
    }
}
