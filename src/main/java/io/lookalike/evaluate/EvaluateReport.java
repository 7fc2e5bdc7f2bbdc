package io.lookalike.evaluate;

import io.lookalike.query.HashKnnParameters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of an evaluation. Figures that were not measured are NaN and not shown. Immutable.
 *
 * @param millis that it took
 * @param k evaluated hits of each search
 * @param queries number of documents that served as queries
 * @param unanswered number of further queries for which even the exact search finds nothing
 * @param target the recall that the cheapest setting must reach
 * @param labels figures of the labels; null without labels
 * @param exact the exact answers, one for each field
 * @param codes null without a table of codes
 * @param warnings of documents that the searches pass over
 */
record EvaluateReport(
        long millis,
        int k,
        int queries,
        int unanswered,
        long seed,
        double target,
        Map<String, Object> labels,
        List<Row> exact,
        List<Row> settings,
        CodeTable codes,
        List<String> warnings) {

    /**
     * The figures of one setting.
     *
     * @param setting what distinguishes it from others
     * @param request its search, without the vector
     * @param recallError the standard error of the recall
     * @param documents number of documents that the search can find
     * @param codes codes, or postings of buckets, that a search looked at
     * @param share share of the documents with codes or buckets that a search looked at
     * @param vectors vectors that a search read
     */
    record Row(
            Map<String, Object> setting,
            Map<String, Object> request,
            double recall,
            double recallError,
            double precision,
            double averagePrecision,
            double p50,
            double p99,
            long documents,
            double codes,
            double share,
            double vectors) {

        /** A parameter that limits the candidates; {@code none} without it. */
        private int bound(String name, int none) {
            return setting.get(name) instanceof Number value ? value.intValue() : none;
        }

        /** Without a number, as many are scored as each shard's documents ask for. */
        private boolean mayHaveMoreCandidates(String candidates) {
            long most = Math.min(HashKnnParameters.MAX_CANDIDATES, documents);
            return CandidateBounds.of(candidates).contains("num_candidates")
                    && (setting.containsKey("num_candidates") ? bound("num_candidates", 0) < most : !(vectors >= most));
        }

        private Map<String, Object> toMap(boolean exact) {
            Map<String, Object> map = new LinkedHashMap<>();
            if (exact) {
                map.put("field", setting.get("field"));
                map.put("documents", documents);
            } else {
                map.put("setting", setting);
                put(map, "recall", recall, 5);
                put(map, "recall_error", recallError, 5);
            }
            put(map, "precision", precision, 5);
            put(map, "map", averagePrecision, 5);
            put(map, "p50_ms", p50, 3);
            put(map, "p99_ms", p99, 3);
            if (!exact) {
                put(map, "codes", codes, 0);
                put(map, "codes_share", share, 5);
                put(map, "vectors", vectors, 0);
            }
            return map;
        }
    }

    /**
     * Figures by code length.
     *
     * @param documents number of documents that were searched
     * @param learned number of these that codes were learned from
     * @param recalls by number of bits, then by method; NaN if the method makes no such code
     * @param reasons why not, by method
     * @param rankings null without labels
     */
    record CodeTable(
            String field,
            int dims,
            int documents,
            int learned,
            int queries,
            int numCandidates,
            List<String> methods,
            Map<Integer, Map<String, Double>> recalls,
            Map<String, String> reasons,
            Rankings rankings) {

        private Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("field", field);
            map.put("dims", dims);
            map.put("documents", documents);
            map.put("learned_from", learned);
            map.put("queries", queries);
            map.put("num_candidates", numCandidates);
            map.put("table", rows(recalls));
            if (rankings != null) {
                map.put("queries_ranked", rankings.queries);
                map.put("map", rows(rankings.averagePrecisions));
                map.put("precision_at_k", rows(rankings.precisions));
            }
            if (!reasons.isEmpty()) {
                map.put("missing", reasons);
            }
            return map;
        }

        private List<Object> rows(Map<Integer, Map<String, Double>> figures) {
            List<Object> rows = new ArrayList<>();
            figures.forEach((bits, row) -> {
                Map<String, Object> cells = new LinkedHashMap<>();
                cells.put("bits", bits);
                methods.forEach(method -> cells.put(method, rounded(row.get(method), 5)));
                rows.add(cells);
            });
            return rows;
        }
    }

    /**
     * How documents are ranked by code alone, judged by labels. Figures are by number of bits, then by method, as
     * recalls are.
     *
     * @param queries number of queries that share a label with a document
     * @param averagePrecisions the means over these queries
     * @param precisions of the first k, the means over these queries
     */
    record Rankings(
            int queries,
            Map<Integer, Map<String, Double>> averagePrecisions,
            Map<Integer, Map<String, Double>> precisions) {}

    static void put(Map<String, Object> map, String key, double value, int decimals) {
        Object rounded = rounded(value, decimals);
        if (rounded != null) {
            map.put(key, rounded);
        }
    }

    private static Object rounded(Double value, int decimals) {
        if (value == null || value.isNaN()) {
            return null;
        }
        double scale = Math.pow(10, decimals);
        double rounded = Math.round(value * scale) / scale;
        return decimals == 0 ? (Object) (long) rounded : rounded;
    }

    /** The setting with the least median time among those that reach the wanted recall; null if none does. */
    Row cheapest() {
        return settings.stream()
                .filter(row -> row.recall >= target)
                .min(Comparator.comparingDouble(Row::p50).thenComparing(Row::recall, Comparator.reverseOrder()))
                .orElse(null);
    }

    /** The setting with the greatest recall; the fastest of several. */
    Row best() {
        return settings.stream()
                .max(Comparator.comparingDouble(Row::recall).thenComparing(Row::p50, Comparator.reverseOrder()))
                .orElseThrow();
    }

    private String advice() {
        Row best = best();
        return "no setting recalls [" + target + "]; the best, " + best.setting + ", recalls ["
                + rounded(best.recall, 5) + "]: try " + String.join(", ", remedies(best));
    }

    /** Changes of a setting that may raise its recall, as far as they are possible. */
    private static List<String> remedies(Row row) {
        List<String> remedies = new ArrayList<>();
        String candidates = String.valueOf(row.setting.get("candidates"));
        boolean buckets = candidates.equals("lsh");
        boolean stock = candidates.equals(CandidateBounds.STOCK);
        if (row.mayHaveMoreCandidates(candidates)) {
            remedies.add("a greater [num_candidates]");
        }
        if (row.bound("num_exact", Integer.MAX_VALUE) < row.bound("num_candidates", 0)) {
            remedies.add("a greater [num_exact]");
        }
        if (candidates.equals("clusters") && !(row.share >= 1)) {
            remedies.add("more [probes]");
        }
        for (String bound : List.of("bits", "max_distance", "tables")) {
            if (row.setting.containsKey(bound)) {
                remedies.add("leaving out [" + bound + "]");
            }
        }
        if (row.bound("min_tables", 1) > 1) {
            remedies.add("a smaller [min_tables]");
        }
        remedies.add(
                buckets
                        ? "more tables with fewer bits in the encoder's [buckets]"
                        : stock
                                ? "[hash_knn], whose [candidates] [all] miss none"
                                : "an encoder with more bits or learned codes (see [codes])");
        return remedies;
    }

    /** As JSON. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("took", millis);
        map.put("k", k);
        map.put("queries", queries);
        if (unanswered > 0) {
            map.put("queries_without_hits", unanswered);
        }
        map.put("seed", seed);
        if (!warnings.isEmpty()) {
            map.put("warnings", warnings);
        }
        if (labels != null) {
            map.put("labels", labels);
        }
        map.put("exact", exact.stream().map(row -> row.toMap(true)).toList());
        map.put("settings", settings.stream().map(row -> row.toMap(false)).toList());
        Row cheapest = cheapest();
        map.put("recall_wanted", target);
        if (cheapest == null) {
            map.put("cheapest", null);
            map.put("best", best().toMap(false));
            map.put("advice", advice());
        } else {
            Map<String, Object> found = cheapest.toMap(false);
            found.put("request", cheapest.request);
            map.put("cheapest", found);
        }
        if (codes != null) {
            map.put("codes", codes.toMap());
        }
        return map;
    }
}
