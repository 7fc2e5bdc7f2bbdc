package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateReport.CodeTable;
import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.ActionListener;

/**
 * Makes the table of code lengths: learns codes from a random sample of the vectors of a field, without those of the
 * queries and of labels that are held out, and judges them by the queries, see {@link CodeLengths}. For one use.
 */
final class CodeEvaluation {
    private static final int FEWEST_DOCUMENTS = 10;
    /** About what the labels of a document take. */
    private static final int BYTES_OF_LABELS = 300;
    /** One query for so many documents at most, as documents that are queries are not learned from. */
    private static final int DOCUMENTS_A_QUERY = 5;

    private final EvaluationPlan plan;
    private final EvaluateConfig config;
    private final Searches searches;
    private final ComputePool pool;
    private final LongTask task;
    private final String field;
    /** Number of documents with a vector in the field. */
    private final long documents;

    private final List<Query> queries;
    private final int dims;
    private final int sampleSize;
    private final List<float[]> vectors = new ArrayList<>();
    private final List<List<String>> labels = new ArrayList<>();
    /** Each label once, because documents share them. */
    private final Map<String, String> texts = new HashMap<>();

    /** @throws IllegalArgumentException if there are too few documents */
    CodeEvaluation(EvaluationPlan plan, Searches searches, ComputePool pool, LongTask task) {
        this.plan = plan;
        this.config = plan.config;
        this.searches = searches;
        this.pool = pool;
        this.task = task;
        this.field = plan.codesField;
        this.documents = searches.count(withVector(null));
        requireEnough(config.holdOut().isEmpty() ? documents : searches.count(withVector(notHeldOut())));
        this.queries = plan.queries.subList(0, (int) Math.min(plan.queries.size(), documents / DOCUMENTS_A_QUERY));
        this.dims = queries.getFirst().vectors().get(field).length;
        this.sampleSize = (int) Math.min(documents, config.codes().sample());
    }

    private void requireEnough(long learned) {
        if (learned < FEWEST_DOCUMENTS) {
            throw new IllegalArgumentException(
                    "[codes] need at least [" + FEWEST_DOCUMENTS + "] documents with a vector in [" + field + "]"
                            + (config.holdOut().isEmpty() ? "" : " and without a label of [hold_out] to learn from")
                            + "; got [" + learned + "]: index more, or leave [codes] out");
        }
    }

    /** @param query that documents must match too; null for any */
    private Map<String, Object> withVector(Map<String, Object> query) {
        return plan.documentsWith(Set.of(field), query);
    }

    private Map<String, Object> notHeldOut() {
        return Map.of("bool", Map.of("must_not", List.of(plan.heldOut())));
    }

    /**
     * Waits for the task's turn, reads the sample, and computes the table.
     *
     * <p>The turn comes before the sample, because threads of the pool take its pages, and only the task whose turn it
     * is keeps them busy.
     */
    CodeTable run() {
        long bytes = ((long) Float.BYTES * dims + (plan.labelField == null ? 0 : BYTES_OF_LABELS)) * sampleSize
                + CodeLengths.bytes(config.codes(), sampleSize, dims, pool.threads());
        return searches.await(listener -> pool.inTurn(
                task,
                listener,
                turn -> AsyncSteps.holding(
                        pool.reserve(bytes, "lower [codes.sample] or [codes.bits]"),
                        turn,
                        next -> sample(AsyncSteps.after(
                                next,
                                (l, sample) -> AsyncSteps.run(
                                        pool.executor(), l, table -> table.onResponse(compare(sample))))))));
    }

    private CodeTable compare(CodeSample sample) {
        EvaluatedRequest first = plan.settings.getFirst();
        Metric metric = plan.mapped.metric(
                first.first("metric"), field, plan.queries.getFirst().index());
        Normalization normalization = SearchedFields.normalization(first.first("normalize_vectors"));
        float[][] searched =
                queries.stream().map(query -> query.vectors().get(field)).toArray(float[][]::new);
        try (Workers workers = new Workers(pool.threads(), pool.executor())) {
            return new CodeLengths(config.codes(), config.k(), config.seed(), metric, normalization, workers, task::at)
                    .compare(
                            field,
                            sample,
                            searched,
                            queries.stream().map(Query::labelTexts).toList());
        }
    }

    /**
     * Reads about {@link #sampleSize} vectors, never more, first those that codes are learned from; of a document with
     * several, the first.
     */
    private void sample(ActionListener<CodeSample> listener) {
        if (config.holdOut().isEmpty()) {
            read(null, AsyncSteps.map(listener, read -> sample(vectors.size())));
            return;
        }
        read(notHeldOut(), AsyncSteps.after(listener, (next, read) -> {
            int learned = vectors.size();
            requireEnough(learned);
            read(plan.heldOut(), AsyncSteps.map(next, more -> sample(learned)));
        }));
    }

    private CodeSample sample(int learned) {
        return new CodeSample(vectors.toArray(float[][]::new), plan.labelField == null ? null : labels, learned);
    }

    /** @param query that documents must match; null for any */
    private void read(Map<String, Object> query, ActionListener<Long> listener) {
        Set<String> excluded = new HashSet<>();
        queries.forEach(each -> excluded.add(each.document()));
        QuerySample.Maker maker = plan.makers.get(field);
        List<String> values = new ArrayList<>(List.of(field));
        if (maker != null) {
            values.add(maker.mark());
        }
        if (plan.labelField != null) {
            values.add(plan.labelField.name());
        }
        Documents.Pages pages = (page, total, more) -> {
            task.at("codes: sample", vectors.size(), Math.max(total, vectors.size()));
            for (Documents.Document document : page) {
                int first = QuerySample.first(document.values(), field, maker);
                if (first >= 0
                        && vectors.size() < sampleSize
                        && !excluded.contains(document.index() + "/" + document.id())) {
                    add(document, first);
                }
            }
            more.onResponse(vectors.size() < sampleSize);
        };
        searches.read(sampled(query), values, Documents.pageSize(dims * Float.BYTES), pool.executor(), pages, listener);
    }

    private void add(Documents.Document document, int entry) {
        vectors.add((float[]) document.values().get(field).getValues().get(entry));
        if (plan.labelField != null) {
            labels.add(plan.labelField.of(document, plan.mapped.nested().get(field), entry).stream()
                    .map(label -> texts.computeIfAbsent(label, text -> text))
                    .toList());
        }
    }

    /** The query for the documents of the sample: all if there are few, else a random share of them. */
    private Map<String, Object> sampled(Map<String, Object> query) {
        long available = documents - queries.size();
        if (available <= sampleSize) {
            return withVector(query);
        }
        // three standard deviations below the size, so that the sample hardly ever ends before the index does
        double share = (sampleSize - 3 * Math.sqrt(sampleSize)) / available;
        return Map.of(
                "function_score",
                Map.of(
                        "query",
                        withVector(query),
                        "random_score",
                        Map.of("seed", config.seed() + 1, "field", "_seq_no"),
                        "boost_mode",
                        "replace",
                        "min_score",
                        1 - share));
    }
}
