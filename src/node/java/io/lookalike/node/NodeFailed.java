package io.lookalike.node;

/** Says why a node could not be started or stopped, in a message fit to be shown alone. */
public final class NodeFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NodeFailed(String message) {
        super(message);
    }

    NodeFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
