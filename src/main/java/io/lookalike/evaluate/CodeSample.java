package io.lookalike.evaluate;

import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;

/** A random sample of the vectors of a field, without those of the documents that are searched by. */
final class CodeSample {
    private CodeSample() {}

    /**
     * About as many as are wanted, and never more; of several nested objects the first that has a vector stands for its
     * document.
     *
     * @param executor takes the pages
     * @param count how many documents the filter keeps
     */
    static void draw(
            Searches searches,
            Executor executor,
            Map<String, Object> filter,
            String field,
            QuerySample.Maker maker,
            List<Query> without,
            long count,
            int wanted,
            long seed,
            LongTask task,
            ActionListener<float[][]> listener) {
        Set<String> left = new HashSet<>();
        without.forEach(query -> left.add(query.document()));
        // three standard deviations below, so that the end of the index is hardly ever cut off
        double share = (wanted - 3 * Math.sqrt(wanted)) / (count - without.size());
        Map<String, Object> query = count - without.size() <= wanted
                ? filter
                : Map.of(
                        "function_score",
                        Map.of(
                                "query",
                                filter,
                                "random_score",
                                Map.of("seed", seed + 1, "field", "_seq_no"),
                                "boost_mode",
                                "replace",
                                "min_score",
                                1 - share));
        int dims = without.getFirst().vectors().get(field).length;
        List<float[]> vectors = new ArrayList<>();
        Documents.Pages pages = (page, total, more) -> {
            task.at("codes: sample", vectors.size(), total);
            for (Documents.Document document : page) {
                int first = QuerySample.first(document.values(), field, maker);
                if (first >= 0 && !left.contains(document.index() + "/" + document.id())) {
                    vectors.add(
                            (float[]) document.values().get(field).getValues().get(first));
                }
            }
            more.onResponse(vectors.size() < wanted);
        };
        searches.read(
                query,
                maker == null ? List.of(field) : List.of(field, maker.mark()),
                Documents.pageSize(dims * Float.BYTES),
                executor,
                pages,
                AsyncSteps.map(
                        listener,
                        read -> vectors.subList(0, Math.min(wanted, vectors.size()))
                                .toArray(float[][]::new)));
    }
}
