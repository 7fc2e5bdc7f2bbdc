package io.lookalike.task;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.index.query.QueryBuilders;

/**
 * Looks up fields of vectors and codes in some indices, by Elasticsearch's field capabilities, so with the rights of
 * the user. An alias stands for the field that it points to. Thread-safe.
 *
 * @param metadata of the indices, for field aliases
 */
public record FieldLookup(Client client, List<String> indices, IndicesOptions options, ProjectMetadata metadata) {
    /** The type of fields of vectors and codes. */
    public static final String TYPE = "dense_vector";

    private static final String KEYWORD = "keyword";
    private static final String TEXT = "text";

    /**
     * Looks up the field of vectors of an encoder.
     *
     * @param name null for the field whose mapping names the encoder
     * @param remedy how a request names a field, for error messages
     */
    public void vectors(String name, String encoder, String remedy, ActionListener<VectorField> listener) {
        capabilities(AsyncSteps.after(listener, (next, found) -> {
            FieldAliases aliases = FieldAliases.of(metadata, found.getIndices());
            VectorField field = choose(found, indices, name, encoder, remedy, aliases);
            // the answer need not contain the field that an alias points to
            String answered = name == null ? field.name() : name;
            withEncoderField(field, found.get().get(answered).get(TYPE), next);
        }));
    }

    /** Looks up a field of codes or vectors by its name. */
    public void named(String name, ActionListener<VectorField> listener) {
        capabilities(AsyncSteps.after(listener, (next, found) -> {
            if (found.getIndices().length == 0) {
                throw new IllegalArgumentException(
                        "no index matches " + Messages.cut(indices) + "; name one that exists");
            }
            Set<String> fields = new TreeSet<>();
            found.get().forEach((field, types) -> {
                if (types.containsKey(TYPE)) {
                    fields.add(field);
                }
            });
            if (!fields.contains(name)) {
                throw new IllegalArgumentException("field [" + name + "] of " + Messages.cut(indices)
                        + " is missing or no dense_vector; name one of " + Messages.cut(fields));
            }
            String target = FieldAliases.of(metadata, found.getIndices()).target(name);
            FieldCapabilities type = found.get().get(name).get(TYPE);
            VectorField field = new VectorField(target, nestedPath(found, target), null, isPerceptual(target, type));
            withEncoderField(field, type, next);
        }));
    }

