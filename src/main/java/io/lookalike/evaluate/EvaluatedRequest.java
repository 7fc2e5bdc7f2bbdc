package io.lookalike.evaluate;

import io.lookalike.encoder.Messages;
import io.lookalike.task.LongRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * A search that is evaluated: a body of {@code _search} with {@code hash_knn} or {@code knn} clauses whose vector is
 * filled in for each query.
 *
 * <p>Works on the JSON, not on parsed queries, so that it finds clauses in any query. Immutable: methods that change
 * something return a copy.
 */
final class EvaluatedRequest {
    private static final List<String> BODY = List.of("query", KnnClause.KNN, "rescore", "post_filter", "min_score");

    private final Map<String, Object> body;

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
                            + Messages.show(request) + "]");
        }
        Map<String, Object> body = (Map<String, Object>) map;
        if (!body.containsKey("query") && !body.containsKey(KnnClause.KNN)) {
            body = Map.of("query", body);
        }
        for (String key : new TreeSet<>(body.keySet())) {
            if (!BODY.contains(key)) {
                throw new IllegalArgumentException("[request] takes a query, or of a search body " + BODY + "; got ["
                        + Messages.cut(key) + "]"
                        + (key.equals("size") ? ": [k] beside [request] says how many hits are judged" : ""));
            }
        }
        EvaluatedRequest evaluated = new EvaluatedRequest(body);
        if (evaluated.clauses().isEmpty()) {
            throw new IllegalArgumentException("[request] needs a [hash_knn] or [knn] clause with [field] and without "
                    + KnnClause.INPUTS.subList(0, 4)
                    + " or [like]: the queries are documents of the index");
        }
        evaluated.clauses().forEach(EvaluatedRequest::check);
        return evaluated;
    }

    private static void check(KnnClause clause) {
        clause.values().forEach((key, value) -> {
            if (value instanceof String name) {
                LongRequest.name("request." + Messages.cut(key), name);
            }
        });
        if (clause.isStock() && clause.values().containsKey("similarity")) {
            throw new IllegalArgumentException(
                    "[similarity] of a stock [knn] cannot be judged; leave it out, or use [hash_knn], whose "
                            + "[similarity] is a score");
        }
    }

    private List<KnnClause> clauses() {
        return KnnClauses.of(body);
    }

    private KnnClause firstClause() {
        return clauses().getFirst();
    }

    /** The same search on other fields of vectors. */
    EvaluatedRequest withFields(UnaryOperator<String> field) {
        return new EvaluatedRequest(KnnClauses.replace(body, clause -> clause.withField(field.apply(clause.field()))));
    }

    /** The fields of vectors that it searches, each once. */
    List<String> fields() {
        return clauses().stream().map(KnnClause::field).distinct().toList();
    }

    /** Number of clauses to be filled. */
    int size() {
        return clauses().size();
    }

    /** Whether it has one clause and no other query around it than {@code nested}. */
    boolean isAlone() {
        if (size() > 1 || body.size() > 1) {
            return false;
        }
        Object query = body.get("query");
        if (query instanceof Map<?, ?> outer && outer.get("nested") instanceof Map<?, ?> nested) {
            query = nested.get("query");
        }
        return body.containsKey(KnnClause.KNN)
                || (query instanceof Map<?, ?> only
                        && (only.containsKey(KnnClause.HASH_KNN) || only.containsKey(KnnClause.KNN)));
    }

    /** A parameter of its first clause; null without it. */
    Object first(String key) {
        return firstClause().values().get(key);
    }

    /** How its first clause chooses candidates; {@link CandidateBounds#STOCK} for a stock clause. */
    String candidates() {
        return firstClause().candidates();
    }

    /** The fields beside the vectors of its first clause without which that finds no document. */
    Set<String> requiredFields() {
        return firstClause().requiredFields();
    }

    /** Whether stock knn answers, whose scores may be those of quantised vectors. */
    boolean isStock() {
        return clauses().stream().anyMatch(KnnClause::isStock);
    }

    /** The field of codes beside each field of vectors. */
    Map<String, String> codeFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        clauses().forEach(clause -> fields.put(clause.field(), clause.hashField()));
        return fields;
    }

    /** The encoder that a clause names, by field of vectors. */
    Map<String, String> encoders() {
        Map<String, String> encoders = new LinkedHashMap<>();
        for (KnnClause clause : clauses()) {
            if (clause.values().get("encoder") instanceof String id) {
                encoders.put(clause.field(), id);
            }
        }
        return encoders;
    }

    /** What distinguishes this setting from others. */
    Map<String, Object> shown() {
        KnnClause first = firstClause();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("field", first.field());
        shown.put("candidates", first.candidates());
        for (String bound : CandidateBounds.of(first.candidates())) {
            if (first.values().containsKey(bound)) {
                shown.put(bound, first.values().get(bound));
            }
        }
        return shown;
    }

    /** The search as a user may send it, but for the vector. */
    Map<String, Object> body() {
        return body;
    }

    /** The same search with other values in its clauses, see {@link KnnClause#with}. */
    EvaluatedRequest with(Map<String, Object> values, int k) {
        boolean toHash = values.containsKey("candidates") && !CandidateBounds.STOCK.equals(values.get("candidates"));
        EvaluatedRequest request = toHash ? inQuery(Map.of()) : this;
        return new EvaluatedRequest(KnnClauses.replace(request.body, clause -> clause.with(values, k)));
    }

    /**
     * The same search with every document scored exactly.
     *
     * @param nested the path of the nested object, by field that lies in one
     */
    EvaluatedRequest exact(Map<String, String> nested, int k) {
        return inQuery(nested).with(Map.of("candidates", "all"), k);
    }

    /** The same search with its sections {@code knn} as {@code hash_knn} in its query. */
    private EvaluatedRequest inQuery(Map<String, String> nested) {
        Map<String, Object> moved = new LinkedHashMap<>(body);
        Object sections = moved.remove(KnnClause.KNN);
        if (sections == null) {
            return this;
        }
        List<Object> should = new ArrayList<>();
        if (moved.get("query") != null) {
            should.add(moved.get("query"));
        }
        for (Object section : sections instanceof List<?> list ? list : List.of(sections)) {
            if (section instanceof Map<?, ?> values) {
                KnnClause clause = KnnClause.of(KnnClause.KNN, values);
                should.add(clause.sectionAsQuery(nested.get(clause.field())));
            } else {
                should.add(section);
            }
        }
        moved.put("query", should.size() == 1 ? should.getFirst() : Map.of("bool", Map.of("should", should)));
        return new EvaluatedRequest(moved);
    }

    /** Puts a lone {@code hash_knn} on a nested field into the {@code nested} query that it needs. */
    EvaluatedRequest inNested(Map<String, String> nested) {
        if (body.get("query") instanceof Map<?, ?> query
                && query.size() == 1
                && query.get(KnnClause.HASH_KNN) instanceof Map<?, ?> values) {
            String path = nested.get(KnnClause.of(KnnClause.HASH_KNN, values).field());
            if (path != null) {
                Map<String, Object> changed = new LinkedHashMap<>(body);
                changed.put("query", KnnClause.inNested(Map.of(KnnClause.HASH_KNN, values), path));
                return new EvaluatedRequest(changed);
            }
        }
        return this;
    }

    /** Queries for the documents that it can find. */
    SearchableDocuments documents(Map<String, String> nested, Map<String, String> fingerprints) {
        return new SearchableDocuments(inQuery(nested).body.get("query"), fingerprints);
    }

    /** The search by a document, which may find itself. */
    Map<String, Object> filled(QueryDocument document) {
        return KnnClauses.replace(body, clause -> clause.filled(document, 0, List.of()));
    }

    /**
     * The search by a document that is left out: it finds the same as if the index did not hold the document, on any
     * number of shards.
     *
     * @param more hits that are added
     */
    Map<String, Object> filledWithout(QueryDocument document, int more) {
        List<Object> others = List.of(Map.of("bool", Map.of("must_not", List.of(document.itself()))));
        Map<String, Object> filled = KnnClauses.replace(body, clause -> clause.filled(document, more, others));
        // clauses that are not filled may find it too
        filled.put("post_filter", Map.of("bool", Map.of("filter", KnnClause.joined(body.get("post_filter"), others))));
        return filled;
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
