package io.lookalike.task;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.FilterClient;
import org.elasticsearch.client.internal.ParentTaskAssigningClient;
import org.elasticsearch.cluster.node.DiscoveryNode;

/**
 * The client of one long task: its requests are children of the task, so that they end with it, and what follows an
 * answer goes on in the thread context in which it was asked for, whoever completed it.
 *
 * <p>The response headers of an answer, such as warnings of a search, are those of the task's own request, and are
 * added to it. Thread-safe.
 */
public final class TaskClient extends FilterClient {
    private final Client unassigned;

    public TaskClient(Client client, DiscoveryNode localNode, LongTask task) {
        this(new ParentTaskAssigningClient(client, localNode, task), client);
    }

    private TaskClient(Client client, Client unassigned) {
        super(client);
        this.unassigned = unassigned;
    }

    /**
     * One whose requests are nobody's children, for what must be cleaned up after a cancellation: a task that was
     * cancelled gets no more children. It acts for the same user.
     */
    Client ofNoTask() {
        return new TaskClient(unassigned, unassigned);
    }

    @Override
    protected <Request extends ActionRequest, Response extends ActionResponse> void doExecute(
            ActionType<Response> action, Request request, ActionListener<Response> listener) {
        super.doExecute(
                action,
                request,
                ContextPreservingActionListener.wrapPreservingContext(
                        listener, threadPool().getThreadContext()));
    }
}
