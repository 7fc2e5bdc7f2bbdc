package io.lookalike.encoder;

import io.lookalike.image.ImageLimits;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a picture as JSON carries them: base64, with or without a {@code data:} URL around it.
 *
 * <p>Line breaks between the letters are skipped, as encoders that write mail put them there. Stateless.
 */
public final class PictureBytes {
    private static final int LONGEST_PREFIX = 200;

    private PictureBytes() {}

    /** Bytes that a picture or vector of a document holds in memory: what waits in a queue. */
    public static long sizeOf(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes.length;
        }
        return value instanceof String text
                ? text.length()
                : value instanceof List<?> list ? (long) Float.BYTES * list.size() : 0;
    }

    /**
     * @param what how messages name the picture, such as {@code field [image]}
     * @param value a {@code byte[]}, a base64 string or a {@code data:} URL
     * @throws IllegalArgumentException when it is none of these, or larger than the limit, which is checked first
     */
    public static byte[] of(String what, Object value, ImageLimits limits) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof List<?> list) {
            throw new IllegalArgumentException(
                    what + " must hold one picture; got a list of [" + list.size() + "], send a document for each");
        }
        if (!(value instanceof String text)) {
            String type = value == null || value instanceof Map
                    ? Values.show(value)
                    : value.getClass().getSimpleName();
            throw new IllegalArgumentException(
                    what + " must hold a picture as base64, a data: URL or binary; got [" + type + "]");
        }
        int start = startOfLetters(what, text);
        int letters = countLetters(text, start);
        long bytes = letters * 3L / 4;
        if (bytes - 2 > limits.maxBytes()) { // up to two letters fill up
            throw new IllegalArgumentException("cannot decode " + what + ": about [" + bytes + "] bytes; at most ["
                    + limits.maxBytes() + "] are allowed; send a smaller picture or raise [lookalike.image.max_bytes]");
        }
        try {
            return Base64.getDecoder().decode(letters(text, start, letters));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    what + " is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does"
                            + (urlSafe(text, start) ? ", with the letters [+] and [/], not the URL-safe ones" : ""),
                    e);
        }
    }

    private static int startOfLetters(String what, String text) {
        if (!text.regionMatches(true, 0, "data:", 0, 5)) {
            return 0;
        }
        int comma = text.indexOf(',');
        if (comma < 0 || comma > LONGEST_PREFIX || !text.substring(0, comma).endsWith(";base64")) {
            throw new IllegalArgumentException(
                    what + " holds a data: URL without [;base64,]; write data:image/png;base64,…");
        }
        return comma + 1;
    }

    /** Text without breaks, which is nearly all there is, is searched with the processor's own instructions. */
    private static int countLetters(String text, int start) {
        if (text.indexOf('\n', start) < 0 && text.indexOf('\r', start) < 0) {
            return text.length() - start;
        }
        int letters = 0;
        for (int i = start; i < text.length(); i++) {
            letters += isBreak(text.charAt(i)) ? 0 : 1;
        }
        return letters;
    }

    /** One byte a letter; a letter beyond ASCII becomes one that base64 does not have. */
    private static byte[] letters(String text, int start, int count) {
        if (count == text.length() - start) {
            return text.substring(start).getBytes(StandardCharsets.US_ASCII);
        }
        byte[] letters = new byte[count];
        int to = 0;
        for (int i = start; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (!isBreak(letter)) {
                letters[to++] = (byte) (letter < 128 ? letter : '?');
            }
        }
        return letters;
    }

    private static boolean isBreak(char letter) {
        return letter == '\n' || letter == '\r';
    }

    private static boolean urlSafe(String text, int start) {
        return text.indexOf('-', start) >= 0 || text.indexOf('_', start) >= 0;
    }
}
