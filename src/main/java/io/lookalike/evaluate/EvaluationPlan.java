package io.lookalike.evaluate;

import io.lookalike.encoder.Messages;
import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.task.FieldAliases;
import io.lookalike.task.FieldLookup;
import io.lookalike.task.LabelField;
import io.lookalike.task.LongTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.elasticsearch.cluster.metadata.ProjectMetadata;

/**
 * What an evaluation compares and by which documents it searches, found out from the request, the mappings, the
 * encoders and the documents. Immutable.
 */
final class EvaluationPlan {
    /** About what the name of a hit and its place in a set take. */
    private static final int BYTES_A_HIT = 150;
    /** About what the vector of a query takes. */
    private static final long BYTES_A_QUERY = 8 << 10;

    final EvaluateConfig config;
    final SearchedFields mapped;
    /** Fields of vectors that are searched, and the one that codes are learned from. */
    final Set<String> fields;
    /** The fingerprint that documents must have, by field of vectors; only of fields with a known encoder. */
    final Map<String, String> fingerprints;
    /** The encoder that is searched with, by nested field of vectors; it need not have made all of a document. */
    final Map<String, QuerySample.Maker> makers;
    /** The field of codes beside a field of vectors; only of those that have one. */
    final Map<String, String> codeFields;
    /** The labels as they are stored; null unless stored ones are asked for. */
    final LabelField labelField;
    /** The field of vectors that codes are learned from; null without a table of codes. */
    final String codesField;

    final List<EvaluatedRequest> settings;
    /** The exact requests of all settings, each once, in the order of their settings. */
    final List<EvaluatedRequest> exacts;
    /** How many documents each of them can find. */
    final List<Long> documents;

    final List<Query> queries;

    private final Searches searches;

    /**
     * @param reserve is called with the bytes that the evaluation will hold
     * @throws IllegalArgumentException if the indices do not have what the request names
     */
    EvaluationPlan(
            EvaluateConfig config,
            Searches searches,
            Encoders encoders,
            ProjectMetadata metadata,
            LongTask task,
            LongConsumer reserve) {
        this.config = config;
        this.searches = searches;
        FieldAliases aliases = aliases(metadata);
        List<EvaluatedRequest> resolved = config.settings().stream()
                .map(setting -> setting.withFields(aliases::target))
                .distinct()
                .toList();
        this.codesField = codesField(resolved, aliases);
        this.fields = new LinkedHashSet<>();
        this.codeFields = new LinkedHashMap<>();
        Map<String, String> encoderIds = new HashMap<>();
        for (EvaluatedRequest setting : resolved) {
            fields.addAll(setting.fields());
            codeFields.putAll(setting.codeFields());
            encoderIds.putAll(setting.encoders());
        }
        if (codesField != null) {
            fields.add(codesField);
        }
        this.mapped = SearchedFields.of(searches, fieldsToLookUp(resolved, codeFields), metadata);
        requireFields();
        this.labelField = config.labelField() != null && (config.byCode() || config.codes() != null)
                ? mapped.labels(config.labelField())
                : null;
        codeFields.values().removeIf(field -> !mapped.areVectors(field));
        codeFields.entrySet().removeIf(pair -> !mapped.areSiblings(pair.getKey(), pair.getValue()));
        fields.forEach(field -> encoderIds.computeIfAbsent(field, mapped::encoder));
        this.settings = resolved.stream()
                .map(setting -> setting.inNested(mapped.nested()))
                .toList();
        this.exacts = settings.stream().map(this::exactOf).distinct().toList();
        this.fingerprints = fingerprints(encoderIds, encoders);
        this.makers = makers();
        reserve.accept(
                config.queries() * ((long) exacts.size() * config.k() * BYTES_A_HIT + fields.size() * BYTES_A_QUERY));
        this.queries = new QuerySample(
                        fields,
                        codeFields,
                        makers,
                        byName(encoderIds, encoders),
                        mapped.ofSeveralIndices(),
                        config.labelField())
                .draw(searches, documentsWith(fields, asked()), config.seed(), config.queries(), task);
        requireQueries(encoderIds);
        this.documents = exacts.stream().map(this::count).toList();
    }

    private FieldAliases aliases(ProjectMetadata metadata) {
        List<String> named = config.settings().stream()
                .flatMap(setting -> setting.fields().stream())
                .distinct()
                .toList();
        return FieldAliases.of(metadata, searches.fields(named).getIndices());
    }

    private String codesField(List<EvaluatedRequest> resolved, FieldAliases aliases) {
        if (config.codes() == null) {
            return null;
        }
        return config.codes().field() == null
                ? resolved.getFirst().fields().getFirst()
                : aliases.target(config.codes().field());
    }

