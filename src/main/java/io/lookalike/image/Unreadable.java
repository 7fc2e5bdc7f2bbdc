package io.lookalike.image;

import java.io.IOException;

/** The reason why a picture is refused, without its name and size, which {@link ImageDecoder} adds. */
final class Unreadable extends IOException {

    private static final long serialVersionUID = 1L;

    Unreadable(String reason) {
        super(reason);
    }

    static Unreadable truncated(String format) {
        return new Unreadable("truncated " + format);
    }

    static Unreadable damaged(String format, String detail) {
        return new Unreadable("damaged " + format + ": " + detail);
    }
}
