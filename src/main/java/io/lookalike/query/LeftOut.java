package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.FingerprintRule;
import io.lookalike.search.LeastQuality;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.OriginalIndices;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskManager;

/**
 * Warns of documents that a search of several shards leaves out, because they have another fingerprint or their
 * pictures have too little content.
 *
 * <p>Each shard warns of its own documents, but only the warnings of the shard that answers last reach the user. So the
 * coordinating node counts for all shards, and replaces their warnings with one of its own. The count is a search of
 * the same indices, aliases and point in time with the user's rights. It is a child task of the search, runs at the
 * same time and never delays it: if it has not finished when the search ends, it is cancelled, and the shards' warnings
 * stay. Usually it finishes first, because it starts first, and shards answer a count of fingerprints from the request
 * cache until they change. Each count runs once per search. Thread-safe.
 */
public final class LeftOut implements MappedActionFilter {
    private static final String HEADER = "lookalike_left_out";
    private static final long UNKNOWN = -1;
    private static final TimeValue PATIENCE = TimeValue.timeValueSeconds(10);

    private final ThreadContext threadContext;
    private final NodeClient client;
    private final TaskManager tasks;
    private final FingerprintDocsCache fingerprintDocs;

    public LeftOut(NodeClient client, TaskManager tasks, FingerprintDocsCache fingerprintDocs) {
        this.threadContext = client.threadPool().getThreadContext();
        this.client = client;
        this.tasks = tasks;
        this.fingerprintDocs = fingerprintDocs;
    }

    @Override
    public String actionName() {
        return TransportSearchAction.NAME;
    }

