package io.lookalike.inference;

import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.ParentTaskAssigningClient;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;

/**
 * Makes the task of a search known to everything that runs for the search on its coordinating node.
 *
 * <p>Elasticsearch does not pass the task to the rewrite of a query. So this filter puts it into the thread context
 * before the search starts, as a transient header. The header follows the search from thread to thread, but not to
 * other nodes, and ends with it. A search within a search has its own task. Thread-safe.
 */
public final class CurrentSearch implements MappedActionFilter {
    private static final String HEADER = "lookalike_current_task";

    private final ThreadContext threadContext;
    private final Supplier<String> localNode;

    /** A task with the id that its children refer to. */
    private record Running(CancellableTask task, TaskId id) {}

    /** @param localNode the id of this node, known after the node has started */
    public CurrentSearch(ThreadContext threadContext, Supplier<String> localNode) {
        this.threadContext = threadContext;
        this.localNode = localNode;
    }

    @Override
    public String actionName() {
        return TransportSearchAction.NAME;
    }

    @Override
    @SuppressWarnings("try") // closing restores the context
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        try (var ignored = threadContext.newStoredContextPreservingResponseHeaders(List.of(HEADER), List.of())) {
            if (task instanceof CancellableTask cancellable) {
                threadContext.putTransient(
                        HEADER, new Running(cancellable, new TaskId(localNode.get(), cancellable.getId())));
            }
            chain.proceed(task, action, request, listener);
        }
    }

    /** The task of the search that this thread works for; null without one. */
    public static CancellableTask of(ThreadContext threadContext) {
        Running running = threadContext.getTransient(HEADER);
        return running == null ? null : running.task;
    }

    /** A client whose requests are children of the search of this thread, and are cancelled with it. */
    public static Client client(Client client) {
        Running running = client.threadPool().getThreadContext().getTransient(HEADER);
        return running == null ? client : new ParentTaskAssigningClient(client, running.id);
    }

    /**
     * Fails a listener when the search of this thread is cancelled. The listener is called in its own context, not in
     * that of the canceller.
     */
    public static <T> void onCancelled(ThreadContext threadContext, ActionListener<T> listener) {
        CancellableTask task = of(threadContext);
        if (task != null) {
            ActionListener<T> own = OwnContext.keep(threadContext, listener);
            task.addListener(() -> own.onFailure(task.getTaskCancelledException()));
        }
    }
}
