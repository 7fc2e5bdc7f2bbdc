package io.lookalike.admin;

import io.lookalike.inference.OwnContext;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.util.concurrent.ThreadContext;

/**
 * Monitoring that the plugin does for itself, as the system, for which no user needs a right. (Elasticsearch's security
 * refuses origins of plugins, and lets the system do {@code cluster:monitor/*}.) Stateless.
 */
final class AsSystem {
    private AsSystem() {}

    /** The listener is told in the caller's context. */
    static <Q extends ActionRequest, R extends ActionResponse> void execute(
            Client client, ActionType<R> action, Q request, ActionListener<R> listener) {
        ThreadContext context = client.threadPool().getThreadContext();
        ActionListener<R> own = OwnContext.keep(context, listener);
        ThreadContext.StoredContext callers = context.newEmptySystemContext();
        try {
            client.execute(action, request, own);
        } finally {
            callers.restore();
        }
    }
}
