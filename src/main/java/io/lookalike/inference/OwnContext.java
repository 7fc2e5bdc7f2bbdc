package io.lookalike.inference;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;

/**
 * Keeps requests apart where one thread works for several.
 *
 * <p>A thread context holds the user, the headers and the warnings of one request. Batches, queues, turns, timers and
 * values that are made once for all who ask tell listeners on a thread that carries the context of another request, or
 * of none. Each such place wraps the listeners that it takes with {@link #keep}. Stateless.
 */
public final class OwnContext {
    private OwnContext() {}

    /**
     * The listener, told in the context that the caller has now, response headers included, and without anything of the
     * thread that tells it. (Elasticsearch's {@code wrapPreservingContext} adds the response headers of the telling
     * thread, which is right only where that thread works for the same request.)
     */
    public static <T> ActionListener<T> keep(ThreadContext context, ActionListener<T> listener) {
        return new ContextPreservingActionListener<>(context.newRestorableContext(false), listener);
    }
}
