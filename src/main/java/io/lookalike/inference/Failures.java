package io.lookalike.inference;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.elasticsearch.ElasticsearchException;

/** Converts what our code throws into exceptions that are safe for Elasticsearch. Stateless. */
public final class Failures {
    private Failures() {}

    /**
     * Returns an exception without an {@link Error} among its causes and suppressed exceptions. Elasticsearch stops the
     * node for an error anywhere among them, and a picture must never stop a node. Keeps the message and the stack of
     * the error.
     *
     * @param what how messages name the work, such as {@code field [image]}
     */
    public static Exception tame(String what, Throwable thrown) {
        Error error = findError(thrown);
        if (error == null && thrown instanceof Exception exception) {
            return exception;
        }
        Exception tamed = thrown instanceof IllegalArgumentException
                ? new IllegalArgumentException(thrown.getMessage())
                : new ElasticsearchException("cannot process {}: {}", what, error == null ? thrown : error.toString());
        tamed.setStackTrace((error == null ? thrown : error).getStackTrace());
        return tamed;
    }

    /** Searches all causes and suppressed exceptions, at any depth. */
    private static Error findError(Throwable thrown) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> next = new ArrayDeque<>();
        next.add(thrown);
        while (!next.isEmpty()) {
            Throwable each = next.remove();
            if (each instanceof Error error) {
                return error;
            }
            if (seen.add(each)) {
                if (each.getCause() != null) {
                    next.add(each.getCause());
                }
                Collections.addAll(next, each.getSuppressed());
            }
        }
        return null;
    }
}
