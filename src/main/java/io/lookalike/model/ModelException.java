package io.lookalike.model;

import java.util.Objects;

/**
 * An error in a model or in its input, explained for users.
 *
 * <p>It is an {@link IllegalArgumentException} because a user or an administrator can correct it: a directory is
 * missing, a file is broken, an output has another name. Everything that native code or the engine throws, even an
 * Error, is converted to this.
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
