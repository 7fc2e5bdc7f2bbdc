package io.lookalike.query;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import io.lookalike.inference.CurrentTask;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.search.QueryBuckets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.RemoteClusterAware;

/**
 * Turns what a user searches by into a vector, a code and buckets, once for a search, on the coordinating node.
 *
 * <p>Pictures are encoded on the encoders' own threads, and the search goes on on the search coordination pool.
 * Documents are fetched with the user's own rights.
 */
public final class InputResolver {
    private static final TimeValue PATIENCE = TimeValue.timeValueSeconds(30);
    private static final int SHOWN_FIELDS = 10;
    private static final int SHOWN_ENCODERS = 20;
    private static final int REMEMBERED_MAPPINGS = 1000;
    private static final Cache<MappedField, Mapped> MAPPED = CacheBuilder.<MappedField, Mapped>builder()
            .setMaximumWeight(REMEMBERED_MAPPINGS)
            .build();

    /** A field of any index with this mapping. */
    private record MappedField(String mappingSha256, String field) {}

    /**
     * @param target the field, or the one that it is an alias of
     * @param encoder that the field's meta names; null for none
     * @param kind of codes that its meta says; null for none
     */
    private record Mapped(
            boolean mapped, boolean object, String target, String encoder, Object kind, List<String> within) {}

    private final Encoders encoders;
    private final String field;
    private final String hashField;
    private final String bucketsField;
    private final Set<Want> wants;
    private final ResolvedIndices indices;
    private final PointInTimeBuilder pit;

    /** What a query needs beside a vector and its code. */
    enum Want {
        /** The hash of a picture's pixels for its code. */
        PERCEPTUAL,
        /** After that hash those of the picture turned and mirrored. */
        SYMMETRIES,
        PROJECTIONS,
        /** All clusters, the nearest first. */
        CLUSTERS
    }

    /**
     * @param field the vector field, null where only codes are searched
     * @param hashField the field of the codes
     * @param bucketsField the field of the buckets, null where none are needed
     */
    InputResolver(
            Encoders encoders,
            String field,
            String hashField,
            String bucketsField,
            Set<Want> wants,
            QueryRewriteContext context) {
        this.encoders = encoders;
        this.field = field;
        this.hashField = hashField;
        this.bucketsField = bucketsField;
        this.wants = Set.copyOf(wants);
        this.indices = context.getResolvedIndices();
        this.pit = context.getPointInTimeBuilder();
    }

    /** Whether this context belongs to the coordinating node, where inputs are resolved. */
    static boolean coordinates(QueryRewriteContext context) {
        return context.convertToSearchExecutionContext() == null
                && context.convertToCoordinatorRewriteContext() == null
                && context.convertToIndexMetadataContext() == null
                && context.convertToDataRewriteContext() == null
                && context.convertToInnerHitsRewriteContext() == null;
    }

    /**
     * Resolves at once, on any thread, what takes next to no time: a vector, with an encoder that has worked before. So
     * most searches are not handed to other threads and back.
     *
     * @return null where {@link #resolve} is to be called
     */
    QueryInput resolveNow(QueryInput input) {
        return LeftOut.isCounted(indices) ? null : quickly(input);
    }

    private QueryInput quickly(QueryInput input) {
        boolean oneMapping =
                indices != null && indices.getConcreteLocalIndicesMetadata().size() == 1;
        if (input.vector == null || !oneMapping) {
            return null;
        }
        String encoder = encoder(input);
        if (encoder == null) {
            requireNoClusters();
            return resolved(input, input.vector, input.hash, null, null);
        }
        Encoder ready = encoders.ready(encoder);
        return ready == null ? null : resolved(input, encoder, ready.encodeVector("[query_vector]", input.vector));
    }

