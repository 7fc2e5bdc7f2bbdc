package io.lookalike.node;

/** A node could not be started or stopped; the message explains it without a stack trace. */
public final class NodeFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NodeFailed(String message) {
        super(message);
    }

    NodeFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
