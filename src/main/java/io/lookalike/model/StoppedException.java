package io.lookalike.model;

/** Work with a model was stopped by its {@link Stop}; neither the model nor its input is at fault. */
public final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
        super("it was stopped");
    }
}
