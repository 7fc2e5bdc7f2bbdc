package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Values;
import io.lookalike.evaluate.EvaluateReport.Row;
import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.evaluate.SettingMetrics.Hit;
import io.lookalike.evaluate.SettingMetrics.Truth;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.FieldAliases;
import io.lookalike.task.LongTask;
import io.lookalike.task.VectorField;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * Judges the settings of a request by searches of the index itself.
 *
 * <p>Documents of the index are the queries, by their stored vectors. First every document is scored, once for each
 * field and metric, which is the truth. Then each setting answers every query, which is judged and warms up everything.
 * In both, a filter leaves out the query's own document. Only then the setting is timed, as it is, one search at a
 * time, in ten rounds in which all settings take turns, so that whatever else the machine does meets all of them alike.
 * Costs {@code queries x (2 settings + 2)} searches. To be run once, on a thread that may wait.
 */
final class Evaluation {
    /** Hits behind the k-th of the exact answer that are looked at, because they may be as near. */
    private static final int TIES = 100;
    /** Queries of each setting that are profiled. */
    private static final int PROFILED = 10;
    /** Exact searches that are timed for each field. */
    private static final int EXACT_TIMED = 100;

    private static final int ROUNDS = 10;
    private static final int FEWEST_FOR_CODES = 10;
    /** What the name of a hit and its place in a set take, about. */
    private static final int BYTES_A_HIT = 150;
    /** What the vector of a query takes, about. */
    private static final long BYTES_A_QUERY = 8 << 10;

    private final EvaluateConfig config;
    private final Searches searches;
    private final Encoders encoders;
    private final ComputePool pool;
    private final LongTask task;
    private final ProjectMetadata metadata;
    private final List<Releasable> held = new ArrayList<>();
    private SearchedFields mapped;
    private Set<String> fields;
    private Map<String, String> fingerprints;
    private Map<String, QuerySample.Maker> makers;
    /** The field whose vectors codes are learned from; null without a table of them. */
    private String codesOf;
    /** Documents that codes can be learned from. */
    private long codeDocuments;

    private List<EvaluatedRequest> settings;
    /** The exact requests of all settings, each once, in the order of their settings. */
    private List<EvaluatedRequest> exacts;

    /** How many documents each of them could find. */
    private List<Long> documents;

    private List<Query> queries;
    private Map<String, Object> labels;
    private long[] others;

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

    /** @param accepted is called when nothing is left that would refuse the request at once */
    EvaluateReport run(Runnable accepted) {
        long start = System.nanoTime();
        try {
            prepare();
            accepted.run();
            countLabels();
            SettingMetrics[] exactJudged = judges(exacts.size());
            Truth[][] truths = exact(exactJudged);
            requireHits(truths);
            SettingMetrics[] judged = judges(settings.size());
            SearchWork[] work = judge(judged, truths);
            time(judged, exactJudged);
            List<Row> exactRows = new ArrayList<>();
            for (int e = 0; e < exacts.size(); e++) {
                exactRows.add(row(exacts.get(e), exactJudged[e], documents.get(e), new SearchWork()));
            }
            List<Row> rows = new ArrayList<>();
            for (int s = 0; s < settings.size(); s++) {
                rows.add(row(settings.get(s), judged[s], documents.get(exactOf(s)), work[s]));
            }
            List<String> warnings = warnings();
            EvaluateReport.CodeTable codes = config.codes() == null ? null : codes();
            return new EvaluateReport(
                    (System.nanoTime() - start) / 1_000_000,
                    config.k(),
                    judged[0].queries(),
                    queries.size() - judged[0].queries(),
                    config.seed(),
                    config.recall(),
                    labels,
                    exactRows,
                    rows,
                    codes,
                    warnings);
        } finally {
            Releasables.close(held);
        }
    }

