package io.lookalike.image;

/** A picture cannot be used. The only exception in this package that the content of a picture can cause. */
public final class ImageException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    ImageException(String message) {
        super(message);
    }
}
