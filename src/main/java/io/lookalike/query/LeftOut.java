package io.lookalike.query;

import java.util.function.Function;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.OriginalIndices;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * How many documents of a search with several shards carry another fingerprint, asked while the query is encoded.
 *
 * <p>A shard's own warning is enough where there is one shard; of several only the warnings of the last to answer reach
 * the user, so all of them are told the sum. When the count fails each warns of its own.
 */
final class LeftOut {
    /** Shards are left to warn for themselves. */
    static final LeftOut NOBODY_COUNTS = new LeftOut(null, null);

    private static final TimeValue PATIENCE = TimeValue.timeValueSeconds(10);

    private final SubscribableListener<Long> count;
    private final ThreadContext threadContext;

    private LeftOut(SubscribableListener<Long> count, ThreadContext threadContext) {
        this.count = count;
        this.threadContext = threadContext;
    }

    /**
     * Starts to count, where it takes more than one shard.
     *
     * @param query the query that is resolved, with another input
     * @param encoder as the user named it, or null
     */
    static LeftOut count(
            ResolvedIndices indices,
            Function<QueryInput, QueryBuilder> query,
            String encoder,
            String fingerprint,
            Client client) {
        if (!isCounted(indices)) {
            return NOBODY_COUNTS;
        }
        OriginalIndices local = indices.getLocalIndices();
        QueryInput input = new QueryInput();
        input.encoder = encoder;
        input.fingerprint = fingerprint;
        input.resolved = true;
        input.leftOutOnly = true;
        SearchRequest request = new SearchRequest(local.indices())
                .indicesOptions(local.indicesOptions())
                .source(new SearchSourceBuilder()
                        .query(query.apply(input))
                        .size(0)
                        .trackTotalHits(true)
                        .timeout(PATIENCE));
        return new LeftOut(
                SubscribableListener.newForked(l -> client.search(request, l.map(LeftOut::found))),
                client.threadPool().getThreadContext());
    }

    /** Whether the coordinating node counts for these. */
    static boolean isCounted(ResolvedIndices indices) {
        return indices != null
                && indices.getLocalIndices() != null
                && indices.getRemoteClusterIndices().isEmpty()
                && shards(indices) > 1;
    }

    private static int shards(ResolvedIndices indices) {
        int shards = 0;
        for (IndexMetadata index : indices.getConcreteLocalIndicesMetadata().values()) {
            shards += index.getNumberOfShards();
        }
        return shards;
    }

    private static long found(SearchResponse response) {
        return response.getHits().getTotalHits().value();
    }

    /** Hands on a resolved input with what was counted. */
    void into(QueryInput resolved, ActionListener<QueryInput> listener) {
        if (count == null) {
            listener.onResponse(resolved);
            return;
        }
        count.addListener(
                new ActionListener<>() {
                    @Override
                    public void onResponse(Long found) {
                        resolved.leftOut = found;
                        listener.onResponse(resolved);
                    }

                    @Override
                    public void onFailure(Exception e) {
                        listener.onResponse(resolved);
                    }
                },
                EsExecutors.DIRECT_EXECUTOR_SERVICE,
                threadContext);
    }
}