    /**
     * Ends early, and takes nothing more out of a queue, where the search that this thread works for is cancelled.
     *
     * @param listener called at once, else on the search coordination pool in the thread context of the caller
     */
    void resolve(QueryInput input, Client client, ActionListener<QueryInput> listener) {
        ThreadContext threadContext = client.threadPool().getThreadContext();
        ActionListener.run(listener, l -> {
            QueryInput now = quickly(input);
            if (now != null) {
                now.counted = counts(now, now.fingerprint, threadContext);
                l.onResponse(now);
                return;
            }
            CancellableTask task = CurrentTask.of(threadContext);
            Executor coordination = client.threadPool().executor(ThreadPool.Names.SEARCH_COORDINATION);
            SubscribableListener<QueryInput> first = new SubscribableListener<>();
            first.addListener(l, coordination, threadContext);
            CurrentTask.onCancelled(threadContext, first);
            // not on the caller's thread, which may be a transport thread: the first use of an encoder loads its model
            coordination.execute(ActionRunnable.wrap(first, done -> {
                String encoder = encoder(input);
                if (encoder == null) {
                    requireNoClusters();
                }
                boolean counts = encoder != null
                        && counts(input, encoders.definition(encoder).fingerprint(), threadContext);
                resolve(input, encoder, task, CurrentTask.client(client), done.map(resolved -> {
                    resolved.counted = counts;
                    return resolved;
                }));
            }));
        });
    }

    /** Starts to count what all shards leave out; false where the coordinating node does not. */
    private boolean counts(QueryInput input, String fingerprint, ThreadContext threadContext) {
        String searched = field == null ? hashField : field;
        return fingerprint != null
                && LeftOut.count(threadContext, indices, pit, new LeftOut.Others(searched, input.encoder, fingerprint));
    }

    private void resolve(
            QueryInput input, String encoder, CancellableTask task, Client client, ActionListener<QueryInput> l) {
        if (input.image != null) {
            byPicture(input, encoder, task, l);
        } else if (input.like != null) {
            byDocument(input, encoder, task, client, l);
        } else if (input.vectorBuilder != null) {
            requireSame(input, encoder);
            input.vectorBuilder.buildVector(
                    client,
                    l.delegateFailureAndWrap(
                            (next, vector) -> byVector(input, built(input, vector), encoder, task, next)));
        } else {
            byVector(input, input.vector, encoder, task, l);
        }
    }

    /** A vector of another encoder has a distance too, which means nothing. */
    private void requireSame(QueryInput input, String encoder) {
        if (encoder != null
                && input.vectorBuilder instanceof ImageEmbeddingVectorBuilder builder
                && !builder.encoder().equals(encoder)
                && !encoders.definition(builder.encoder())
                        .fingerprint()
                        .equals(encoders.definition(encoder).fingerprint())) {
            throw new IllegalArgumentException("[query_vector_builder] [image_embedding] encodes with encoder ["
                    + Values.show(builder.encoder()) + "] but the search is by encoder [" + Values.show(encoder)
                    + "], of whose documents it compares the vectors; name the same in both");
        }
    }

    private void byPicture(
            QueryInput input, String encoder, CancellableTask task, ActionListener<QueryInput> listener) {
        String what = "[query_image]";
        if (input.refused != null) {
            throw input.refused;
        }
        if (encoder == null) {
            throw new IllegalArgumentException(
                    "[query_image] needs an encoder, and neither the query nor the mapping of ["
                            + Values.show(field == null ? hashField : field) + "] names one; add [encoder]");
        }
        boolean pixels = wants.contains(Want.SYMMETRIES) || wants.contains(Want.PERCEPTUAL);
        encoders.search(
                encoder,
                what,
                input.image,
                !pixels,
                task,
                (e, ticket, l) -> encoders.withPicture(what, input.image, bytes -> {
                    if (wants.contains(Want.SYMMETRIES)) {
                        l.onResponse(e.encodeSymmetries(what, bytes, encoders.limits(), ticket));
                    } else if (wants.contains(Want.PERCEPTUAL)) {
                        l.onResponse(e.encodePerceptual(what, bytes, encoders.limits(), ticket));
                    } else {
                        e.encodePicture(what, bytes, encoders.limits(), ticket, l);
                    }
                }),
                listener.map((Encoding encoding) -> {
                    encoding.warnIfVanished(what, encoder);
                    return resolved(input, encoder, encoding);
                }));
    }

    private static float[] built(QueryInput input, float[] vector) {
        String what = "[query_vector_builder] [" + input.vectorBuilder.getWriteableName() + "]";
        if (vector == null) {
            throw new IllegalArgumentException(what + " made no vector");
        }
        QueryInput.checkFinite("the vector of " + what, vector);
        return vector;
    }

