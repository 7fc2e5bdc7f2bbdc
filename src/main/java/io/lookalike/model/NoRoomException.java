package io.lookalike.model;

/** Other models hold the native memory now; the same may succeed when they are done. */
public final class NoRoomException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoRoomException(String message) {
        super(message);
    }
}
