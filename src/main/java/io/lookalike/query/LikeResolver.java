package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.query.InputNeeds.Want;
import java.util.List;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.transport.RemoteClusterAware;

/**
 * Fetches the vector, code and buckets of the document that {@code like} names, with the user's own rights. Immutable
 * and thread-safe.
 *
 * @param indices that the search names; null where they are not known
 * @param pit null where the search is not one of a point in time
 */
record LikeResolver(Encoders encoders, InputNeeds needs, ResolvedIndices indices, PointInTimeBuilder pit) {
    private static final TimeValue TIMEOUT = TimeValue.timeValueSeconds(30);
    private static final String VECTOR = "the vector of [like]";

    /**
     * The fields of the document that are read.
     *
     * @param path of the vector, or of the code where only codes are searched
     * @param buckets null where they are not needed
     */
    private record Fields(String path, String codes, String buckets, String fingerprint, String quality) {}

    private Fields fields(Like like) {
        SearchedMappings mappings = new SearchedMappings(indices);
        boolean named = like.path() != null;
        String path = named ? mappings.target(like.path()) : needs.searched();
        // the fields option of a search returns nothing for an alias of vectors or codes
        String codes = needs.vectorField() == null
                ? path
                : named ? FieldNames.sibling(path, FieldNames.HASH) : mappings.target(needs.codeField());
        String buckets = needs.bucketsField() == null
                ? null
                : named ? FieldNames.sibling(path, FieldNames.BUCKETS) : mappings.target(needs.bucketsField());
        return new Fields(
                path,
                codes,
                buckets,
                FieldNames.sibling(path, FieldNames.ENCODER),
                FieldNames.sibling(path, FieldNames.QUALITY));
    }

    /**
     * @param encoder null where neither the query nor the mapping names one
     * @param task whose cancellation ends the work; null for none
     */
    void resolve(
            UserInput input,
            String encoder,
            CancellableTask task,
            Client client,
            ActionListener<ResolvedInput> listener) {
        Fields fields = fields(input.like());
        client.search(request(input.like(), fields), listener.delegateFailureAndWrap((next, response) -> {
            ResolvedInput found =
                    resolved(input, encoder, fields, response.getHits().getHits());
            if (encoder == null || !(needs.wants(Want.PROJECTIONS) || needs.wants(Want.CLUSTERS))) {
                next.onResponse(found);
                return;
            }
            encoders.search(
                    encoder,
                    VECTOR,
                    null,
                    false,
                    task,
                    (e, ticket, made) -> made.onResponse(e.encodeStored(VECTOR, found.vector())),
                    next.map((Encoding encoding) -> needs.withEncoded(found, encoder, encoding)));
        }));
    }

    /**
     * A search for the document in the index that {@code like} names, else in what the request names. It is a search,
     * not a GET, so that filters of aliases, routing and the rights to documents and fields apply.
     */
    private SearchRequest request(Like like, Fields fields) {
        SearchSourceBuilder source = new SearchSourceBuilder()
                .query(QueryBuilders.idsQuery().addIds(like.id()))
                .size(2)
                .timeout(TIMEOUT)
                .fetchSource(false)
                .fetchField(fields.path)
                .fetchField(fields.fingerprint);
        if (!fields.codes.equals(fields.path)) {
            source.fetchField(fields.codes);
        }
        if (fields.buckets != null) {
            source.fetchField(fields.buckets);
        }
        if (needs.wants(Want.PERCEPTUAL)) {
            source.fetchField(fields.quality);
        }
        // with partial results, a shard that fails would look like a missing document
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
        // a search of a point in time refuses routing
        return pit == null ? request.routing(like.routing()) : request;
    }

    private ResolvedInput resolved(UserInput input, String encoder, Fields fields, SearchHit[] hits) {
        SearchHit hit = requireOne(input.like(), hits);
        LikeDocument document = new LikeDocument(hit, name(input.like()), needs.vectorField() != null);
        List<?> values = document.requireValues(
                fields.path,
                input.like().index() != null && input.like().path() != null
                        ? "; if [path] is a field alias, name the field that it points to"
                        : "");
        float[] vector = needs.vectorField() == null ? null : LikeDocument.floats(values, fields.path);
        byte[] hash = document.code(fields.codes);
        String fingerprint = null;
        if (encoder != null) {
            fingerprint = encoders.registry().definition(encoder).fingerprint();
            document.requireFingerprint(fields.fingerprint, encoder, fingerprint);
        }
        List<String> buckets = fields.buckets == null ? null : document.buckets(fields.buckets);
        needs.requireContent("like", document.wholeNumber(fields.quality), InputNeeds.LITTLE);
        return needs.resolved(input, vector, hash, buckets, fingerprint)
                .withLikeIndex(RemoteClusterAware.buildRemoteIndexName(hit.getClusterAlias(), hit.getIndex()));
    }

    private SearchHit requireOne(Like like, SearchHit[] hits) {
        if (hits.length == 0) {
            throw new ResourceNotFoundException("[like] names " + name(like) + ", which does not exist"
                    + (like.routing() == null ? "; if it was indexed with [routing], name that too" : ""));
        }
        if (hits.length > 1) {
            String one = Messages.show(hits[0].getIndex());
            String other = Messages.show(hits[1].getIndex());
            throw new IllegalArgumentException("[like] names " + name(like) + ", of which there are several; "
                    + (one.equals(other)
                            ? "name its [routing] in [like]"
                            : "name one index in [index] of [like], such as [" + one + "] or [" + other + "]"));
        }
        return hits[0];
    }

    private String name(Like like) {
        String id = "document [" + Messages.show(like.id()) + "]";
        if (like.index() != null) {
            return id + " of index [" + Messages.show(like.index()) + "]";
        }
        if (pit != null) {
            return id + " of the point in time";
        }
        String[] names = indices.getLocalIndices().indices();
        return names.length == 0 ? id : id + " of index [" + Messages.show(String.join(",", names)) + "]";
    }
}