    private void byVector(
            QueryInput input,
            float[] vector,
            String encoder,
            CancellableTask task,
            ActionListener<QueryInput> listener) {
        if (encoder == null) {
            listener.onResponse(resolved(input, vector, input.hash, null, null));
        } else if (vector == null) {
            listener.onResponse(resolved(
                    input, null, input.hash, null, encoders.definition(encoder).fingerprint()));
        } else {
            encoders.search(
                    encoder,
                    "[query_vector]",
                    null,
                    false,
                    task,
                    (e, ticket, l) -> l.onResponse(
                            input.vectorBuilder instanceof ImageEmbeddingVectorBuilder
                                    ? e.encodeStored("the vector of [query_vector_builder] [image_embedding]", vector)
                                    : e.encodeVector("[query_vector]", vector)),
                    listener.map((Encoding encoding) -> resolved(input, encoder, encoding)));
        }
    }

    private void byDocument(
            QueryInput input,
            String encoder,
            CancellableTask task,
            Client client,
            ActionListener<QueryInput> listener) {
        Like like = input.like;
        String path = like.path() != null ? target(like.path(), indices) : field != null ? field : hashField;
        // a search answers an alias of vectors or codes with nothing
        String codes = field == null
                ? path
                : like.path() == null ? target(hashField, indices) : FieldNames.sibling(path, FieldNames.HASH);
        String buckets = bucketsField == null
                ? null
                : like.path() == null ? target(bucketsField, indices) : FieldNames.sibling(path, FieldNames.BUCKETS);
        String mark = FieldNames.sibling(path, FieldNames.ENCODER);
        SearchSourceBuilder source = new SearchSourceBuilder()
                .query(QueryBuilders.idsQuery().addIds(like.id()))
                .size(2)
                .timeout(PATIENCE)
                .fetchSource(false)
                .fetchField(path)
                .fetchField(mark);
        if (!codes.equals(path)) {
            source.fetchField(codes);
        }
        if (buckets != null) {
            source.fetchField(buckets);
        }
        if (wants.contains(Want.PERCEPTUAL)) {
            source.fetchField(FieldNames.sibling(path, FieldNames.QUALITY));
        }
        client.search(likeRequest(like, source), listener.delegateFailureAndWrap((next, response) -> {
            QueryInput found = document(input, encoder, path, codes, buckets, mark, response);
            if (encoder == null || !(wants.contains(Want.PROJECTIONS) || wants.contains(Want.CLUSTERS))) {
                next.onResponse(found);
                return;
            }
            encoders.search(
                    encoder,
                    "the vector of [like]",
                    null,
                    false,
                    task,
                    (e, ticket, made) -> made.onResponse(e.encodeStored("the vector of [like]", found.vector)),
                    next.map((Encoding encoding) -> {
                        add(found, encoder, encoding);
                        return found;
                    }));
        }));
    }

    /**
     * A search for the document in the index that {@code like} names, else in what the request names. It is a search,
     * and no GET of the document, so that filters of aliases, routing and the rights to documents and fields hold.
     */
    private SearchRequest likeRequest(Like like, SearchSourceBuilder source) {
        // half an answer would say of a document that it does not exist
        if (like.index() != null) {
            return new SearchRequest(like.index())
                    .source(source)
                    .routing(like.routing())
                    .allowPartialSearchResults(false);
        }
        if (indices == null
                || indices.getLocalIndices() == null
                || !indices.getRemoteClusterIndices().isEmpty()) {
            throw new IllegalArgumentException(
                    "[like] needs [index], because the search is not over indices of this cluster alone; add it");
        }
        SearchRequest request =
                SubSearch.request(indices.getLocalIndices(), pit, source).allowPartialSearchResults(false);
        // a point in time is searched whole, and refuses it
        return pit == null ? request.routing(like.routing()) : request;
    }

    private String likeName(Like like) {
        String id = "document [" + Values.show(like.id()) + "]";
        if (like.index() != null) {
            return id + " of index [" + Values.show(like.index()) + "]";
        }
        if (pit != null) {
            return id + " of the point in time";
        }
        String[] names = indices.getLocalIndices().indices();
        return names.length == 0 ? id : id + " of index [" + Values.show(String.join(",", names)) + "]";
    }

