package io.lookalike.task;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import java.util.ArrayList;
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
import org.elasticsearch.index.query.MatchNoneQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;

/**
 * The field of some indices that holds what an encoder made, as Elasticsearch's field capabilities tell a user who may
 * read them.
 *
 * @param name of the vectors; never an alias
 * @param nested path of the nested object that it lies in; null for none
 * @param encoderField the keyword field beside it, which holds the fingerprints of encoders. Null where no index has
 *     one and the mapping names no encoder: vectors came without any, and no fingerprint is asked for, as
 *     {@code hash_knn} has it
 * @param perceptual whether it holds hashes of pixels
 */
public record VectorField(String name, String nested, String encoderField, boolean perceptual) {
    private static final String TYPE = "dense_vector";
    private static final String KEYWORD = "keyword";
    private static final String TEXT = "text";
    private static final String ENCODER = "encoder";

    public VectorField(String name, String nested) {
        this(name, nested, FieldNames.sibling(name, ENCODER), false);
    }

    /** Whether documents say which encoder made theirs. */
    public boolean marked() {
        return encoderField != null;
    }

    /** The field beside it with the quality of the picture. */
    public String qualityField() {
        return FieldNames.sibling(name, FieldNames.QUALITY);
    }

    /** Documents that have a vector. */
    public QueryBuilder exists() {
        return within(QueryBuilders.existsQuery(name));
    }

    /** Documents that have one of an encoder; all that have one, where none says which made it. */
    public QueryBuilder madeBy(String fingerprint) {
        return !marked() ? exists() : within(QueryBuilders.termQuery(encoderField(), fingerprint));
    }

    /** Documents that have a vector which the encoder did not make. */
    QueryBuilder leftOut(String fingerprint) {
        return !marked()
                ? new MatchNoneQueryBuilder()
                : within(QueryBuilders.boolQuery()
                        .filter(QueryBuilders.existsQuery(name))
                        .mustNot(QueryBuilders.termQuery(encoderField, fingerprint)));
    }

    /** Documents that say which encoder made a vector of theirs, and have none. */
    public QueryBuilder lacking() {
        return lacking(QueryBuilders.existsQuery(encoderField));
    }

    /** Documents that say that an encoder made a vector of theirs, and have none. */
    public QueryBuilder lacking(String fingerprint) {
        return marked() ? lacking(QueryBuilders.termQuery(encoderField, fingerprint)) : new MatchNoneQueryBuilder();
    }

    /**
     * What is to be told of documents that a task of one encoder left out.
     *
     * @param leftOut those with a vector that it did not make
     * @param lacking those that name it and have no vector
     */
    public List<String> warnings(String encoder, long leftOut, long lacking) {
        List<String> warnings = new ArrayList<>();
        if (leftOut > 0) {
            warnings.add("[" + leftOut + "] documents have a vector in [" + Values.cut(name)
                    + "] but not the fingerprint of encoder [" + encoder + "] in [" + Values.cut(encoderField)
                    + "], and were left out; index them again through its pipeline");
        }
        if (lacking > 0) {
            warnings.add("[" + lacking + "] documents name encoder [" + encoder + "] in [" + Values.cut(encoderField)
                    + "] but have no [" + Values.cut(name)
                    + "], and were left out; index them again through a pipeline");
        }
        return warnings;
    }

    private QueryBuilder lacking(QueryBuilder marked) {
        return within(QueryBuilders.boolQuery().filter(marked).mustNot(QueryBuilders.existsQuery(name)));
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
    public static void find(
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
    public static void find(
            Client client,
            List<String> indices,
            IndicesOptions options,
            String name,
            String encoder,
            ProjectMetadata metadata,
            String remedy,
            ActionListener<VectorField> listener) {
        AsyncSteps.<FieldCapabilitiesResponse>first(l -> capabilities(client, indices, options, l))
                .<VectorField>then((l, found) -> {
                    FieldAliases aliases = FieldAliases.of(metadata, found.getIndices());
                    VectorField field = choose(found, indices, name, encoder, remedy, aliases);
                    // of a field that an alias points to they need not tell
                    String told = name == null ? field.name : name;
                    mark(client, indices, options, field, found.get().get(told).get(TYPE), l);
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
        client.fieldCaps(request, AsyncSteps.after(listener, (next, found) -> {
            if (found.getIndices().length == 0 && !found.getFailures().isEmpty()) {
                throw found.getFailures().getFirst().getException();
            }
            next.onResponse(found);
        }));
    }

    /** Looks up a field of codes or vectors that is named. */
    public static void named(
            Client client,
            List<String> indices,
            IndicesOptions options,
            String name,
            ProjectMetadata metadata,
            ActionListener<VectorField> listener) {
        capabilities(client, indices, options, AsyncSteps.after(listener, (next, found) -> {
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
            String target = FieldAliases.of(metadata, found.getIndices()).target(name);
            FieldCapabilities type = found.get().get(name).get(TYPE);
            VectorField field = new VectorField(target, nested(found, target), null, isPerceptual(target, type));
            mark(client, indices, options, field, type, next);
        }));
    }

    /**
     * Looks for the field of the encoders beside one, in the indices that have that.
     *
     * @param type what tells whether the mapping names an encoder
     */
    private static void mark(
            Client client,
            List<String> indices,
            IndicesOptions options,
            VectorField field,
            FieldCapabilities type,
            ActionListener<VectorField> listener) {
        List<String> marks = encoderFields(field.name);
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices.toArray(String[]::new))
                .indicesOptions(options)
                .indexFilter(QueryBuilders.existsQuery(field.name))
                .fields(marks.toArray(String[]::new));
        client.fieldCaps(
                request,
                AsyncSteps.map(
                        listener,
                        found -> new VectorField(
                                field.name,
                                field.nested,
                                encoderField(
                                        found, marks.getFirst(), !encoders(type).isEmpty()),
                                field.perceptual)));
    }

    /** The fields beside one that may tell which encoder made it. */
    public static List<String> encoderFields(String vectors) {
        String mark = FieldNames.sibling(vectors, ENCODER);
        return List.of(mark, mark + "." + KEYWORD);
    }

    /**
     * The field that fingerprints are read from: of texts that which a dynamic mapping adds to them.
     *
     * @param named whether the mapping of the vectors names an encoder
     * @return null where nothing says which encoder made them
     * @throws IllegalArgumentException where fingerprints cannot be read
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
            return null; // another field of that name, which is none of ours
        }
        String keyword = name + "." + KEYWORD;
        if (types.keySet().equals(Set.of(TEXT)) && areTerms(found.get().getOrDefault(keyword, Map.of()))) {
            return keyword;
        }
        throw new IllegalArgumentException(
                "field [" + Values.cut(name) + "] is of type " + new TreeSet<>(types.keySet())
                        + (types.keySet().equals(Set.of(KEYWORD)) ? ", in some index without doc values" : "")
                        + ", and does not tell which encoder made what; it must be a [keyword] with doc values in "
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

    /** Whether a dense_vector holds codes, by its mapping, or by its name. */
    public static boolean isCode(String field, FieldCapabilities type) {
        return FieldNames.last(field).equals(FieldNames.HASH) || isPerceptual(field, type);
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
        for (String object : FieldNames.parents(field)) {
            Map<String, FieldCapabilities> types = found.get().get(object);
            if (types != null && types.containsKey("nested")) {
                return object;
            }
        }
        return null;
    }
}
