package io.lookalike.model;

/** Work with a model was ended by its {@link Stop}: neither the model nor what it was given need be wrong. */
public final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
        super("it was stopped");
    }
}
