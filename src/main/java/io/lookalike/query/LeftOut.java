package io.lookalike.query;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskManager;

/**
 * Warns of documents that a search of several shards leaves out because they carry another fingerprint.
 *
 * <p>One shard warns of its own. Of several only the warnings of the last to answer would reach the user, so the
 * coordinating node counts for all, by a search of the same indices, aliases and point in time with the user's rights. It
 * is a child of the search that it counts for, runs beside it and never delays it: what has not been counted when the
 * search ends is cancelled, and then there is no warning. As a rule the count is first: it starts first, and shards answer
 * it from the request cache until they change. It is asked once for a search, field and fingerprint. Thread-safe.
 */
public final class LeftOut implements MappedActionFilter {
    private static final String HEADER = "lookalike_left_out";
    private static final TimeValue PATIENCE = TimeValue.timeValueSeconds(10);

    private final ThreadContext threadContext;
    private final NodeClient client;
    private final TaskManager tasks;
    private final CarriersCache carriers;

    public LeftOut(NodeClient client, TaskManager tasks, CarriersCache carriers) {
        this.threadContext = client.threadPool().getThreadContext();
        this.client = client;
        this.tasks = tasks;
        this.carriers = carriers;
    }

    @Override
    public String actionName() {
        return TransportSearchAction.NAME;
    }

    @Override
    @SuppressWarnings("try") // what the context was is restored at the end
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        Counts counts = new Counts(task);
        try (var ignored = threadContext.newStoredContextPreservingResponseHeaders(List.of(HEADER), List.of())) {
            threadContext.putTransient(HEADER, counts);
            chain.proceed(task, action, request, ActionListener.runBefore(listener, counts::end));
        }
    }

    /**
     * Starts to count, where it takes more than one shard.
     *
     * @param pit null where the search is not one of a point in time
     * @param field of the vectors or codes
     * @param encoder as the user named it, or null
     * @return whether the user will be told, so that the shards need not
     */
    static boolean count(
            ThreadContext threadContext,
            ResolvedIndices indices,
            PointInTimeBuilder pit,
            String field,
            String encoder,
            String fingerprint) {
        Counts counts = isCounted(indices) ? threadContext.getTransient(HEADER) : null;
        if (counts == null) {
            return false;
        }
        counts.start(new Asked(field, encoder, fingerprint), indices.getLocalIndices(), pit);
        return true;
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

    /** The same for all searches of a field and a fingerprint, so that shards can answer it from their caches. */
    private SearchRequest request(Asked asked, OriginalIndices indices, PointInTimeBuilder pit) {
        SearchSourceBuilder source = new SearchSourceBuilder()
                .query(HashRadiusQueryBuilder.leftOut(asked.field, asked.fingerprint, carriers))
                .size(0)
                .trackTotalHits(true)
                .timeout(PATIENCE);
        return Within.of(indices, pit, source).requestCache(true);
    }

    private record Asked(String field, String encoder, String fingerprint) {}

    /** What is counted for one search. */
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

        /** Warns of what has been counted, in the thread context in which the search is answered. */
        void end() {
            Map<Asked, Count> all;
            synchronized (this) {
                ended = true;
                all = Map.copyOf(counts);
            }
            all.forEach((asked, count) -> {
                if (count.found > 0) {
                    Fingerprint.warn(count.found, "", InputResolver.sibling(asked.field, "encoder"), asked.encoder);
                }
                count.cancel();
            });
        }
    }

    /** One count: its task until it has ended, then what it found. */
    private final class Count implements ActionListener<SearchResponse> {
        private volatile long found;
        private boolean done;
        private boolean cancelled;
        private Task task;

        @Override
        public void onResponse(SearchResponse response) {
            found = response.getHits().getTotalHits().value();
            done();
        }

        @Override
        public void onFailure(Exception e) {
            done(); // the warning is lost, the search is not
        }

        private synchronized void done() {
            done = true;
        }

        void started(Task counting) {
            synchronized (this) {
                task = counting;
                if (!cancelled) {
                    return;
                }
            }
            stop(counting);
        }

        void cancel() {
            Task counting;
            synchronized (this) {
                cancelled = true;
                counting = task;
                if (done) {
                    return;
                }
            }
            stop(counting);
        }

        private void stop(Task counting) {
            if (counting instanceof CancellableTask cancellable) {
                tasks.cancelTaskAndDescendants(
                        cancellable, "the search that it counted for has ended", false, ActionListener.noop());
            }
        }
    }
}
