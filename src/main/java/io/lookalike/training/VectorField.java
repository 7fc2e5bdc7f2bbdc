package io.lookalike.training;

import io.lookalike.encoder.Encoding;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.search.join.ScoreMode;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;

/**
 * The field of some indices that holds what an encoder made, as Elasticsearch's field capabilities tell a user who may read them.
 *
 * @param name of the vectors; never an alias
 * @param nested path of the nested object that it lies in; null for none
 * @param marked whether documents say which encoder made theirs. Where no index has a field for that and the mapping names no encoder, vectors
 *     came without any, and no fingerprint is asked for, as {@code hash_knn} has it
 * @param perceptual whether it holds hashes of pixels
 */
record VectorField(String name, String nested, boolean marked, boolean perceptual) {
    private static final String TYPE = "dense_vector";

    VectorField(String name, String nested) {
        this(name, nested, true, false);
    }

    /** The keyword field beside it, which holds the fingerprints of encoders. */
    String encoderField() {
        return sibling("encoder");
    }

    /** The field beside it with the quality of the picture. */
    String qualityField() {
        return sibling(Encoding.QUALITY);
    }

    private String sibling(String field) {
        return name.substring(0, name.lastIndexOf('.') + 1) + field;
    }

    /** Documents that have a vector. */
    QueryBuilder exists() {
        return within(QueryBuilders.existsQuery(name));
    }

    /** Documents that have one of an encoder; all that have one, where none says which made it. */
    QueryBuilder madeBy(String fingerprint) {
        return !marked ? exists() : within(QueryBuilders.termQuery(encoderField(), fingerprint));
    }

    private QueryBuilder within(QueryBuilder query) {
        return nested == null
                ? query
                : QueryBuilders.nestedQuery(nested, query, ScoreMode.None).ignoreUnmapped(true);
    }

    /**
     * Looks it up.
     *
     * @param name null for the one whose meta names the encoder; an alias is one of what it points to
     */
    static void find(
            Client client,
            List<String> indices,
            IndicesOptions options,
            String name,
            String encoder,
            ProjectMetadata metadata,
            ActionListener<VectorField> listener) {
        find(client, indices, options, name, encoder, metadata, "name one in [field]", listener);
    }

    /** @param remedy how a request names one */
    static void find(
            Client client,
            List<String> indices,
            IndicesOptions options,
            String name,
            String encoder,
            ProjectMetadata metadata,
            String remedy,
            ActionListener<VectorField> listener) {
        Steps.<FieldCapabilitiesResponse>first(l -> capabilities(client, indices, options, l))
                .<VectorField>then((l, found) -> {
                    Aliases aliases = Aliases.of(metadata, found.getIndices());
                    VectorField field = choose(found, indices, name, encoder, remedy, aliases);
                    // of a field that an alias points to they need not tell
                    String told = name == null ? field.name : name;
                    if (encoders(found.get().get(told).get(TYPE)).isEmpty()) {
                        mark(client, indices, options, field, l);
                    } else {
                        l.onResponse(field);
                    }
                })
                .to(listener);
    }

    /** What the indices map as vectors; fails as they do where none of them can tell. */
    private static void capabilities(
            Client client,
            List<String> indices,
            IndicesOptions options,
            ActionListener<FieldCapabilitiesResponse> listener) {
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices.toArray(String[]::new))
                .indicesOptions(options)
                .fields("*")
                .types(TYPE);
        client.fieldCaps(request, Steps.after(listener, (next, found) -> {
            if (found.getIndices().length == 0 && !found.getFailures().isEmpty()) {
                throw found.getFailures().getFirst().getException();
            }
            next.onResponse(found);
        }));
    }

    /** Looks up a field of codes or vectors that is named. */
    static void named(
            Client client,
            List<String> indices,
            IndicesOptions options,
            String name,
            ProjectMetadata metadata,
            ActionListener<VectorField> listener) {
        capabilities(client, indices, options, Steps.map(listener, found -> {
            if (found.getIndices().length == 0) {
                throw new IllegalArgumentException(
                        "no index matches " + Values.cut(indices) + "; name one that exists");
            }
            Set<String> fields = new TreeSet<>();
            found.get().forEach((field, types) -> {
                if (types.containsKey(TYPE)) {
                    fields.add(field);
                }
            });
            if (!fields.contains(name)) {
                throw new IllegalArgumentException("field [" + name + "] of " + Values.cut(indices)
                        + " is missing or no dense_vector; name one of " + Values.cut(fields));
            }
            String target = Aliases.of(metadata, found.getIndices()).target(name);
            return new VectorField(
                    target,
                    nested(found, target),
                    true,
                    isPerceptual(target, found.get().get(name).get(TYPE)));
        }));
    }

    /** Looks whether there is a field for the encoders of one whose mapping names none. */
    private static void mark(
            Client client,
            List<String> indices,
            IndicesOptions options,
            VectorField field,
            ActionListener<VectorField> listener) {
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices.toArray(String[]::new))
                .indicesOptions(options)
                .fields(field.encoderField());
        client.fieldCaps(
                request,
                Steps.map(
                        listener,
                        found -> new VectorField(
                                field.name,
                                field.nested,
                                found.get().containsKey(field.encoderField()),
                                field.perceptual)));
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
            Aliases aliases) {
        if (found.getIndices().length == 0) {
            throw new IllegalArgumentException(
                    "no index matches " + Values.cut(indices) + "; name one that exists in [index]");
        }
        Set<String> vectors = new TreeSet<>();
        Set<String> named = new TreeSet<>();
        found.get().forEach((field, types) -> {
            FieldCapabilities type = types.get(TYPE);
            if (type != null) {
                // a chosen one may have any name
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
                            ? "no field of vectors of " + Values.cut(indices) + " names encoder [" + encoder
                                    + "] in its mapping"
                            : "fields " + Values.cut(named) + " of " + Values.cut(indices) + " name encoder [" + encoder
                                    + "] in their mappings")
                    + "; " + remedy + ", of " + Values.cut(vectors));
        }
        String chosen = name == null ? named.iterator().next() : name;
        if (!vectors.contains(chosen)) {
            throw new IllegalArgumentException("field [" + chosen + "] of " + Values.cut(indices)
                    + " is missing or no dense_vector; " + remedy + ", of " + Values.cut(vectors));
        }
        String target = aliases.target(chosen);
        return new VectorField(target, nested(found, target));
    }

    private static boolean isCode(String field, FieldCapabilities type) {
        return field.substring(field.lastIndexOf('.') + 1).equals("hash") || isPerceptual(field, type);
    }

    /** As the mappings say that say it; else by its name. */
    private static boolean isPerceptual(String field, FieldCapabilities type) {
        Set<String> kinds = type.meta().getOrDefault(Mappings.META_KIND, Set.of());
        return kinds.isEmpty()
                ? Mappings.isPerceptual(null, field)
                : kinds.stream().allMatch(kind -> Mappings.isPerceptual(kind, field));
    }

    /** The mapping names the encoder in the fields of codes too. */
    private static boolean isVector(String field, FieldCapabilities type) {
        return (field.equals("vector") || field.endsWith(".vector")) && !isPerceptual(field, type);
    }

    private static String nested(FieldCapabilitiesResponse found, String field) {
        for (int dot = field.lastIndexOf('.'); dot > 0; dot = field.lastIndexOf('.', dot - 1)) {
            Map<String, FieldCapabilities> parent = found.get().get(field.substring(0, dot));
            if (parent != null && parent.containsKey("nested")) {
                return field.substring(0, dot);
            }
        }
        return null;
    }
}