    private QueryInput document(
            QueryInput input,
            String encoder,
            String path,
            String codes,
            String buckets,
            String mark,
            SearchResponse response) {
        String name = likeName(input.like);
        SearchHit[] hits = response.getHits().getHits();
        if (hits.length == 0) {
            throw new ResourceNotFoundException("[like] names " + name + ", which does not exist"
                    + (input.like.routing() == null ? "; if it was indexed with [routing], name that too" : ""));
        }
        if (hits.length > 1) {
            String one = Values.show(hits[0].getIndex());
            String other = Values.show(hits[1].getIndex());
            throw new IllegalArgumentException("[like] names " + name + ", of which there are several; "
                    + (one.equals(other)
                            ? "name its [routing] in [like]"
                            : "name one index in [index] of [like], such as [" + one + "] or [" + other + "]"));
        }
        SearchHit hit = hits[0];
        List<?> values = values(hit, path);
        if (values == null) {
            throw new IllegalArgumentException(
                    "[like] names " + name + ", which has no field [" + Values.show(path) + "]"
                            + (input.like.index() != null && input.like.path() != null
                                    ? "; if [path] is a field alias, name the field that it points to"
                                    : ""));
        }
        float[] vector = field == null ? null : floats(values, path);
        List<?> codeValues = values(hit, codes);
        byte[] hash = codeValues == null ? null : bytes(codeValues, codes);
        String fingerprint = null;
        if (encoder != null) {
            fingerprint = encoders.definition(encoder).fingerprint();
            List<?> stored = values(hit, mark);
            if (stored == null || !stored.contains(fingerprint)) {
                throw new IllegalArgumentException("[like] names " + name + ", whose [" + Values.show(mark) + "] is "
                        + shown(stored) + ", but encoder [" + encoder + "] has fingerprint [" + fingerprint
                        + "]; name the encoder that made it, or index it again");
            }
        }
        QueryInput resolved =
                resolved(input, vector, hash, buckets == null ? null : terms(hit, buckets, name), fingerprint);
        List<?> quality = values(hit, FieldNames.sibling(path, FieldNames.QUALITY));
        resolved.quality = quality != null && quality.getFirst() instanceof Number number ? number.intValue() : null;
        resolved.likeIndex = RemoteClusterAware.buildRemoteIndexName(hit.getClusterAlias(), hit.getIndex());
        return resolved;
    }

    private static String shown(List<?> stored) {
        return stored == null
                ? "missing"
                : stored.size() == 1 ? "[" + Values.show(stored.get(0)) + "]" : "[" + Values.show(stored) + "]";
    }

    /** A field's values; of a nested field those of the one nested object that there is. Null without any. */
    private List<?> values(SearchHit hit, String path) {
        DocumentField found = hit.field(path);
        if (found != null) {
            return found.getValues().isEmpty() ? null : found.getValues();
        }
        for (String outer : FieldNames.parents(path)) {
            DocumentField holder = hit.field(outer);
            List<Object> objects = holder == null ? List.of() : holder.getValues();
            if (objects.size() > 1) {
                throw new IllegalArgumentException("[like] names document [" + Values.show(hit.getId())
                        + "], which has [" + objects.size() + "] objects in ["
                        + Values.show(outer)
                        + "]; choose one from what [GET /" + Values.show(hit.getIndex()) + "/_doc/"
                        + Values.show(hit.getId()) + "?_source_exclude_vectors=false] shows, and send its ["
                        + Values.show(path.substring(outer.length() + 1)) + "]"
                        + (field == null ? ", in hex, as [query_hash]" : " as [query_vector]"));
            }
            if (objects.size() == 1
                    && objects.get(0) instanceof Map<?, ?> object
                    && object.get(path.substring(outer.length() + 1)) instanceof List<?> values) {
                return values.isEmpty() ? null : values;
            }
        }
        return null;
    }

    /** A document's buckets, each once. */
    private List<String> terms(SearchHit hit, String buckets, String name) {
        List<?> stored = values(hit, buckets);
        if (stored == null) {
            throw new IllegalArgumentException("[like] names " + name + ", which has no field [" + Values.show(buckets)
                    + "]; name the field of its buckets in [buckets_field], or index it through a pipeline "
                    + "with an encoder");
        }
        TreeSet<String> terms = new TreeSet<>();
        Set<Integer> tables = new HashSet<>();
        for (Object term : stored) {
            int table = QueryBuckets.table(term.toString());
            if (terms.add(term.toString()) && table != Integer.MAX_VALUE && !tables.add(table)) {
                throw new IllegalArgumentException(
                        "[like] names " + name + ", which has several buckets of hash table ["
                                + table + "] in [" + Values.show(buckets)
                                + "]: those of several pictures; send the vector of one as [query_vector], or index "
                                + "them as [nested] objects");
            }
        }
        if (terms.size() > QueryBuckets.MAX_TABLES) {
            throw new IllegalArgumentException("[like] names " + name + ", which has [" + terms.size() + "] terms in ["
                    + Values.show(buckets) + "]; there are at most [" + QueryBuckets.MAX_TABLES + "] hash tables");
        }
        return List.copyOf(terms);
    }