    private SettingMetrics[] judges(int count) {
        SettingMetrics[] judged = new SettingMetrics[count];
        for (int i = 0; i < count; i++) {
            judged[i] = new SettingMetrics(queries.size(), config.labelField() != null);
        }
        return judged;
    }

    /** Those of the indices that are judged: what belongs to a field lies beside what an alias of it points to. */
    private FieldAliases aliases() {
        List<String> named = config.settings().stream()
                .flatMap(setting -> setting.fields().stream())
                .distinct()
                .toList();
        return FieldAliases.of(metadata, searches.fields(named).getIndices());
    }

    /** Finds out what is mapped, and chooses the queries. */
    private void prepare() {
        FieldAliases aliases = aliases();
        settings = config.settings().stream()
                .map(setting -> setting.withFields(aliases::target))
                .distinct()
                .toList();
        codesOf = config.codes() == null
                ? null
                : config.codes().field() == null
                        ? settings.getFirst().fields().getFirst()
                        : aliases.target(config.codes().field());
        fields = new LinkedHashSet<>();
        Map<String, String> codeFields = new LinkedHashMap<>();
        Map<String, String> encoderIds = new HashMap<>();
        for (EvaluatedRequest setting : settings) {
            fields.addAll(setting.fields());
            codeFields.putAll(setting.codeFields());
            encoderIds.putAll(setting.encoders());
        }
        if (codesOf != null) {
            fields.add(codesOf);
        }
        List<String> asked = new ArrayList<>(fields);
        asked.addAll(codeFields.values());
        settings.forEach(setting -> asked.addAll(setting.parts()));
        fields.forEach(field -> asked.addAll(VectorField.encoderFields(field)));
        if (config.labelField() != null) {
            asked.add(config.labelField());
        }
        mapped = SearchedFields.of(searches, asked, metadata);
        fields.forEach(field -> mapped.requireVectors(field, searches));
        if (config.query() != null) {
            searches.source(Map.of("query", config.query()), 0);
        }
        if (config.labelField() != null) {
            mapped.requireLabels(config.labelField());
        }
        codeFields.values().removeIf(field -> !mapped.areVectors(field));
        fields.forEach(field -> encoderIds.computeIfAbsent(field, mapped::encoder));
        settings = settings.stream()
                .map(setting -> setting.inNested(mapped.nested()))
                .toList();
        Set<EvaluatedRequest> each = new LinkedHashSet<>();
        settings.forEach(setting -> each.add(exactOf(setting)));
        exacts = List.copyOf(each);
        fingerprints = QuerySample.fingerprints(encoderIds, encoders);
        Map<String, Object> sampled = QuerySample.filter(config.query(), fields, fingerprints, mapped);
        hold(config.queries() * ((long) exacts.size() * config.k() * BYTES_A_HIT + fields.size() * BYTES_A_QUERY));
        makers = makers();
        queries = QuerySample.of(
                searches,
                sampled,
                config.seed(),
                config.queries(),
                fields,
                codeFields,
                makers,
                byName(encoderIds),
                mapped.ofSeveralIndices(),
                config.labelField(),
                task);
        if (queries.isEmpty()) {
            throw new IllegalArgumentException("no document of [" + searches.indices() + "] "
                    + (config.query() == null ? "" : "matches [query] and ") + "has a vector in " + fields
                    + (encoderIds.values().stream().allMatch(id -> id == null)
                            ? ""
                            : " that was made by the encoder that is searched with")
                    + "; index some, or reencode those that are there");
        }
        countDocuments();
        if (config.codes() != null) {
            countForCodes();
        }
        // one search of each setting before anything is accepted: what is wrong with it is told at once
        for (EvaluatedRequest setting : settings) {
            hits(setting, queries.getFirst(), 0, false);
        }
    }

