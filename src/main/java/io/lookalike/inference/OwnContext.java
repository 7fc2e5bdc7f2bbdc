package io.lookalike.inference;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;

/**
 * Separates the contexts of requests when one thread works for several.
 *
 * <p>A thread context holds the user, headers and warnings of one request. Batches, queues, timers and shared values
 * call listeners on threads with the context of another request, or with none. Each such place must wrap its listeners
 * with {@link #keep}. Stateless.
 */
public final class OwnContext {
    private OwnContext() {}

    /**
     * Wraps a listener so that it is called in the caller's present context, response headers included, and sees
     * nothing of the calling thread's context. (Elasticsearch's {@code wrapPreservingContext} adds the response headers
     * of the calling thread, which is right only when that thread works for the same request.)
     */
    public static <T> ActionListener<T> keep(ThreadContext context, ActionListener<T> listener) {
        return new ContextPreservingActionListener<>(context.newRestorableContext(false), listener);
    }
}
