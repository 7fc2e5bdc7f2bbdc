package io.lookalike.model;

/**
 * A model cannot be run on this node now, through no fault of what it is given: others hold the memory, or its files
 * are gone since it was unloaded.
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