    /** Of nested fields, whose encoder need not have made all of a document. */
    private Map<String, QuerySample.Maker> makers() {
        Map<String, QuerySample.Maker> known = new HashMap<>();
        for (String field : fields) {
            if (mapped.nested().containsKey(field) && fingerprints.containsKey(field)) {
                known.put(field, new QuerySample.Maker(mapped.encoderField(field), fingerprints.get(field)));
            }
        }
        return known;
    }

    /**
     * Fields whose encoder takes vectors of as many dims as it stores, and projects them: what is stored would be taken
     * for one of those.
     */
    private Set<String> byName(Map<String, String> encoderIds) {
        Set<String> names = new HashSet<>();
        encoderIds.forEach((field, id) -> {
            if (id != null && encoders.exists(id)) {
                Encoder encoder = encoders.encoder(id);
                if (encoder.stages() > 0 && encoder.dims() == encoder.inputDims()) {
                    names.add(field);
                }
            }
        });
        return names;
    }

    private void hold(long bytes) {
        held.add(pool.reserve(bytes, "lower [queries] or [k], or judge fewer fields at once"));
    }

    private EvaluatedRequest exactOf(EvaluatedRequest setting) {
        return setting.exact(mapped.nested(), config.k());
    }

    private int exactOf(int setting) {
        return exacts.indexOf(exactOf(settings.get(setting)));
    }

    private void countDocuments() {
        documents = new ArrayList<>();
        for (EvaluatedRequest exact : exacts) {
            long count = searches.count(exact.matching(mapped.nested(), fingerprints));
            for (String part : exact.parts()) {
                if (mapped.isMapped(part)) {
                    count -= searches.count(exact.lacking(mapped.nested(), fingerprints, part));
                }
            }
            if (count < 2) {
                throw new IllegalArgumentException("[request] can find [" + count + "] documents of ["
                        + searches.indices()
                        + "], and what a document is searched by leaves out itself; index more, or ask for "
                        + "more in [request]");
            }
            documents.add(count);
        }
    }

    private static void requireHits(Truth[][] truths) {
        if (Arrays.stream(truths).flatMap(Arrays::stream).allMatch(truth -> truth.wanted() == 0)) {
            throw new IllegalArgumentException("not even the exact search finds anything for any of the ["
                    + truths[0].length
                    + "] queries; look at what [request] answers with [candidates] [all], and at the warnings of that");
        }
    }

    /** What searches pass over, as may be where an index is filled by hand, or by several encoders. */
    private List<String> warnings() {
        Set<String> warnings = new LinkedHashSet<>();
        for (EvaluatedRequest exact : exacts) {
            String field = exact.fields().getFirst();
            String fingerprint = fingerprints.get(field);
            warn(
                    warnings,
                    fingerprint == null ? 0 : searches.count(exact.leftOut(mapped.nested(), field, fingerprint)),
                    "carry another fingerprint in [" + Values.show(FieldNames.sibling(field, FieldNames.ENCODER))
                            + "] than the encoder that is searched with has, or none, and are left out"
                            + (settings.stream().anyMatch(EvaluatedRequest::isStock)
                                    ? ", but found by stock [knn], which asks for none"
                                    : ""));
        }
        fingerprints.forEach((field, fingerprint) -> {
            String mark = FieldNames.sibling(field, FieldNames.ENCODER);
            Map<String, Object> lacking = Map.of(
                    "bool",
                    Map.of(
                            "filter",
                            List.of(Map.of("term", Map.of(mark, fingerprint))),
                            "must_not",
                            List.of(Map.of("exists", Map.of("field", field)))));
            warn(
                    warnings,
                    searches.count(mapped.inNested(field, lacking)),
                    "name the encoder in [" + Values.show(mark) + "] but have no [" + Values.show(field)
                            + "], and are not found; index them again through a pipeline");
        });
        Map<Object, Long> counted = new HashMap<>();
        for (EvaluatedRequest setting : settings) {
            for (String part : setting.parts()) {
                if (mapped.isMapped(part)) {
                    warn(
                            warnings,
                            counted.computeIfAbsent(
                                    setting.lacking(mapped.nested(), fingerprints, part), searches::count),
                            "have no [" + Values.show(part) + "], and are not found with [candidates] ["
                                    + Values.show(setting.candidates()) + "]; index them again through a pipeline");
                }
            }
        }
        return List.copyOf(warnings);
    }

