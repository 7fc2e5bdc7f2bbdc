package io.lookalike.image.bytes;

import java.io.IOException;

/** The reason for refusing a picture, without its name and size, which {@code ImageDecoder} adds. */
public final class Unreadable extends IOException {

    private static final long serialVersionUID = 1L;

    public Unreadable(String reason) {
        super(reason);
    }

    public static Unreadable truncated(String format) {
        return new Unreadable("truncated " + format);
    }

    public static Unreadable damaged(String format, String detail) {
        return new Unreadable("damaged " + format + ": " + detail);
    }
}
