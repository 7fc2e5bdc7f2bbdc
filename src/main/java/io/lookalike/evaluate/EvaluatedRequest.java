package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Values;
import io.lookalike.task.LongRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A search whose answers are judged: a body of {@code _search} in whose {@code hash_knn} and {@code knn} clauses there
 * is a place for the vector searched by.
 *
 * <p>Works on the JSON, not on queries, so that a clause is found wherever it stands: in {@code bool}, in
 * {@code nested}, or as the section {@code knn}. A clause that brings what it searches by is left as it is. Immutable:
 * whatever changes something answers a copy.
 */
public final class EvaluatedRequest {
    static final String HASH_KNN = "hash_knn";
    static final String KNN = "knn";
    /** As {@code candidates}, this stands for a stock knn clause. */
    static final String STOCK = KNN;

    private static final String PLACE = "{{query_vector}}";
    static final int MAX_CANDIDATES = 10_000;
    private static final int LEAST_CANDIDATES = 500;
    private static final int CANDIDATES_PER_HIT = 20;

    private static final List<String> BODY = List.of("query", KNN, "rescore", "post_filter", "min_score");
    private static final List<String> INPUTS =
            List.of("query_vector", "query_vector_builder", "query_image", "query_hash", "like");
    /** What bounds candidates, by how they are chosen. */
    private static final Map<String, List<String>> BOUNDS = bounds();

    /** Fields that lie beside the one of the vectors, and what made it. */
    private static final List<String> SIBLINGS =
            List.of("hash_field", "buckets_field", "norm_field", "cluster_field", "encoder");

    private final Map<String, Object> body;

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

    private EvaluatedRequest(Map<String, Object> body) {
        this.body = body;
    }

    /**
     * @param request a query, or a body of {@code _search} with {@code query} or {@code knn}
     * @throws IllegalArgumentException unless there is a clause to be filled
     */
    @SuppressWarnings("unchecked")
    static EvaluatedRequest of(Object request) {
        if (!(request instanceof Map<?, ?> map) || map.isEmpty()) {
            throw new IllegalArgumentException(
                    "[request] must be the search to judge, such as {\"hash_knn\": {\"field\": \"photo.vector\"}}; "
                            + "got ["
                            + Values.show(request) + "]");
        }
        Map<String, Object> body = (Map<String, Object>) map;
        if (!body.containsKey("query") && !body.containsKey(KNN)) {
            body = Map.of("query", body);
        }
        for (String key : new TreeSet<>(body.keySet())) {
            if (!BODY.contains(key)) {
                throw new IllegalArgumentException("[request] takes a query, or of a search body " + BODY + "; got ["
                        + Values.cut(key) + "]"
                        + (key.equals("size") ? ": [k] beside [request] says how many hits are judged" : ""));
            }
        }
        EvaluatedRequest judged = new EvaluatedRequest(body);
        if (judged.clauses().isEmpty()) {
            throw new IllegalArgumentException("[request] needs a [hash_knn] or [knn] clause with [field] and without "
                    + INPUTS.subList(0, 4) + " or [like]: documents of the index are what it is searched by");
        }
        for (Clause clause : judged.clauses()) {
            clause.values.forEach((key, value) -> {
                if (value instanceof String name) {
                    LongRequest.name("request." + Values.cut(key), name);
                }
            });
            if (clause.kind.equals(KNN) && clause.values.containsKey("similarity")) {
                throw new IllegalArgumentException(
                        "[similarity] of a stock [knn] cannot be judged; leave it out, or use [hash_knn], whose "
                                + "[similarity] is a score");
            }
        }
        return judged;
    }

    /** With other fields of vectors. */
    EvaluatedRequest withFields(UnaryOperator<String> field) {
        return new EvaluatedRequest(changed(body, clause -> {
            Map<String, Object> values = new LinkedHashMap<>(clause.values);
            values.put("field", field.apply(clause.field()));
            return new Clause(clause.kind, values);
        }));
    }

    /** A clause of a kind. */
    private record Clause(String kind, Map<String, Object> values) {
        String field() {
            return (String) values.get("field");
        }

        boolean isJudged() {
            return values.get("field") instanceof String
                    && INPUTS.stream()
                            .noneMatch(input -> values.containsKey(input) && !PLACE.equals(values.get(input)));
        }

        String candidates() {
            return kind.equals(KNN) ? STOCK : String.valueOf(values.getOrDefault("candidates", "hamming"));
        }
    }

    private List<Clause> clauses() {
        List<Clause> clauses = new ArrayList<>();
        changed(body, clause -> {
            clauses.add(clause);
            return clause;
        });
        return clauses;
    }

    /** The fields of vectors that it searches, each once. */
    List<String> fields() {
        return clauses().stream().map(Clause::field).distinct().toList();
    }

