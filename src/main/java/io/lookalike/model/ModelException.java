package io.lookalike.model;

import java.util.Objects;

/**
 * Says in words what is wrong with a model or with what it was given.
 *
 * <p>It is an {@link IllegalArgumentException} because a user or an administrator can put it right: a directory is
 * missing, a file is broken, an output has another name. Whatever native code or the engine throws, errors included,
 * arrives as this.
 */
public final class ModelException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(Objects.requireNonNull(message));
    }

    public ModelException(String message, Throwable cause) {
        super(Objects.requireNonNull(message), cause);
    }
}
