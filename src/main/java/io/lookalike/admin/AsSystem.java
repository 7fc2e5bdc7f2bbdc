package io.lookalike.admin;

import io.lookalike.inference.OwnContext;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.util.concurrent.ThreadContext;

/**
 * Sends monitoring requests of the plugin as the system user, so users need no privilege for them. (Elasticsearch's
 * security refuses origins of plugins, but lets the system user do {@code cluster:monitor/*}.) Stateless.
 */
final class AsSystem {
    private AsSystem() {}

    /** The listener is called in the caller's context. */
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
