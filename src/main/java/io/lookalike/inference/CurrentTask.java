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
 * Tells what runs for a search on its coordinating node which task the search is.
 *
 * <p>Elasticsearch does not tell a query that is rewritten. So the task is put into the thread context before the
 * search starts, as a transient header: it goes with the search from thread to thread, never to another node, and is
 * gone where the search is. A search within a search is a task of its own. Thread-safe.
 */
public final class CurrentTask implements MappedActionFilter {
    private static final String HEADER = "lookalike_current_task";

    private final ThreadContext threadContext;
    private final Supplier<String> localNode;

    /** A task with the id that its children name. */
    private record Running(CancellableTask task, TaskId id) {}

    /** @param localNode the id of this node, which is known once it has started */
    public CurrentTask(ThreadContext threadContext, Supplier<String> localNode) {
        this.threadContext = threadContext;
        this.localNode = localNode;
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
        try (var ignored = threadContext.newStoredContextPreservingResponseHeaders(List.of(HEADER), List.of())) {
            if (task instanceof CancellableTask cancellable) {
                threadContext.putTransient(
                        HEADER, new Running(cancellable, new TaskId(localNode.get(), cancellable.getId())));
            }
            chain.proceed(task, action, request, listener);
        }
    }

    /** The task of the search that this thread works for; null where it works for none. */
    public static CancellableTask of(ThreadContext threadContext) {
        Running running = threadContext.getTransient(HEADER);
        return running == null ? null : running.task;
    }

    /** A client whose requests are children of the search that this thread works for, and are cancelled with it. */
    public static Client client(Client client) {
        Running running = client.threadPool().getThreadContext().getTransient(HEADER);
        return running == null ? client : new ParentTaskAssigningClient(client, running.id);
    }

    /**
     * Tells a listener when the search that this thread works for is cancelled: in its own context, whoever cancels it.
     */
    public static <T> void onCancelled(ThreadContext threadContext, ActionListener<T> listener) {
        CancellableTask task = of(threadContext);
        if (task != null) {
            ActionListener<T> own = OwnContext.keep(threadContext, listener);
            task.addListener(() -> own.onFailure(task.getTaskCancelledException()));
        }
    }
}
