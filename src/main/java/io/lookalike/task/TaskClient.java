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
 * The client of one long task. Its requests are children of the task, so they are cancelled with it, and its listeners
 * run in the thread context of the request, on any thread.
 *
 * <p>Response headers of an answer, such as warnings of a search, are added to those of the task's own request.
 * Thread-safe.
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
     * A client without a parent task, to clean up after a cancellation: a cancelled task can have no more child
     * requests. It acts for the same user.
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
