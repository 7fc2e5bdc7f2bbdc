package io.lookalike.inference;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.elasticsearch.ElasticsearchException;

/** Turns whatever was thrown at our edge into an exception that Elasticsearch may see. */
public final class Failures {
    private Failures() {}

    /**
     * An exception without an {@link Error} anywhere among its causes and suppressed exceptions: Elasticsearch stops
     * the node for one, wherever it finds it, and a picture must never stop a node. The error's own words and stack are
     * kept.
     *
     * @param what how the message names what was worked on, such as {@code field [image]}
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

    /** Looks everywhere: how deep Elasticsearch looks is its own affair. */
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
