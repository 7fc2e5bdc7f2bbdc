package io.lookalike.model;

/** There is no room for a model now, though there may be a little later: nothing is wrong with it. */
public final class ModelBusyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelBusyException(String message) {
        super(message);
    }
}
