package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import io.lookalike.query.HashKnnParameters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A {@code hash_knn} or {@code knn} clause of a search, as JSON. Never changed: what changes a value returns a copy.
 *
 * @param kind {@link #HASH_KNN}, {@link #KNN}, or the name of the query that replaces it
 * @param values its parameters
 */
record KnnClause(String kind, Map<String, Object> values) {
    static final String HASH_KNN = "hash_knn";
    static final String KNN = "knn";
    static final List<String> INPUTS =
            List.of("query_vector", "query_vector_builder", "query_image", "query_hash", "like");

    /** A {@code query_vector} that says that the vector is still to be filled in. */
    private static final String PLACEHOLDER = "{{query_vector}}";

    /** Stock {@code knn} has fewer where it does not say, and recalls little. */
    private static final int LEAST_OF_STOCK = 500;

    /** Parameters that belong to the field of the vectors, and go when the field changes. */
    private static final List<String> OF_FIELD =
            List.of("hash_field", "buckets_field", "norm_field", "cluster_field", "encoder");

    @SuppressWarnings("unchecked")
    static KnnClause of(String kind, Map<?, ?> values) {
        return new KnnClause(kind, (Map<String, Object>) values);
    }

    /** The field of vectors. */
    String field() {
        return (String) values.get("field");
    }

    /** Whether it has a field but no vector, picture, code or document to search by. */
    boolean isOpen() {
        return values.get("field") instanceof String
                && INPUTS.stream()
                        .noneMatch(input -> values.containsKey(input) && !PLACEHOLDER.equals(values.get(input)));
    }

    boolean isStock() {
        return kind.equals(KNN);
    }

    /** How candidates are chosen; {@link CandidateBounds#STOCK} for stock {@code knn}. */
    String candidates() {
        return isStock() ? CandidateBounds.STOCK : String.valueOf(values.getOrDefault("candidates", "hamming"));
    }

    /** The same clause on another field. */
    KnnClause withField(String field) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        changed.put("field", field);
        return new KnnClause(kind, changed);
    }

    /**
     * The same clause with other values and k hits.
     *
     * @param changes parameters that the way of choosing candidates does not know are dropped
     */
    KnnClause with(Map<String, Object> changes, int k) {
        boolean toStock = CandidateBounds.STOCK.equals(changes.get("candidates"));
        if (isStock() && (toStock || !changes.containsKey("candidates"))) {
            return stock(values, changes, k);
        }
        return toStock ? asStock(changes, k) : hash(changes, k);
    }

    private static KnnClause stock(Map<String, Object> values, Map<String, Object> changes, int k) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        changed.putAll(changes);
        changed.keySet().removeAll(OF_FIELD);
        changed.remove("candidates");
        CandidateBounds.removeUnknown(changed, CandidateBounds.STOCK);
        changed.put("k", k);
        changed.putIfAbsent(
                "num_candidates", Math.min(HashKnnParameters.MAX_CANDIDATES, Math.max(LEAST_OF_STOCK, 20 * k)));
        return new KnnClause(KNN, changed);
    }

    /** A {@code hash_knn} as stock {@code knn}. */
    private KnnClause asStock(Map<String, Object> changes, int k) {
        for (String key : List.of("metric", "normalize_vectors", "similarity")) {
            if (values.containsKey(key)) {
                throw new IllegalArgumentException(
                        "[" + key + "] of [request] is not known to stock [knn], which compares by the"
                                + " mapping's similarity; leave it out, or leave [knn] out of [sweep.candidates]");
            }
        }
        return stock(kept(List.of("field", "filter", "num_candidates", "boost")), changes, k);
    }

    private KnnClause hash(Map<String, Object> changes, int k) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        if (changes.containsKey("field")) {
            changed.keySet().removeAll(OF_FIELD);
        }
        changed.putAll(changes);
        String candidates = String.valueOf(changed.getOrDefault("candidates", "hamming"));
        changed.put("candidates", candidates);
        CandidateBounds.removeUnknown(changed, candidates);
        changed.put("k", k);
        return new KnnClause(HASH_KNN, changed);
    }

    /**
     * A section {@code knn} as the query {@code hash_knn} that finds the same.
     *
     * @param nested path of the nested object that holds the field; null if none does
     */
    Map<String, Object> sectionAsQuery(String nested) {
        Map<String, Object> hash =
                kept(List.of("field", "filter", "num_candidates", "boost", "query_vector", "query_vector_builder"));
        return inNested(Map.of(HASH_KNN, hash), nested);
    }

    /** @param path null for a field that is not nested */
    static Map<String, Object> inNested(Map<String, Object> query, String path) {
        return path == null ? query : Map.of("nested", Map.of("path", path, "score_mode", "max", "query", query));
    }

    private Map<String, Object> kept(List<String> keys) {
        Map<String, Object> kept = new LinkedHashMap<>();
        for (String key : keys) {
            if (values.containsKey(key)) {
                kept.put(key, values.get(key));
            }
        }
        return kept;
    }

    /** The field of codes beside its vectors. */
    String hashField() {
        return sibling(FieldNames.HASH);
    }

    /** The fields beside its vectors without which it finds no document. */
    Set<String> requiredFields() {
        Set<String> required = new LinkedHashSet<>();
        Object metric = values.get("metric");
        if (List.of("hamming", "hnsw", "clusters").contains(candidates()) || "hamming".equals(metric)) {
            required.add(hashField());
        }
        if (candidates().equals("clusters")) {
            required.add(sibling(FieldNames.CLUSTER));
        }
        if (candidates().equals("lsh") || "tables".equals(metric)) {
            required.add(sibling(FieldNames.BUCKETS));
        }
        return required;
    }

    private String sibling(String name) {
        return values.get(name + "_field") instanceof String given ? given : FieldNames.sibling(field(), name);
    }

    /**
     * Filled in with a document.
     *
     * @param more hits that are added to k
     * @param filters added to those of the clause
     */
    KnnClause filled(QueryDocument document, int more, List<Object> filters) {
        Map<String, Object> filled = new LinkedHashMap<>(values);
        INPUTS.forEach(filled::remove);
        Map<String, Object> like = isStock() ? null : document.like(field());
        if (like != null) {
            filled.put("like", like);
            filled.put("include_self", true);
        } else {
            filled.put("query_vector", document.vector(field()));
            String code = isStock() ? null : document.code(field());
            if (code != null) {
                filled.put("query_hash", code);
            }
        }
        if (more > 0 && filled.get("k") instanceof Number k) {
            filled.put("k", k.intValue() + more);
        }
        if (!filters.isEmpty()) {
            filled.put("filter", joined(filled.get("filter"), filters));
        }
        return new KnnClause(kind, filled);
    }

    /** @param filters one, several or null */
    static List<Object> joined(Object filters, List<Object> more) {
        List<Object> joined = new ArrayList<>(more);
        joined.addAll(filters == null ? List.of() : filters instanceof List<?> list ? list : List.of(filters));
        return joined;
    }
}
