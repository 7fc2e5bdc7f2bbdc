package io.lookalike.evaluate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parameters that limit the candidates of a search, for each way of choosing them. */
final class CandidateBounds {
    /** As {@code candidates}, this stands for a stock {@code knn} clause. */
    static final String STOCK = "knn";

    private static final Map<String, List<String>> BOUNDS = bounds();

    private CandidateBounds() {}

    private static Map<String, List<String>> bounds() {
        Map<String, List<String>> bounds = new LinkedHashMap<>();
        bounds.put("hamming", List.of("num_candidates", "num_exact", "bits", "max_distance"));
        bounds.put("hnsw", List.of("num_candidates", "num_exact", "max_distance"));
        bounds.put("lsh", List.of("num_candidates", "tables", "min_tables"));
        bounds.put("clusters", List.of("probes", "num_candidates", "num_exact", "bits", "max_distance"));
        bounds.put("all", List.of());
        bounds.put(STOCK, List.of("num_candidates"));
        return bounds;
    }

    /** All ways of choosing candidates. */
    static List<String> kinds() {
        return List.copyOf(BOUNDS.keySet());
    }

    /** The parameters that a way of choosing candidates knows. */
    static List<String> of(String candidates) {
        return BOUNDS.getOrDefault(candidates, List.of());
    }

    /** Removes from a clause the parameters that its way of choosing candidates does not know. */
    static void removeUnknown(Map<String, Object> values, String candidates) {
        List<String> known = of(candidates);
        BOUNDS.values()
                .forEach(all ->
                        all.stream().filter(bound -> !known.contains(bound)).forEach(values::remove));
    }
}
