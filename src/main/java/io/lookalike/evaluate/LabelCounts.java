package io.lookalike.evaluate;

import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.task.LongTask;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How many documents have the labels of the queries.
 *
 * @param relevant for each query, the number of other documents that share one of its labels; zeros without labels
 * @param figures for the answer; null without labels
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record LabelCounts(long[] relevant, Map<String, Object> figures) {
    static LabelCounts of(EvaluationPlan plan, Searches searches, LongTask task) {
        long[] relevant = new long[plan.queries.size()];
        String field = plan.config.labelField();
        if (field == null) {
            return new LabelCounts(relevant, null);
        }
        Object all = plan.searchable(plan.settings.getFirst()).all();
        Map<Set<String>, Long> known = new HashMap<>();
        int without = 0;
        for (int q = 0; q < relevant.length; q++) {
            task.at("labels", q, relevant.length);
            Query query = plan.queries.get(q);
            if (query.labels().isEmpty()) {
                without++;
                continue;
            }
            Map<String, Object> shared = plan.mapped.inNested(field, Map.of("terms", Map.of(field, query.labels())));
            long sharing = known.computeIfAbsent(
                    query.labelTexts(), texts -> searches.count(bool(List.of(all, shared), null)));
            // the query itself need not be one of the documents that can be found
            relevant[q] = sharing - searches.count(bool(List.of(all, query.itself()), null));
        }
        Map<String, Object> labelled = plan.mapped.inNested(field, Map.of("exists", Map.of("field", field)));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("field", field);
        figures.put("queries", relevant.length - without);
        figures.put("queries_without", without);
        figures.put("documents_without", searches.count(bool(List.of(all), labelled)));
        return new LabelCounts(relevant, figures);
    }

    private static Map<String, Object> bool(List<Object> filter, Object mustNot) {
        return Map.of(
                "bool",
                mustNot == null ? Map.of("filter", filter) : Map.of("filter", filter, "must_not", List.of(mustNot)));
    }
}