    /** How many clauses there are to be filled. */
    int size() {
        return clauses().size();
    }

    /** Whether there is one clause and no query around it but {@code nested}. */
    boolean isAlone() {
        if (size() > 1 || body.size() > 1) {
            return false;
        }
        Object query = body.get("query");
        if (query instanceof Map<?, ?> outer && outer.get("nested") instanceof Map<?, ?> nested) {
            query = nested.get("query");
        }
        return body.containsKey(KNN)
                || (query instanceof Map<?, ?> only && (only.containsKey(HASH_KNN) || only.containsKey(KNN)));
    }

    /** The value of a key of its first clause, null without one. */
    Object first(String key) {
        return clauses().getFirst().values.get(key);
    }

    /** How candidates are chosen; {@link #STOCK} for a stock clause. */
    String candidates() {
        return clauses().getFirst().candidates();
    }

    static List<String> kindsOfCandidates() {
        return List.copyOf(BOUNDS.keySet());
    }

    /** What bounds candidates that are chosen so. */
    static List<String> boundsOf(String candidates) {
        return BOUNDS.getOrDefault(candidates, List.of());
    }

    /** Whether stock knn answers, whose scores may be those of quantised vectors. */
    boolean isStock() {
        return clauses().stream().anyMatch(clause -> clause.kind.equals(KNN));
    }