    /**
     * Looks up a field of labels.
     *
     * @param key of the request, for error messages
     */
    public void labels(String key, String name, ActionListener<LabelField> listener) {
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices.toArray(String[]::new))
                .indicesOptions(options)
                .fields(Stream.concat(Stream.of(name), FieldNames.parents(name).stream())
                        .toArray(String[]::new));
        client.fieldCaps(request, AsyncSteps.map(listener, found -> LabelField.of(found, indices, key, name)));
    }

    /** All fields of vectors and codes. */
    private void capabilities(ActionListener<FieldCapabilitiesResponse> listener) {
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices.toArray(String[]::new))
                .indicesOptions(options)
                .fields("*")
                .types(TYPE);
        client.fieldCaps(request, AsyncSteps.after(listener, (next, found) -> {
            if (found.getIndices().length == 0 && !found.getFailures().isEmpty()) {
                throw found.getFailures().getFirst().getException();
            }
            next.onResponse(found);
        }));
    }

    /**
     * Adds the field of fingerprints beside a field, looked up in the indices that have the field.
     *
     * @param type of the field, which tells whether the mapping names an encoder
     */
    private void withEncoderField(VectorField field, FieldCapabilities type, ActionListener<VectorField> listener) {
        List<String> names = encoderFields(field.name());
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices.toArray(String[]::new))
                .indicesOptions(options)
                .indexFilter(QueryBuilders.existsQuery(field.name()))
                .fields(names.toArray(String[]::new));
        client.fieldCaps(
                request,
                AsyncSteps.map(
                        listener,
                        found -> field.withEncoderField(encoderField(
                                found, names.getFirst(), !encoders(type).isEmpty()))));
    }

    /** The fields beside a field of vectors that may hold the fingerprint of the encoder. */
    public static List<String> encoderFields(String vectors) {
        String name = FieldNames.sibling(vectors, FieldNames.ENCODER);
        return List.of(name, name + "." + KEYWORD);
    }

    /**
     * The field that fingerprints are read from. Where a dynamic mapping made it a text, that is the keyword below it.
     *
     * @param named whether the mapping of the vectors names an encoder
     * @return null if nothing says which encoder made the vectors
     * @throws IllegalArgumentException if fingerprints cannot be read
     */
    public static String encoderField(FieldCapabilitiesResponse found, String name, boolean named) {
        Map<String, FieldCapabilities> types = found.get().getOrDefault(name, Map.of());
        if (types.isEmpty()) {
            return named ? name : null;
        }
        if (areTerms(types)) {
            return name;
        }
        if (!named && !types.containsKey(KEYWORD) && !types.containsKey(TEXT)) {
            return null; // a field of the user's own that happens to have this name
        }
        String keyword = name + "." + KEYWORD;
        if (types.keySet().equals(Set.of(TEXT)) && areTerms(found.get().getOrDefault(keyword, Map.of()))) {
            return keyword;
        }
        throw new IllegalArgumentException(
                "field [" + Messages.cut(name) + "] is of type " + new TreeSet<>(types.keySet())
                        + (types.keySet().equals(Set.of(KEYWORD)) ? ", in some index without doc values" : "")
                        + ", and cannot hold the fingerprints of encoders; it must be a [keyword] with doc values in "
                        + "all indices, as GET /_lookalike/encoder/{id}/_mapping answers it: _reindex into "
                        + "an index with that mapping");
    }

    private static boolean areTerms(Map<String, FieldCapabilities> types) {
        return types.keySet().equals(Set.of(KEYWORD))
                && types.get(KEYWORD).isSearchable()
                && types.get(KEYWORD).isAggregatable();
    }

    private static Set<String> encoders(FieldCapabilities field) {
        return field.meta().getOrDefault(Mappings.META_ENCODER, Set.of());
    }

    static VectorField choose(
            FieldCapabilitiesResponse found,
            List<String> indices,
            String name,
            String encoder,
            String remedy,
            FieldAliases aliases) {
        if (found.getIndices().length == 0) {
            throw new IllegalArgumentException(
                    "no index matches " + Messages.cut(indices) + "; name one that exists in [index]");
        }
        Set<String> vectors = new TreeSet<>();
        Set<String> named = new TreeSet<>();
        found.get().forEach((field, types) -> {
            FieldCapabilities type = types.get(TYPE);
            if (type != null) {
                // the user may choose a field of any name
                if (field.equals(name) || !isCode(field, type)) {
                    vectors.add(field);
                }
                if (encoders(type).contains(encoder) && isVector(field, type)) {
                    named.addAll(aliases.targets(field));
                }
            }
        });
        if (name == null && named.size() != 1) {
            throw new IllegalArgumentException((named.isEmpty()
                            ? "no field of vectors of " + Messages.cut(indices) + " names encoder [" + encoder
                                    + "] in its mapping"
                            : "fields " + Messages.cut(named) + " of " + Messages.cut(indices) + " name encoder ["
                                    + encoder + "] in their mappings")
                    + "; " + remedy + ", of " + Messages.cut(vectors));
        }
        String chosen = name == null ? named.iterator().next() : name;
        if (!vectors.contains(chosen)) {
            throw new IllegalArgumentException("field [" + chosen + "] of " + Messages.cut(indices)
                    + " is missing or no dense_vector; " + remedy + ", of " + Messages.cut(vectors));
        }
        String target = aliases.target(chosen);
        return new VectorField(target, nestedPath(found, target));
    }

    /** Whether a dense_vector holds codes or details, by its mapping, or by its name. */
    public static boolean isCode(String field, FieldCapabilities type) {
        return List.of(FieldNames.HASH, FieldNames.DETAIL).contains(FieldNames.last(field))
                || isPerceptual(field, type);
    }

    /** By the mappings; if they do not say, by the name. */
    private static boolean isPerceptual(String field, FieldCapabilities type) {
        Set<String> kinds = type.meta().getOrDefault(Mappings.META_KIND, Set.of());
        return kinds.isEmpty()
                ? Mappings.isPerceptual(null, field)
                : kinds.stream().allMatch(kind -> Mappings.isPerceptual(kind, field));
    }

    /** By the name, because the mappings of fields of codes name the encoder too. */
    private static boolean isVector(String field, FieldCapabilities type) {
        return FieldNames.last(field).equals(FieldNames.VECTOR) && !isPerceptual(field, type);
    }

    /** The path of the innermost nested object that holds a field; null if none does. */
    public static String nestedPath(FieldCapabilitiesResponse found, String field) {
        for (String object : FieldNames.parents(field)) {
            if (found.get().getOrDefault(object, Map.of()).containsKey("nested")) {
                return object;
            }
        }
        return null;
    }
}