    private static void warn(Set<String> warnings, long documents, String what) {
        if (documents > 0) {
            warnings.add("[" + documents + "] documents " + what);
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

    /** For each query the other documents that share one of its labels. */
    private void countLabels() {
        others = new long[queries.size()];
        String field = config.labelField();
        if (field == null) {
            return;
        }
        Object all = settings.getFirst().matching(mapped.nested(), fingerprints);
        Map<Set<String>, Long> known = new HashMap<>();
        int without = 0;
        for (int q = 0; q < others.length; q++) {
            task.at("labels", q, others.length);
            Query query = queries.get(q);
            if (query.labels().isEmpty()) {
                without++;
                continue;
            }
            others[q] = known.computeIfAbsent(
                    query.labelTexts(),
                    texts -> searches.count(Map.of(
                            "bool",
                            Map.of(
                                    "filter",
                                    List.of(
                                            all,
                                            mapped.inNested(field, Map.of("terms", Map.of(field, query.labels()))))))));
            // it need not be one that can be found
            others[q] -= searches.count(Map.of("bool", Map.of("filter", List.of(all, query.itself()))));
        }
        labels = new LinkedHashMap<>();
        labels.put("field", field);
        labels.put("queries", others.length - without);
        labels.put("queries_without", without);
        labels.put(
                "documents_without",
                searches.count(Map.of(
                        "bool",
                        Map.of(
                                "filter",
                                List.of(all),
                                "must_not",
                                List.of(mapped.inNested(field, Map.of("exists", Map.of("field", field))))))));
    }

    private Truth[][] exact(SettingMetrics[] judged) {
        Truth[][] truths = new Truth[exacts.size()][queries.size()];
        for (int e = 0; e < truths.length; e++) {
            for (int q = 0; q < queries.size(); q++) {
                task.at("exact", (long) e * queries.size() + q, (long) truths.length * queries.size());
                Query query = queries.get(q);
                // what a query around it leaves of more hits is not what it leaves of k
                List<Hit> hits = hits(exacts.get(e), query, exacts.get(e).isAlone() ? TIES : 0, true);
                truths[e][q] = Truth.of(hits, config.k());
                judged[e].add(truths[e][q], hits, config.k(), true, query.labelTexts(), others[q]);
            }
        }
        return truths;
    }

    /** Fills in what each setting finds; answers what it looked at for that. */
    private SearchWork[] judge(SettingMetrics[] judged, Truth[][] truths) {
        SearchWork[] work = new SearchWork[judged.length];
        for (int s = 0; s < judged.length; s++) {
            EvaluatedRequest setting = settings.get(s);
            Truth[] truth = truths[exactOf(s)];
            SearchWork looked = new SearchWork();
            for (int q = 0; q < queries.size(); q++) {
                task.at("recall", (long) s * queries.size() + q, (long) judged.length * queries.size());
                Query query = queries.get(q);
                List<Hit> hits = hits(setting, query, 0, true);
                judged[s].add(truth[q], hits, config.k(), !setting.isStock(), query.labelTexts(), others[q]);
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
    private void time(SettingMetrics[] judged, SettingMetrics[] exactJudged) {
        int block = Math.ceilDiv(queries.size(), ROUNDS);
        int timed = Math.min(EXACT_TIMED, queries.size());
        int exactBlock = Math.ceilDiv(timed, ROUNDS);
        int all = judged.length + exactJudged.length;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < all; i++) {
                task.at("latency", (long) round * all + i, (long) ROUNDS * all);
                int s = (i + round) % all;
                if (s < judged.length) {
                    time(settings.get(s), judged[s], round * block, Math.min(queries.size(), (round + 1) * block));
                } else {
                    int e = s - judged.length;
                    time(exacts.get(e), exactJudged[e], round * exactBlock, Math.min(timed, (round + 1) * exactBlock));
                }
            }
        }
    }

    private void time(EvaluatedRequest request, SettingMetrics judged, int from, int to) {
        for (int q = from; q < to; q++) {
            task.ensureNotCancelled();
            SearchSourceBuilder source = source(request, queries.get(q));
            if (q == from) {
                // others had the caches of the processor until now
                searches.search(source, SearchResponse::getTook);
            }
            searches.search(source, SearchResponse::getTook);
            judged.time(searches.millis());
        }
    }

    private Row row(EvaluatedRequest request, SettingMetrics judged, long documents, SearchWork work) {
        boolean labelled = judged.labelled() > 0;
        return new Row(
                request.shown(),
                request.body(),
                judged.recall(),
                judged.recallError(),
                labelled ? judged.precision() : Double.NaN,
                labelled ? judged.averagePrecision() : Double.NaN,
                judged.percentile(.5),
                judged.percentile(.99),
                documents,
                work.codes(),
                work.share(),
                work.vectors());
    }

    private Map<String, Object> codeFilter() {
        return QuerySample.filter(null, Set.of(codesOf), fingerprints, mapped);
    }

    private void countForCodes() {
        codeDocuments = searches.count(codeFilter());
        if (codeDocuments < FEWEST_FOR_CODES) {
            throw new IllegalArgumentException(
                    "[codes] need at least [" + FEWEST_FOR_CODES + "] documents with a vector in [" + codesOf
                            + "]; got [" + codeDocuments + "]: index more, or leave [codes] out");
        }
    }

    /**
     * Learns codes from a sample of the vectors, without those that they are judged by, when it is this task's turn.
     *
     * <p>The turn comes before the sample is read: its pages are taken by the threads that compute, which only whoever
     * has the turn keeps busy, so that they are few, and wait for nobody's hour of learning; those of the cluster's
     * management are none of ours.
     */
    private EvaluateReport.CodeTable codes() {
        String field = codesOf;
        List<Query> judges = queries.subList(0, (int) Math.min(queries.size(), codeDocuments / 5));
        int dims = judges.getFirst().vectors().get(field).length;
        int most = (int) Math.min(codeDocuments, config.codes().sample());
        long bytes = (long) Float.BYTES * most * dims + CodeLengths.bytes(config.codes(), most, dims, pool.threads());
        float[][] vectors =
                judges.stream().map(query -> query.vectors().get(field)).toArray(float[][]::new);
        return searches.await(listener -> pool.inTurn(
                task,
                listener,
                turn -> AsyncSteps.holding(
                        pool.reserve(bytes, "lower [codes.sample] or [codes.bits]"),
                        turn,
                        next -> CodeSample.draw(
                                searches,
                                pool.executor(),
                                codeFilter(),
                                field,
                                makers.get(field),
                                judges,
                                codeDocuments,
                                most,
                                config.seed(),
                                task,
                                AsyncSteps.after(
                                        next,
                                        (l, documents) -> AsyncSteps.run(
                                                pool.executor(),
                                                l,
                                                table -> table.onResponse(compare(field, documents, vectors))))))));
    }

    private EvaluateReport.CodeTable compare(String field, float[][] documents, float[][] vectors) {
        Metric metric = mapped.metric(
                settings.getFirst().first("metric"), field, queries.getFirst().index());
        Normalization normalization =
                SearchedFields.normalization(settings.getFirst().first("normalize_vectors"));
        try (Workers workers = new Workers(pool.threads(), pool.executor())) {
            return new CodeLengths(config.codes(), config.k(), config.seed(), metric, normalization, workers, task::at)
                    .compare(field, documents, vectors);
        }
    }
}
