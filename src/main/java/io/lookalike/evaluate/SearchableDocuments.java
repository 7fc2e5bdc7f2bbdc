package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Queries for the documents that a request can find, and for those that it passes over.
 *
 * @param query of the request, without sections {@code knn}
 * @param fingerprints that documents must have, by field of vectors
 */
record SearchableDocuments(Object query, Map<String, String> fingerprints) {
    /** All documents that the request can find. */
    Object all() {
        return matching(fingerprints, null);
    }

    /** Documents that would be found if they had a field. */
    Object without(String field) {
        return matching(fingerprints, Map.of("exists", Map.of("field", field)));
    }

    /** Documents that are not found because another encoder, or none, made their vector. */
    Object ofOtherEncoders(String field, String fingerprint) {
        return matching(Map.of(), madeBy(field, fingerprint));
    }

    static Map<String, Object> madeBy(String field, String fingerprint) {
        return Map.of("term", Map.of(FieldNames.sibling(field, FieldNames.ENCODER), fingerprint));
    }

    private Object matching(Map<String, String> required, Object excluded) {
        return KnnClauses.replaceIn(query, clause -> {
            List<Object> filters = new ArrayList<>();
            filters.add(Map.of("exists", Map.of("field", clause.field())));
            String fingerprint = required.get(clause.field());
            if (fingerprint != null) {
                filters.add(madeBy(clause.field(), fingerprint));
            }
            Map<String, Object> bool = new LinkedHashMap<>();
            bool.put("filter", KnnClause.joined(clause.values().get("filter"), filters));
            if (excluded != null) {
                bool.put("must_not", List.of(excluded));
            }
            return new KnnClause("bool", bool);
        });
    }
}