    /** Of each field of vectors the field of codes beside it. */
    Map<String, String> codeFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        for (Clause clause : clauses()) {
            fields.put(
                    clause.field(),
                    String.valueOf(clause.values.getOrDefault(
                            "hash_field", FieldNames.sibling(clause.field(), FieldNames.HASH))));
        }
        return fields;
    }

    /** Of each field of vectors the encoder that its clause names. */
    Map<String, String> encoders() {
        Map<String, String> encoders = new LinkedHashMap<>();
        for (Clause clause : clauses()) {
            if (clause.values.get("encoder") instanceof String id) {
                encoders.put(clause.field(), id);
            }
        }
        return encoders;
    }

    /** What tells this setting from others. */
    Map<String, Object> shown() {
        Clause first = clauses().getFirst();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("field", first.field());
        shown.put("candidates", first.candidates());
        for (String bound : boundsOf(first.candidates())) {
            if (first.values.containsKey(bound)) {
                shown.put(bound, first.values.get(bound));
            }
        }
        return shown;
    }

    /** Itself as a user may send it, but for the vector. */
    Map<String, Object> body() {
        return body;
    }

    /**
     * With other values in its clauses, and so many hits.
     *
     * @param values what bounds candidates that are not chosen so is left out
     */
    EvaluatedRequest with(Map<String, Object> values, int k) {
        boolean stock = STOCK.equals(values.get("candidates"));
        EvaluatedRequest request = values.containsKey("candidates") && !stock ? inQuery(Map.of()) : this;
        return new EvaluatedRequest(changed(
                request.body,
                clause -> clause.kind.equals(KNN) && (stock || !values.containsKey("candidates"))
                        ? stock(clause, values, k)
                        : stock ? asStock(clause, values, k) : hash(clause, values, k)));
    }

    private static Clause stock(Clause clause, Map<String, Object> values, int k) {
        Map<String, Object> changed = new LinkedHashMap<>(clause.values);
        changed.putAll(values);
        changed.keySet().removeAll(SIBLINGS);
        changed.remove("candidates");
        for (String bound : List.of("num_exact", "bits", "max_distance", "tables", "min_tables", "probes")) {
            changed.remove(bound);
        }
        changed.put("k", k);
        changed.putIfAbsent(
                "num_candidates", Math.min(MAX_CANDIDATES, Math.max(LEAST_CANDIDATES, CANDIDATES_PER_HIT * k)));
        return new Clause(KNN, changed);
    }

    private static Clause asStock(Clause clause, Map<String, Object> values, int k) {
        for (String key : List.of("metric", "normalize_vectors", "similarity")) {
            if (clause.values.containsKey(key)) {
                throw new IllegalArgumentException(
                        "[" + key + "] of [request] is not known to stock [knn], which compares by the"
                                + " mapping's similarity; leave it out, or leave [knn] out of [sweep.candidates]");
            }
        }
        Map<String, Object> kept = new LinkedHashMap<>();
        for (String key : List.of("field", "filter", "num_candidates", "boost")) {
            if (clause.values.containsKey(key)) {
                kept.put(key, clause.values.get(key));
            }
        }
        return stock(new Clause(KNN, kept), values, k);
    }

    private static Clause hash(Clause clause, Map<String, Object> values, int k) {
        Map<String, Object> changed = new LinkedHashMap<>(clause.values);
        if (values.containsKey("field")) {
            changed.keySet().removeAll(SIBLINGS);
        }
        changed.putAll(values);
        String candidates = String.valueOf(changed.getOrDefault("candidates", "hamming"));
        changed.put("candidates", candidates);
        List<String> bounds = boundsOf(candidates);
        BOUNDS.values()
                .forEach(all ->
                        all.stream().filter(bound -> !bounds.contains(bound)).forEach(changed::remove));
        changed.put("k", k);
        if (bounds.contains("num_candidates")) {
            changed.putIfAbsent(
                    "num_candidates", Math.min(MAX_CANDIDATES, Math.max(LEAST_CANDIDATES, CANDIDATES_PER_HIT * k)));
        }
        return new Clause(HASH_KNN, changed);
    }

    /**
     * The same search with every document scored exactly.
     *
     * @param nested of fields that lie in nested objects, these objects' paths
     */
    EvaluatedRequest exact(Map<String, String> nested, int k) {
        return inQuery(nested).with(Map.of("candidates", "all"), k);
    }

    /** With its sections {@code knn} as {@code hash_knn} in its query, where they find the same. */
    private EvaluatedRequest inQuery(Map<String, String> nested) {
        Map<String, Object> moved = new LinkedHashMap<>(body);
        Object sections = moved.remove(KNN);
        if (sections == null) {
            return this;
        }
        List<Object> should = new ArrayList<>();
        if (moved.get("query") != null) {
            should.add(moved.get("query"));
        }
        for (Object section : sections instanceof List<?> list ? list : List.of(sections)) {
            should.add(section instanceof Map<?, ?> values ? inQuery(clause(KNN, values), nested) : section);
        }
        moved.put("query", should.size() == 1 ? should.getFirst() : Map.of("bool", Map.of("should", should)));
        return new EvaluatedRequest(moved);
    }

    private static Object inQuery(Clause clause, Map<String, String> nested) {
        Map<String, Object> kept = new LinkedHashMap<>();
        for (String key :
                List.of("field", "filter", "num_candidates", "boost", "query_vector", "query_vector_builder")) {
            if (clause.values.containsKey(key)) {
                kept.put(key, clause.values.get(key));
            }
        }
        return inNested(Map.of(HASH_KNN, kept), nested.get(clause.field()));
    }

    private static Map<String, Object> inNested(Map<String, Object> query, String path) {
        return path == null ? query : Map.of("nested", Map.of("path", path, "score_mode", "max", "query", query));
    }

    /**
     * A lone {@code hash_knn} over a nested field is put into the {@code nested} query that it needs; all else stays.
     */
    EvaluatedRequest inNested(Map<String, String> nested) {
        if (body.get("query") instanceof Map<?, ?> query
                && query.size() == 1
                && query.get(HASH_KNN) instanceof Map<?, ?> values
                && nested.get(clause(HASH_KNN, values).field()) != null) {
            Map<String, Object> changed = new LinkedHashMap<>(body);
            changed.put(
                    "query",
                    inNested(
                            Map.of(HASH_KNN, values),
                            nested.get(clause(HASH_KNN, values).field())));
            return new EvaluatedRequest(changed);
        }
        return this;
    }

    /**
     * The query for every document that it could find.
     *
     * @param made of fields of vectors the fingerprints that are asked for
     */
    Object matching(Map<String, String> nested, Map<String, String> made) {
        return matching(nested, made, null);
    }

    /** The query for those of them that lack a field beside their vectors. */
    Object lacking(Map<String, String> nested, Map<String, String> made, String part) {
        return matching(nested, made, Map.of("exists", Map.of("field", part)));
    }

    /** The query for every document that it leaves out for a fingerprint. */
    Object leftOut(Map<String, String> nested, String field, String fingerprint) {
        return matching(
                nested, Map.of(), Map.of("term", Map.of(FieldNames.sibling(field, FieldNames.ENCODER), fingerprint)));
    }

    private Object matching(Map<String, String> nested, Map<String, String> made, Object without) {
        return changedKeys(inQuery(nested).body.get("query"), clause -> {
            List<Object> filters = new ArrayList<>();
            filters.add(Map.of("exists", Map.of("field", clause.field())));
            String fingerprint = made.get(clause.field());
            if (fingerprint != null) {
                filters.add(
                        Map.of("term", Map.of(FieldNames.sibling(clause.field(), FieldNames.ENCODER), fingerprint)));
            }
            Map<String, Object> bool = new LinkedHashMap<>();
            bool.put("filter", joined(clause.values.get("filter"), filters));
            if (without != null) {
                bool.put("must_not", List.of(without));
            }
            return new Clause("bool", bool);
        });
    }

    /** Fields beside the vectors of its first clause without which that finds no document. */
    Set<String> parts() {
        Clause first = clauses().getFirst();
        Set<String> parts = new LinkedHashSet<>();
        Object metric = first.values.get("metric");
        if (List.of("hamming", "hnsw", "clusters").contains(first.candidates()) || "hamming".equals(metric)) {
            parts.add(part(first, "hash"));
        }
        if (first.candidates().equals("clusters")) {
            parts.add(part(first, "cluster"));
        }
        if (first.candidates().equals("lsh") || "tables".equals(metric)) {
            parts.add(part(first, "buckets"));
        }
        return parts;
    }

    private static String part(Clause clause, String name) {
        return clause.values.get(name + "_field") instanceof String given
                ? given
                : FieldNames.sibling(clause.field(), name);
    }

    /** @param filters one, several or null */
    private static List<Object> joined(Object filters, List<Object> more) {
        List<Object> joined = new ArrayList<>(more);
        joined.addAll(filters == null ? List.of() : filters instanceof List<?> list ? list : List.of(filters));
        return joined;
    }

    /** A document that is searched by: of each field of vectors what takes the place of the vector. */
    interface Searched {
        /** The vector. */
        List<Float> vector(String field);

        /** Its code in hex; null where it is not known. */
        String code(String field);

        /** Itself, as {@code like} names it, where its vector would be taken for another; else null. */
        Map<String, Object> like(String field);

        /** The query that finds it alone. */
        Map<String, Object> itself();
    }

    /** Searched by a document, which may find itself. */
    Map<String, Object> filled(Searched document) {
        return filled(document, 0, List.of());
    }

    /**
     * Searched by a document that is left out: what is found is what would be if the index did not hold it, on however
     * many shards.
     *
     * @param more how many hits are added
     */
    Map<String, Object> filledWithout(Searched document, int more) {
        List<Object> others = List.of(Map.of("bool", Map.of("must_not", List.of(document.itself()))));
        Map<String, Object> filled = filled(document, more, others);
        // clauses beside those that are filled may find it
        filled.put("post_filter", Map.of("bool", Map.of("filter", joined(body.get("post_filter"), others))));
        return filled;
    }

    private Map<String, Object> filled(Searched document, int more, List<Object> others) {
        return changed(body, clause -> {
            Map<String, Object> filled = new LinkedHashMap<>(clause.values);
            INPUTS.forEach(filled::remove);
            Map<String, Object> like = clause.kind.equals(HASH_KNN) ? document.like(clause.field()) : null;
            if (like != null) {
                filled.put("like", like);
                filled.put("include_self", true);
            } else {
                filled.put("query_vector", document.vector(clause.field()));
            }
            String hex = like == null && clause.kind.equals(HASH_KNN) ? document.code(clause.field()) : null;
            if (hex != null) {
                filled.put("query_hash", hex);
            }
            if (more > 0 && filled.get("k") instanceof Number k) {
                filled.put("k", k.intValue() + more);
            }
            if (!others.isEmpty()) {
                filled.put("filter", joined(filled.get("filter"), others));
            }
            return new Clause(clause.kind, filled);
        });
    }

    @SuppressWarnings("unchecked")
    private static Clause clause(String kind, Map<?, ?> values) {
        return new Clause(kind, (Map<String, Object>) values);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> changed(Map<String, Object> body, Function<Clause, Clause> change) {
        return (Map<String, Object>) changedKeys(body, change);
    }

    private static Object changedKeys(Object node, Function<Clause, Clause> change) {
        if (node instanceof List<?> list) {
            List<Object> changed = new ArrayList<>();
            list.forEach(element -> changed.add(changedKeys(element, change)));
            return changed;
        }
        if (!(node instanceof Map<?, ?> map)) {
            return node;
        }
        Map<String, Object> changed = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String key = String.valueOf(entry.getKey());
            boolean knows = key.equals(HASH_KNN) || key.equals(KNN);
            if (knows && entry.getValue() instanceof List<?> sections) {
                changed.put(
                        key, sections.stream().map(s -> section(key, s, change)).toList());
            } else if (knows
                    && entry.getValue() instanceof Map<?, ?> values
                    && clause(key, values).isJudged()) {
                Clause made = change.apply(clause(key, values));
                changed.put(made.kind, made.values);
            } else {
                changed.put(key, changedKeys(entry.getValue(), change));
            }
        }
        return changed;
    }

    private static Object section(String key, Object section, Function<Clause, Clause> change) {
        return section instanceof Map<?, ?> values && clause(key, values).isJudged()
                ? change.apply(clause(key, values)).values
                : section;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EvaluatedRequest that && body.equals(that.body);
    }

    @Override
    public int hashCode() {
        return body.hashCode();
    }

    @Override
    public String toString() {
        return body.toString();
    }
}
