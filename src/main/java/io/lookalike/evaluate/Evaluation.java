package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateReport.CodeTable;
import io.lookalike.evaluate.EvaluateReport.Row;
import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.evaluate.SettingMetrics.Hit;
import io.lookalike.evaluate.SettingMetrics.Truth;
import io.lookalike.inference.Encoders;
import io.lookalike.task.ComputePool;
import io.lookalike.task.LongTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * Evaluates the settings of a request by searches of the index itself.
 *
 * <p>The queries are documents of the index, by their stored vectors. First, every document is scored once for each
 * field and metric: the ground truth. Then each setting answers every query, which measures its recall and warms up
 * caches. In both, a filter leaves out the query's own document. Only then the settings are timed without that filter,
 * one search at a time, in ten rounds in which all settings take turns, so that other load on the machine meets all of
 * them alike. Costs {@code queries x (2 settings + 2)} searches. For one use, on a thread that may wait.
 */
final class Evaluation {
    /** Hits after the k-th of the exact answer that are fetched, because they may be as near. */
    private static final int TIES = 100;
    /** Queries of each setting that are profiled. */
    private static final int PROFILED = 10;
    /** Exact searches that are timed for each field. */
    private static final int EXACT_TIMED = 100;

    private static final int ROUNDS = 10;

    private final EvaluateConfig config;
    private final Searches searches;
    private final Encoders encoders;
    private final ComputePool pool;
    private final LongTask task;
    private final ProjectMetadata metadata;
    private EvaluationPlan plan;
    private List<Query> queries;
    private LabelCounts labels;

    Evaluation(
            EvaluateConfig config,
            Searches searches,
            Encoders encoders,
            ComputePool pool,
            LongTask task,
            ProjectMetadata metadata) {
        this.config = config;
        this.searches = searches;
        this.encoders = encoders;
        this.pool = pool;
        this.task = task;
        this.metadata = metadata;
    }

    /** @param accepted is called as soon as the request cannot be refused any more */
    EvaluateReport run(Runnable accepted) {
        long start = System.nanoTime();
        List<Releasable> reserved = new ArrayList<>();
        try {
            plan = new EvaluationPlan(
                    config,
                    searches,
                    encoders,
                    metadata,
                    task,
                    bytes ->
                            reserved.add(pool.reserve(bytes, "lower [queries] or [k], or judge fewer fields at once")));
            queries = plan.queries;
            CodeEvaluation codes = config.codes() == null ? null : new CodeEvaluation(plan, searches, pool, task);
            CodesByLabel byCode = config.byCode() ? new CodesByLabel(plan, searches, pool, task) : null;
            trySettings();
            accepted.run();
            labels = LabelCounts.of(plan, searches, task);
            SettingMetrics[] exactMetrics = newMetrics(plan.exacts.size());
            Truth[][] truths = exact(exactMetrics);
            requireHits(truths);
            SettingMetrics[] metrics = newMetrics(plan.settings.size());
            SearchWork[] work = judge(metrics, truths);
            time(metrics, exactMetrics);
            List<String> warnings = EvaluationWarnings.of(plan, searches);
            if (byCode != null) {
                labels.figures().put("by_code", byCode.run());
            }
            CodeTable table = codes == null ? null : codes.run();
            return new EvaluateReport(
                    (System.nanoTime() - start) / 1_000_000,
                    config.k(),
                    metrics[0].queries(),
                    queries.size() - metrics[0].queries(),
                    config.seed(),
                    config.recall(),
                    labels.figures(),
                    exactRows(exactMetrics),
                    rows(metrics, work),
                    table,
                    warnings);
        } finally {
            Releasables.close(reserved);
        }
    }

    /** One search of each setting, so that a mistake in one is told before the request is accepted. */
    private void trySettings() {
        for (EvaluatedRequest setting : plan.settings) {
            hits(setting, queries.getFirst(), 0, false);
        }
    }

    private SettingMetrics[] newMetrics(int count) {
        SettingMetrics[] metrics = new SettingMetrics[count];
        for (int i = 0; i < count; i++) {
            metrics[i] = new SettingMetrics(queries.size(), config.labelField() != null);
        }
        return metrics;
    }

    private static void requireHits(Truth[][] truths) {
        if (Arrays.stream(truths).flatMap(Arrays::stream).allMatch(truth -> truth.wanted() == 0)) {
            throw new IllegalArgumentException("even the exact search finds nothing for any of the ["
                    + truths[0].length
                    + "] queries; send [request] with [candidates] [all], and look at its answer and warnings");
        }
    }

    private SearchSourceBuilder source(EvaluatedRequest request, Query query) {
        return searches.source(request.filled(query), config.k());
    }

