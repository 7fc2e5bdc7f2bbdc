package io.lookalike.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Finds and replaces the open {@code hash_knn} and {@code knn} clauses of a search, wherever they are in its JSON: in
 * {@code bool}, in {@code nested}, or as the section {@code knn}. Other clauses stay as they are. Stateless.
 */
final class KnnClauses {
    private KnnClauses() {}

    /** The open clauses of a body, in its order. */
    static List<KnnClause> of(Map<String, Object> body) {
        List<KnnClause> clauses = new ArrayList<>();
        replace(body, clause -> {
            clauses.add(clause);
            return clause;
        });
        return clauses;
    }

    /** A copy of a body with its open clauses replaced. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> replace(Map<String, Object> body, UnaryOperator<KnnClause> change) {
        return (Map<String, Object>) replaceIn(body, change);
    }

    /** As {@link #replace}, for any part of a body. */
    static Object replaceIn(Object node, UnaryOperator<KnnClause> change) {
        if (node instanceof List<?> list) {
            List<Object> changed = new ArrayList<>();
            list.forEach(element -> changed.add(replaceIn(element, change)));
            return changed;
        }
        if (!(node instanceof Map<?, ?> map)) {
            return node;
        }
        Map<String, Object> changed = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String key = String.valueOf(entry.getKey());
            boolean knn = key.equals(KnnClause.HASH_KNN) || key.equals(KnnClause.KNN);
            if (knn && entry.getValue() instanceof List<?> sections) {
                changed.put(
                        key, sections.stream().map(s -> section(key, s, change)).toList());
            } else if (knn
                    && entry.getValue() instanceof Map<?, ?> values
                    && KnnClause.of(key, values).isOpen()) {
                KnnClause made = change.apply(KnnClause.of(key, values));
                changed.put(made.kind(), made.values());
            } else {
                changed.put(key, replaceIn(entry.getValue(), change));
            }
        }
        return changed;
    }

    private static Object section(String key, Object section, UnaryOperator<KnnClause> change) {
        return section instanceof Map<?, ?> values && KnnClause.of(key, values).isOpen()
                ? change.apply(KnnClause.of(key, values)).values()
                : section;
    }
}