    private static float[] floats(List<?> values, String path) {
        List<?> numbers = values.get(0) instanceof List<?> inner ? inner : values;
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = number(numbers.get(i), path).floatValue();
        }
        return floats;
    }

    private static byte[] bytes(List<?> values, String path) {
        if (values.get(0) instanceof String hex) {
            return HexFormat.of().parseHex(hex);
        }
        List<?> numbers = values.get(0) instanceof List<?> inner ? inner : values;
        byte[] bytes = new byte[numbers.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = number(numbers.get(i), path).byteValue();
        }
        return bytes;
    }

    private static Number number(Object value, String path) {
        if (value instanceof Number number) {
            return number;
        }
        throw new IllegalArgumentException("[like] names field [" + Values.show(path)
                + "], whose values are not numbers; [path] must name a field of vectors");
    }

    private QueryInput resolved(QueryInput input, String encoder, Encoding made) {
        byte[] hash =
                wants.contains(Want.PERCEPTUAL) ? made.perceptual() : input.hash != null ? input.hash : made.hash();
        QueryInput resolved = resolved(input, made.vector(), hash, made.buckets(), made.fingerprint());
        resolved.quality = made.quality();
        add(resolved, encoder, made);
        return resolved;
    }

    /** Adds what only the encoder can say. */
    private void add(QueryInput resolved, String encoder, Encoding made) {
        if (wants.contains(Want.PROJECTIONS)) {
            resolved.projections = made.projections();
            resolved.scale = made.scale();
        }
        if (wants.contains(Want.CLUSTERS)) {
            resolved.clusters = made.nearestClusters(Integer.MAX_VALUE);
            if (resolved.clusters == null) {
                throw new IllegalArgumentException(
                        "[candidates] [clusters] needs an encoder with [clusters], and encoder [" + encoder
                                + "] has none; learn [kmeans] with POST /_lookalike/encoder/{new_id}/_train and "
                                + "index with the new encoder, or use [candidates] [hamming]");
            }
        }
    }

    private QueryInput resolved(
            QueryInput input, float[] vector, byte[] hash, List<String> buckets, String fingerprint) {
        QueryInput resolved = new QueryInput();
        resolved.vector = field == null ? null : vector;
        resolved.hash = hash;
        resolved.buckets = bucketsField == null ? null : buckets;
        resolved.like = input.like;
        resolved.includeSelf = input.includeSelf;
        resolved.encoder = input.encoder;
        resolved.fingerprint = fingerprint;
        resolved.resolved = true;
        return resolved;
    }

    /** The encoder that the query names, else the one that the mappings name, else null. */
    private String encoder(QueryInput input) {
        String searched = field == null ? hashField : field;
        boolean mapped =
                indices == null || indices.getConcreteLocalIndicesMetadata().isEmpty();
        TreeSet<String> named = new TreeSet<>();
        TreeSet<String> within = new TreeSet<>();
        boolean objects = indices != null && !mapped;
        if (indices != null) {
            for (IndexMetadata index : indices.getConcreteLocalIndicesMetadata().values()) {
                Mapped found = mapped(index.mapping(), searched);
                mapped |= found.mapped;
                objects &= !found.mapped || found.object;
                within.addAll(found.within);
                if (found.encoder != null) {
                    named.add(found.encoder);
                }
            }
        }
        if (!mapped) {
            throw new IllegalArgumentException("no index that is searched has a field [" + Values.show(searched)
                    + "]; create the index with the mapping that GET /_lookalike/encoder/"
                    + (input.encoder == null ? EncoderDefinition.DEFAULT : Values.show(input.encoder))
                    + "/_mapping answers, then index documents through a pipeline");
        }
        if (mapped && objects && within.isEmpty()) {
            throw new IllegalArgumentException("field [" + Values.show(searched)
                    + "] is an object without vectors or codes; name a field of these, such as [photo.vector]");
        }
        if (named.isEmpty() && !within.isEmpty()) {
            throw new IllegalArgumentException(
                    "field [" + Values.show(searched) + "] is an object; did you mean one of " + within + "?");
        }
        if (input.encoder != null) {
            if (!encoders.exists(input.encoder)) {
                throw new ResourceNotFoundException(encoders.noSuchEncoder(input.encoder));
            }
            return input.encoder;
        }
        if (named.size() > 1) {
            throw new IllegalArgumentException("the mappings of [" + Values.show(searched) + "] name encoders "
                    + named.stream().map(Values::show).limit(SHOWN_ENCODERS).toList()
                    + "; name one of them in [encoder]");
        }
        return named.isEmpty() ? null : named.first();
    }

    /** Without an encoder nobody knows which clusters are near. */
    private void requireNoClusters() {
        if (wants.contains(Want.CLUSTERS)) {
            throw new IllegalArgumentException(
                    "[candidates] [clusters] needs the encoder whose centroids made the clusters, and neither the "
                            + "query nor the mapping of ["
                            + Values.show(field) + "] names one; add [encoder], or use [candidates] [hamming]");
        }
    }

    /**
     * The field that a name means in the indices that are searched: of an alias the one that it points to.
     *
     * @throws IllegalArgumentException where it means several
     */
    static String target(String field, QueryRewriteContext context) {
        return target(field, context.getResolvedIndices());
    }

    private static String target(String field, ResolvedIndices indices) {
        Set<String> targets = new TreeSet<>();
        of(field, indices).forEach(found -> targets.add(found.target));
        return Mappings.oneTarget(field, targets);
    }

    /**
     * Whether a field holds hashes of pixels in the indices that are searched, not codes of embeddings.
     *
     * @throws IllegalArgumentException where it holds the one here and the other there
     */
    static boolean isPerceptual(String field, QueryRewriteContext context) {
        Set<Boolean> perceptual = new TreeSet<>();
        of(field, context.getResolvedIndices())
                .forEach(found -> perceptual.add(Mappings.isPerceptual(found.kind, found.target)));
        if (perceptual.size() > 1) {
            throw new IllegalArgumentException("field [" + Values.show(field)
                    + "] holds hashes of pixels in some of the indices that are searched and codes of embeddings in "
                    + "others, as ["
                    + Mappings.META_KIND + "] in the [meta] of their mappings says; search them apart");
        }
        return perceptual.isEmpty() ? Mappings.isPerceptual(null, field) : perceptual.contains(true);
    }

    /** Whether any of the indices that are searched has a field. */
    static boolean isMapped(String field, QueryRewriteContext context) {
        return !of(field, context.getResolvedIndices()).isEmpty();
    }

    /** What the mappings that have a field say of it. */
    private static List<Mapped> of(String field, ResolvedIndices indices) {
        return indices == null
                ? List.of()
                : indices.getConcreteLocalIndicesMetadata().values().stream()
                        .map(index -> mapped(index.mapping(), field))
                        .filter(Mapped::mapped)
                        .toList();
    }

    /** What a mapping says of a field; a mapping is parsed once. */
    private static Mapped mapped(MappingMetadata mapping, String field) {
        if (mapping == null) {
            return new Mapped(false, false, field, null, null, List.of());
        }
        MappedField key = new MappedField(mapping.getSha256(), field);
        Mapped known = MAPPED.get(key);
        if (known == null) {
            Map<String, Object> source = mapping.sourceAsMap();
            Map<?, ?> found = Mappings.find(source, field);
            Map<?, ?> meta = found != null && found.get("meta") instanceof Map<?, ?> given ? given : Map.of();
            known = new Mapped(
                    found != null,
                    found != null && (found.get("type") == null || "object".equals(found.get("type"))),
                    found == null ? field : Mappings.target(source, field),
                    meta.get(Mappings.META_ENCODER) instanceof String id ? id : null,
                    meta.get(Mappings.META_KIND),
                    vectorsWithin(found, field));
            if (found != null) {
                MAPPED.put(key, known); // names that nothing maps would fill it
            }
        }
        return known;
    }

    /** Fields of vectors and codes right within an object, if it is one. */
    private static List<String> vectorsWithin(Map<?, ?> found, String name) {
        List<String> within = new ArrayList<>();
        if (found != null && found.get("properties") instanceof Map<?, ?> properties) {
            properties.forEach((inner, mapped) -> {
                if (mapped instanceof Map<?, ?> map
                        && "dense_vector".equals(map.get("type"))
                        && within.size() < SHOWN_FIELDS) {
                    within.add(Values.show(name + "." + inner));
                }
            });
        }
        return List.copyOf(within);
    }
}