    @Override
    @SuppressWarnings("try") // the try statement restores the context
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        Counts counts = new Counts(task);
        Supplier<ThreadContext.StoredContext> caller = threadContext.newRestorableContext(false);
        try (var ignored = threadContext.newStoredContextPreservingResponseHeaders(List.of(HEADER), List.of())) {
            threadContext.putTransient(HEADER, counts);
            chain.proceed(task, action, request, new ActionListener<>() {
                @Override
                public void onResponse(Response response) {
                    Map<Asked, Long> found = counts.end();
                    try {
                        if (found.isEmpty()) {
                            listener.onResponse(response);
                        } else {
                            answer(found, response, listener, caller);
                        }
                    } finally {
                        counts.cancelLate(); // after the answer, because it takes longer
                    }
                }

                @Override
                public void onFailure(Exception e) {
                    counts.end();
                    try {
                        listener.onFailure(e);
                    } finally {
                        counts.cancelLate();
                    }
                }
            });
        }
    }

    /** Answers in the caller's context, with all response headers except the warnings of single shards. */
    @SuppressWarnings("try") // the try statement restores the context
    private <Response> void answer(
            Map<Asked, Long> found,
            Response response,
            ActionListener<Response> listener,
            Supplier<ThreadContext.StoredContext> caller) {
        Map<String, List<String>> headers = threadContext.getResponseHeaders();
        try (var ignored = caller.get()) {
            headers.forEach((name, values) -> values.stream()
                    .filter(value -> found.keySet().stream().noneMatch(asked -> asked.isShards(value)))
                    .forEach(value -> threadContext.addResponseHeader(name, value)));
            found.forEach(Asked::warn);
            listener.onResponse(response);
        }
    }

    /**
     * Starts a count, if the search is of more than one shard.
     *
     * @param pit null where the search is not one of a point in time
     * @return whether the count has started
     */
    static boolean count(ThreadContext threadContext, ResolvedIndices indices, PointInTimeBuilder pit, Asked asked) {
        Counts counts = isCounted(indices) ? threadContext.getTransient(HEADER) : null;
        if (counts == null) {
            return false;
        }
        counts.start(asked, indices.getLocalIndices(), pit);
        return true;
    }

    /** Whether the coordinating node counts for a search of these indices. */
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

    private SearchRequest request(Asked asked, OriginalIndices indices, PointInTimeBuilder pit) {
        SearchSourceBuilder source = new SearchSourceBuilder()
                .query(asked.query(fingerprintDocs))
                .size(0)
                .trackTotalHits(true)
                .timeout(PATIENCE);
        return SubSearch.request(indices, pit, source).requestCache(true);
    }

    /** What is counted. Equal instances are counted once. */
    sealed interface Asked {
        /** A query for the documents that are left out. */
        QueryBuilder query(FingerprintDocsCache fingerprintDocs);

        /** Whether a {@code Warning} header is a single shard's warning of the same kind. */
        boolean isShards(String header);

        void warn(long leftOut);
    }

    /**
     * Documents with another fingerprint, or none. The query is the same for all searches of a field and a fingerprint,
     * so that shards can answer it from their caches.
     *
     * @param field of the vectors or codes
     * @param encoder as the user named it, or null
     */
    record Others(String field, String encoder, String fingerprint) implements Asked {
        @Override
        public QueryBuilder query(FingerprintDocsCache fingerprintDocs) {
            return HashRadiusQueryBuilder.leftOut(field, fingerprint, fingerprintDocs);
        }

        @Override
        public boolean isShards(String header) {
            return FingerprintRule.isShards(header);
        }

        @Override
        public void warn(long leftOut) {
            FingerprintRule.warn(leftOut, "", FieldNames.sibling(field, FieldNames.ENCODER), encoder);
        }
    }

    /**
     * Documents within a radius whose pictures have too little content.
     *
     * @param query for these documents
     * @param field of the quality
     * @param least the least quality that is not left out
     */
    record WithoutContent(HashRadiusQueryBuilder query, String field, int least) implements Asked {
        @Override
        public QueryBuilder query(FingerprintDocsCache fingerprintDocs) {
            return query;
        }

        @Override
        public boolean isShards(String header) {
            return LeastQuality.isShards(header);
        }

        @Override
        public void warn(long leftOut) {
            LeastQuality.warn(leftOut, "", field, least);
        }
    }

    /** All counts of one search. */
    private final class Counts {
        private final Task search;
        private final Map<Asked, Count> counts = new HashMap<>();
        private boolean ended;

        Counts(Task search) {
            this.search = search;
        }

        void start(Asked asked, OriginalIndices indices, PointInTimeBuilder pit) {
            Count count = new Count();
            synchronized (this) {
                if (ended || counts.putIfAbsent(asked, count) != null) {
                    return;
                }
            }
            SearchRequest request = request(asked, indices, pit);
            if (search != null) {
                request.setParentTask(client.getLocalNodeId(), search.getId());
            }
            count.started(client.executeLocally(TransportSearchAction.TYPE, request, count));
        }

        /**
         * Returns how many documents are left out; empty unless all counts have finished. No count starts after this.
         */
        Map<Asked, Long> end() {
            Map<Asked, Count> all;
            synchronized (this) {
                ended = true;
                all = Map.copyOf(counts);
            }
            Map<Asked, Long> found = new HashMap<>();
            boolean whole = true;
            for (Map.Entry<Asked, Count> each : all.entrySet()) {
                long leftOut = each.getValue().end();
                whole &= leftOut != UNKNOWN;
                if (leftOut > 0) {
                    found.put(each.getKey(), leftOut);
                }
            }
            return whole ? found : Map.of();
        }

        void cancelLate() {
            List<Count> all;
            synchronized (this) {
                all = List.copyOf(counts.values());
            }
            all.forEach(Count::cancelLate);
        }
    }

    /** One count: its task while it runs, then its result. */
    private final class Count implements ActionListener<SearchResponse> {
        private long found = UNKNOWN;
        private boolean done;
        private boolean late;
        private Task task;

        @Override
        public void onResponse(SearchResponse response) {
            done(response.getHits().getTotalHits().value());
        }

        @Override
        public void onFailure(Exception e) {
            done(UNKNOWN); // the search does not fail; its shards' warnings stay
        }

        private synchronized void done(long count) {
            done = true;
            found = count;
        }

        void started(Task counting) {
            synchronized (this) {
                task = counting;
            }
            cancelLate();
        }

        /** Returns the result; a result that comes later is ignored. */
        synchronized long end() {
            late = !done;
            return found;
        }

        void cancelLate() {
            Task counting;
            synchronized (this) {
                if (!late || done) {
                    return;
                }
                counting = task;
            }
            if (counting instanceof CancellableTask cancellable) {
                tasks.cancelTaskAndDescendants(
                        cancellable, "the search that it counted for has ended", false, ActionListener.noop());
            }
        }
    }
}