    /** The hits of a search by a document, without itself, and with their labels. */
    private List<Hit> hits(EvaluatedRequest request, Query query, int more, boolean withLabels) {
        SearchSourceBuilder source = searches.source(request.filledWithout(query, more), config.k() + more);
        if (withLabels && config.labelField() != null) {
            source.fetchField(config.labelField());
        }
        return searches.search(source, response -> {
            List<Hit> hits = new ArrayList<>();
            for (SearchHit hit : response.getHits().getHits()) {
                hits.add(new Hit(
                        QuerySample.name(hit),
                        hit.getScore(),
                        QuerySample.texts(QuerySample.labels(hit, config.labelField()))));
            }
            return hits;
        });
    }

    private Truth[][] exact(SettingMetrics[] metrics) {
        Truth[][] truths = new Truth[plan.exacts.size()][queries.size()];
        for (int e = 0; e < truths.length; e++) {
            for (int q = 0; q < queries.size(); q++) {
                task.at("exact", (long) e * queries.size() + q, (long) truths.length * queries.size());
                Query query = queries.get(q);
                // a query around the clause would make other k hits of more
                List<Hit> hits =
                        hits(plan.exacts.get(e), query, plan.exacts.get(e).isAlone() ? TIES : 0, true);
                truths[e][q] = Truth.of(hits, config.k());
                metrics[e].add(truths[e][q], hits, config.k(), true, query.labelTexts(), labels.relevant()[q]);
            }
        }
        return truths;
    }

    /** Measures what each setting finds; returns what it looked at. */
    private SearchWork[] judge(SettingMetrics[] metrics, Truth[][] truths) {
        SearchWork[] work = new SearchWork[metrics.length];
        for (int s = 0; s < metrics.length; s++) {
            EvaluatedRequest setting = plan.settings.get(s);
            Truth[] truth = truths[plan.exactOf(s)];
            SearchWork looked = new SearchWork();
            for (int q = 0; q < queries.size(); q++) {
                task.at("recall", (long) s * queries.size() + q, (long) metrics.length * queries.size());
                Query query = queries.get(q);
                List<Hit> hits = hits(setting, query, 0, true);
                metrics[s].add(
                        truth[q], hits, config.k(), !setting.isStock(), query.labelTexts(), labels.relevant()[q]);
                if (q < PROFILED) {
                    searches.<Void>search(source(setting, query).profile(true), response -> {
                        looked.add(response);
                        return null;
                    });
                }
            }
            work[s] = looked;
        }
        return work;
    }

    /** Times each setting with each query, and the exact searches with some. */
    private void time(SettingMetrics[] metrics, SettingMetrics[] exactMetrics) {
        int block = Math.ceilDiv(queries.size(), ROUNDS);
        int timed = Math.min(EXACT_TIMED, queries.size());
        int exactBlock = Math.ceilDiv(timed, ROUNDS);
        int all = metrics.length + exactMetrics.length;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < all; i++) {
                task.at("latency", (long) round * all + i, (long) ROUNDS * all);
                int s = (i + round) % all;
                if (s < metrics.length) {
                    time(
                            plan.settings.get(s),
                            metrics[s],
                            round * block,
                            Math.min(queries.size(), (round + 1) * block));
                } else {
                    int e = s - metrics.length;
                    time(
                            plan.exacts.get(e),
                            exactMetrics[e],
                            round * exactBlock,
                            Math.min(timed, (round + 1) * exactBlock));
                }
            }
        }
    }

    private void time(EvaluatedRequest request, SettingMetrics metrics, int from, int to) {
        for (int q = from; q < to; q++) {
            task.ensureNotCancelled();
            SearchSourceBuilder source = source(request, queries.get(q));
            if (q == from) {
                // the setting before has filled the processor caches
                searches.search(source, SearchResponse::getTook);
            }
            searches.search(source, SearchResponse::getTook);
            metrics.time(searches.millis());
        }
    }

    private List<Row> exactRows(SettingMetrics[] metrics) {
        List<Row> rows = new ArrayList<>();
        for (int e = 0; e < metrics.length; e++) {
            rows.add(row(plan.exacts.get(e), metrics[e], plan.documents.get(e), new SearchWork()));
        }
        return rows;
    }

    private List<Row> rows(SettingMetrics[] metrics, SearchWork[] work) {
        List<Row> rows = new ArrayList<>();
        for (int s = 0; s < metrics.length; s++) {
            rows.add(row(plan.settings.get(s), metrics[s], plan.documents.get(plan.exactOf(s)), work[s]));
        }
        return rows;
    }

    private Row row(EvaluatedRequest request, SettingMetrics metrics, long documents, SearchWork work) {
        boolean labelled = metrics.labelled() > 0;
        return new Row(
                request.shown(),
                request.body(),
                metrics.recall(),
                metrics.recallError(),
                labelled ? metrics.precision() : Double.NaN,
                labelled ? metrics.averagePrecision() : Double.NaN,
                metrics.percentile(.5),
                metrics.percentile(.99),
                documents,
                work.codes(),
                work.share(),
                work.vectors());
    }
}
