package io.lookalike.encoder;

import io.lookalike.image.ImageLimits;
import java.util.Base64;

/** The bytes of a picture as JSON carries them: base64, with or without a {@code data:} URL around it. */
public final class PictureBytes {
    private PictureBytes() {}

    /** Bytes that a value of a document holds in memory: what waits in a queue. */
    public static long sizeOf(Object value) {
        return value instanceof byte[] bytes ? bytes.length : value instanceof String text ? text.length() : 0;
    }

    /**
     * @param value a {@code byte[]}, a base64 string or a {@code data:} URL
     * @throws IllegalArgumentException when it is none of these, or larger than the limit, which is checked first
     */
    public static byte[] of(String what, Object value, ImageLimits limits) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (!(value instanceof String text)) {
            throw new IllegalArgumentException(what + " must hold a picture as base64, a data: URL or binary; got ["
                    + (value == null ? "null" : value.getClass().getSimpleName()) + "]");
        }
        int start = 0;
        if (text.startsWith("data:")) {
            int comma = text.indexOf(',');
            if (comma < 0 || comma > 200 || !text.substring(0, comma).endsWith(";base64")) {
                throw new IllegalArgumentException(
                        what + " holds a data: URL without [;base64,]; write data:image/png;base64,…");
            }
            start = comma + 1;
        }
        long bytes = (text.length() - start) / 4 * 3L;
        if (bytes - 2 > limits.maxBytes()) {
            throw new IllegalArgumentException("cannot decode " + what + ": about [" + bytes + "] bytes; at most ["
                    + limits.maxBytes() + "] are allowed; send a smaller picture or raise [lookalike.image.max_bytes]");
        }
        try {
            String body = start == 0 ? text : text.substring(start);
            return body.indexOf('\n') < 0 && body.indexOf('\r') < 0
                    ? Base64.getDecoder().decode(body)
                    : Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    what + " is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does", e);
        }
    }
}
