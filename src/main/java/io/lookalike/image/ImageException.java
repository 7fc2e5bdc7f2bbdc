package io.lookalike.image;

/**
 * Says that a picture cannot be used, and why: the one exception that a picture's content can cause in this package.
 */
public final class ImageException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    ImageException(String message) {
        super(message);
    }
}
