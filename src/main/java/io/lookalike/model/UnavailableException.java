package io.lookalike.model;

/**
 * A model cannot run on this node now, and its input is not at fault: other models hold the memory, or its files have
 * disappeared since it was unloaded.
 */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnavailableException(String message) {
        super(message);
    }

    UnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
