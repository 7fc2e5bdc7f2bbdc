package io.lookalike.evaluate;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.task.FieldLookup;
import io.lookalike.task.LabelField;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;

/** The mappings of the searched fields: their types, their nested objects and their encoders. Immutable. */
final class SearchedFields {
    private static final String VECTORS = "dense_vector";

    private final FieldCapabilitiesResponse capabilities;
    private final String indices;
    private final ProjectMetadata metadata;
    private final Map<String, String> nested = new TreeMap<>();

    private SearchedFields(FieldCapabilitiesResponse capabilities, String indices, ProjectMetadata metadata) {
        this.capabilities = capabilities;
        this.indices = indices;
        this.metadata = metadata;
    }

    /** @param metadata of the indices, for the similarity of their mappings */
    static SearchedFields of(Searches searches, Collection<String> names, ProjectMetadata metadata) {
        Set<String> asked = new LinkedHashSet<>();
        for (String name : names) {
            asked.add(name);
            FieldNames.parents(name).forEach(asked::add);
        }
        SearchedFields fields = new SearchedFields(searches.fields(List.copyOf(asked)), searches.indices(), metadata);
        for (String name : names) {
            String path = FieldLookup.nestedPath(fields.capabilities, name);
            if (path != null) {
                fields.nested.put(name, path);
            }
        }
        return fields;
    }

    boolean ofSeveralIndices() {
        return capabilities.getIndices().length > 1;
    }

    private Set<String> types(String name) {
        Set<String> types = new TreeSet<>(
                capabilities.getField(name) == null
                        ? Set.of()
                        : capabilities.getField(name).keySet());
        types.remove("unmapped");
        return types;
    }

    /** The path of the nested object, by field that lies in one. */
    Map<String, String> nested() {
        return nested;
    }

    boolean areVectors(String name) {
        return types(name).equals(Set.of(VECTORS));
    }

    /** Whether two fields lie in the same nested object, or in none. */
    boolean areSiblings(String name, String other) {
        return Objects.equals(nested.get(name), nested.get(other));
    }

    boolean isMapped(String name) {
        return !types(name).isEmpty();
    }

    void requireVectors(String name, Searches searches) {
        if (capabilities.getIndices().length == 0) {
            throw new IllegalArgumentException("no index matches [" + indices + "]; name one that exists");
        }
        Set<String> types = types(name);
        if (!types.equals(Set.of(VECTORS))) {
            throw new IllegalArgumentException((types.isEmpty()
                            ? "no index of [" + indices + "] has a field [" + name + "]"
                            : "field [" + name + "] is of type " + types)
                    + "; [field] must be a dense_vector: " + remedy(searches));
        }
    }

    private static String remedy(Searches searches) {
        Set<String> vectors = new TreeSet<>();
        searches.fields(List.of("*")).get().forEach((field, types) -> {
            FieldCapabilities type = types.get(VECTORS);
            if (type != null && !FieldLookup.isCode(field, type)) {
                vectors.add(field);
            }
        });
        return vectors.isEmpty()
                ? "create the index with the mapping that GET /_lookalike/encoder/{id}/_mapping answers, then index "
                        + "documents through a pipeline"
                : "did you mean one of " + Messages.cut(vectors) + "?";
    }

    void requireLabels(String name) {
        Set<String> types = types(name);
        if (types.isEmpty()) {
            throw new IllegalArgumentException("no index of [" + indices + "] has a field [" + name
                    + "]; name the field of the labels in [label_field], or leave it out");
        }
        for (FieldCapabilities field : capabilities.getField(name).values()) {
            if (!field.getType().equals("unmapped") && !(field.isAggregatable() && field.isSearchable())) {
                throw new IllegalArgumentException("[label_field] [" + name + "] is of type " + types
                        + "; labels need a field with doc values that can be searched, such as a [keyword], "
                        + "a number or a [boolean]");
            }
        }
    }

    /** The field of labels, whose stored values are read. */
    LabelField labels(String name) {
        return LabelField.of(capabilities, List.of(indices), "label_field", name);
    }

    /** The field of fingerprints beside a field, see {@link FieldLookup#encoderField}. */
    String encoderField(String name) {
        return FieldLookup.encoderField(capabilities, FieldNames.sibling(name, FieldNames.ENCODER), true);
    }

    /** The encoder that the mappings name for a field; null unless they name exactly one. */
    String encoder(String name) {
        Set<String> named = new TreeSet<>();
        for (FieldCapabilities field : capabilities.getField(name).values()) {
            named.addAll(field.meta().getOrDefault(Mappings.META_ENCODER, Set.of()));
        }
        return named.size() == 1 ? named.iterator().next() : null;
    }

    /**
     * The metric of a field.
     *
     * @param named the metric of the request; null for that of the mapping
     * @param index an index that maps the field
     */
    Metric metric(Object named, String field, String index) {
        if (named != null) {
            return Metric.valueOf(String.valueOf(named).toUpperCase(Locale.ROOT));
        }
        IndexMetadata mapped = metadata.index(index);
        Map<?, ?> mapping = mapped == null || mapped.mapping() == null
                ? null
                : Mappings.find(mapped.mapping().sourceAsMap(), field);
        Object similarity = mapping == null ? null : mapping.get("similarity");
        if (similarity == null) {
            return Metric.COSINE;
        }
        return similarity.equals("l2_norm")
                ? Metric.L2_NORM
                : similarity.equals("cosine") ? Metric.COSINE : Metric.DOT_PRODUCT;
    }

    static Normalization normalization(Object named) {
        return named == null
                ? Normalization.NONE
                : Normalization.valueOf(String.valueOf(named).toUpperCase(Locale.ROOT));
    }

    /** Wraps a query about a field into the {@code nested} query that it needs. */
    Map<String, Object> inNested(String name, Map<String, Object> query) {
        String path = nested.get(name);
        return path == null ? query : Map.of("nested", Map.of("path", path, "query", query));
    }
}