    private List<String> fieldsToLookUp(List<EvaluatedRequest> resolved, Map<String, String> codeFields) {
        List<String> names = new ArrayList<>(fields);
        names.addAll(codeFields.values());
        resolved.forEach(setting -> names.addAll(setting.requiredFields()));
        fields.forEach(field -> names.addAll(FieldLookup.encoderFields(field)));
        if (config.labelField() != null) {
            names.add(config.labelField());
        }
        return names;
    }

    private void requireFields() {
        fields.forEach(field -> mapped.requireVectors(field, searches));
        if (config.query() != null) {
            // parsing it tells what is wrong with it
            searches.source(Map.of("query", config.query()), 0);
        }
        if (config.labelField() != null) {
            mapped.requireLabels(config.labelField());
        }
        if (!config.holdOut().isEmpty() && searches.count(heldOut()) == 0) {
            throw new IllegalArgumentException("no document of [" + searches.indices() + "] has one of the labels "
                    + Messages.cut(config.holdOut()) + " in [" + config.labelField()
                    + "]; name in [hold_out.labels] some that documents have");
        }
    }

    /** The query for documents with a label that is held out. */
    Map<String, Object> heldOut() {
        return withLabel(config.holdOut());
    }

    /** The query for documents with one of these labels. */
    Map<String, Object> withLabel(List<String> labels) {
        return mapped.inNested(config.labelField(), Map.of("terms", Map.of(config.labelField(), labels)));
    }

    /** The query for documents that may serve as queries; null for any. */
    private Map<String, Object> asked() {
        if (config.holdOut().isEmpty()) {
            return config.query();
        }
        return config.query() == null
                ? heldOut()
                : Map.of("bool", Map.of("filter", List.of(config.query(), heldOut())));
    }

    /** An encoder that does not exist is left out: the search will say so. */
    private static Map<String, String> fingerprints(Map<String, String> encoderIds, Encoders encoders) {
        Map<String, String> fingerprints = new HashMap<>();
        encoderIds.forEach((field, id) -> {
            if (id != null && encoders.registry().exists(id)) {
                fingerprints.put(field, encoders.registry().definition(id).fingerprint());
            }
        });
        return fingerprints;
    }

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
     * Fields whose stored vectors cannot be searched by, so that documents are searched by their names: the encoder
     * would project a vector again, because it projects to as many dims as there were, or makes no codes of vectors.
     */
    private static Set<String> byName(Map<String, String> encoderIds, Encoders encoders) {
        Set<String> names = new HashSet<>();
        encoderIds.forEach((field, id) -> {
            if (id != null && encoders.registry().exists(id)) {
                Encoder encoder = encoders.registry().encoder(id);
                if ((encoder.stages() > 0 && encoder.dims() == encoder.inputDims()) || !encoder.hasVectorCodes()) {
                    names.add(field);
                }
            }
        });
        return names;
    }

    /**
     * The query for documents with a vector of the encoder that is searched with, in each of these fields.
     *
     * @param query that they must match too; null for any
     */
    Map<String, Object> documentsWith(Set<String> vectors, Map<String, Object> query) {
        List<Object> filter = new ArrayList<>();
        if (query != null) {
            filter.add(query);
        }
        for (String field : vectors) {
            filter.add(mapped.inNested(field, Map.of("exists", Map.of("field", field))));
            String fingerprint = fingerprints.get(field);
            if (fingerprint != null) {
                filter.add(mapped.inNested(field, SearchableDocuments.madeBy(field, fingerprint)));
            }
        }
        return Map.of("bool", Map.of("filter", filter));
    }

    private void requireQueries(Map<String, String> encoderIds) {
        if (queries.isEmpty()) {
            throw new IllegalArgumentException("no document of [" + searches.indices() + "] "
                    + (config.query() == null ? "" : "matches [query] and ")
                    + (config.holdOut().isEmpty() ? "" : "has a label of [hold_out] and ") + "has a vector in " + fields
                    + (encoderIds.values().stream().allMatch(Objects::isNull)
                            ? ""
                            : " that was made by the encoder that is searched with")
                    + "; index some, or reencode those that are there");
        }
    }

    private EvaluatedRequest exactOf(EvaluatedRequest setting) {
        return setting.exact(mapped.nested(), config.k());
    }

    /** The number of the exact request of a setting. */
    int exactOf(int setting) {
        return exacts.indexOf(exactOf(settings.get(setting)));
    }

    /** Queries for the documents that a request can find. */
    SearchableDocuments searchable(EvaluatedRequest request) {
        return request.documents(mapped.nested(), fingerprints);
    }

    private long count(EvaluatedRequest exact) {
        SearchableDocuments searchable = searchable(exact);
        long count = searches.count(searchable.all());
        for (String field : exact.requiredFields()) {
            if (mapped.isMapped(field)) {
                count -= searches.count(searchable.without(field));
            }
        }
        if (count < 2) {
            throw new IllegalArgumentException("[request] can find [" + count + "] documents of ["
                    + searches.indices()
                    + "] and needs at least [2], because a query document does not find itself; index more, or ask "
                    + "for more in [request]");
        }
        return count;
    }
}
