package io.lookalike.encoder;

import org.elasticsearch.ElasticsearchException;

/** Turns whatever was thrown at our edge into an exception that Elasticsearch may see. */
public final class Failures {
    private Failures() {}

    /**
     * An exception without an {@link Error} anywhere in its causes: Elasticsearch stops the node for one, wherever in
     * the chain it finds it, and a picture must never stop a node. The error's own words and stack are kept.
     */
    public static Exception tame(String what, Throwable thrown) {
        Error error = null;
        int depth = 0;
        for (Throwable t = thrown; t != null && depth < 100; t = t.getCause(), depth++) {
            if (t instanceof Error found) {
                error = found;
            }
        }
        if (error == null) {
            return (Exception) thrown;
        }
        Exception tamed = thrown instanceof IllegalArgumentException
                ? new IllegalArgumentException(thrown.getMessage())
                : new ElasticsearchException("cannot process {}: {}", what, error.toString());
        tamed.setStackTrace(error.getStackTrace());
        return tamed;
    }
}
