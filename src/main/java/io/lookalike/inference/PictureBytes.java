package io.lookalike.inference;

import io.lookalike.encoder.Messages;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.file.ImageLimits;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.elasticsearch.common.breaker.CircuitBreakingException;

/**
 * Decodes the bytes of a picture from JSON: base64, or a {@code data:} URL with base64.
 *
 * <p>Line breaks are skipped, because encoders for mail add them. The text is decoded piece by piece, so only the text
 * and the picture's bytes are in memory. Stateless.
 *
 * <p>Memory accounting: Elasticsearch counts the bytes of a request ({@code in_flight_requests}) and those of documents
 * once more (indexing pressure), but not the parsed text. The {@link BoundedQueue} counts the text until the picture is
 * encoded. This class counts the decoded bytes while they are used.
 */
public final class PictureBytes {
    private static final int LONGEST_PREFIX = 200;
    /** Characters that are decoded at once; a multiple of four. */
    private static final int PIECE = 1 << 14;

    /** Longest URL or path; a longer text is damaged base64. */
    private static final int MAX_PLACE = 2048;

    /** The start of a URL or a path, or a short text with a file extension. */
    private static final Pattern PLACE = Pattern.compile(
            "[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z]:[\\\\/]|\\\\\\\\|~?/|\\.\\.?[\\\\/]|.{1,1000}\\.[A-Za-z]{3,4}$");

    private PictureBytes() {}

    /** Heap that a picture or vector takes while it waits in a queue. */
    public static long sizeOf(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes.length;
        }
        return value instanceof String text
                ? text.length()
                : value instanceof List<?> list ? (long) Float.BYTES * list.size() : 0;
    }

    /**
     * Passes a picture's bytes to a user, and counts them on the breaker meanwhile. The caller has already counted the
     * text or bytes that they come from.
     *
     * @throws CircuitBreakingException (429) when there is not enough memory
     */
    static void use(String what, Object value, ImageLimits limits, PixelMemory.Meter meter, Consumer<byte[]> user) {
        long bytes = value instanceof String text ? decodedSize(text) : 0;
        if (bytes > limits.maxBytes()) {
            bytes = 0; // refused before it is decoded
        }
        meter.hold(bytes);
        try {
            user.accept(of(what, value, limits));
        } finally {
            meter.release(bytes);
        }
    }

    /** An upper bound for the decoded bytes of a text. */
    private static long decodedSize(String text) {
        return text.length() * 3L / 4;
    }

    /**
     * @param what how messages name the picture, such as {@code field [image]}
     * @param value a {@code byte[]}, a base64 string or a {@code data:} URL
     * @throws IllegalArgumentException when it is none of these, or larger than the limit; the size is checked first
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
                    ? Messages.show(value)
                    : value.getClass().getSimpleName();
            throw new IllegalArgumentException(
                    what + " must hold a picture as base64, a data: URL or binary; got [" + type + "]");
        }
        int start = startOfLetters(what, text);
        int letters = countLetters(text, start);
        long bytes = letters * 3L / 4;
        if (bytes - 2 > limits.maxBytes()) { // up to two characters are padding
            throw new IllegalArgumentException("cannot decode " + what + ": about [" + bytes + "] bytes; at most ["
                    + limits.maxBytes() + "] are allowed; send a smaller picture or raise [lookalike.image.max_bytes]");
        }
        try {
            return decode(text, start, letters);
        } catch (IllegalArgumentException e) {
            if (text.length() <= MAX_PLACE && PLACE.matcher(text).lookingAt()) {
                // not shown: it may carry a key
                throw new IllegalArgumentException(
                        what
                                + " holds a URL or the name of a file, from which nothing is fetched; send the "
                                + "picture's bytes as base64, as"
                                + " [base64 -w0 picture.jpg] prints them",
                        e);
            }
            throw new IllegalArgumentException(
                    what + " is not base64; encode the picture's bytes, as [base64 -w0 picture.jpg] does"
                            + (urlSafe(text, start) ? ", with the letters [+] and [/], not the URL-safe ones" : "")
                            + (text.indexOf(' ', start) >= 0
                                    ? ", without the spaces that it has, which are [+] where base64 was sent or read "
                                            + "as a form: escape that as [%2B]"
                                    : ""),
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

    /** Text without line breaks, the usual case, is scanned by vectorised code of the JDK. */
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

    /** @param letters of the text from start on, without line breaks */
    private static byte[] decode(String text, int start, int letters) {
        byte[] decoded = new byte[decodedSize(text, letters)];
        char[] read = new char[PIECE];
        byte[] piece = new byte[PIECE];
        byte[] part = new byte[PIECE / 4 * 3];
        int filled = 0;
        int to = 0;
        for (int from = start; from < text.length(); from += PIECE) {
            int count = Math.min(PIECE, text.length() - from);
            text.getChars(from, from + count, read, 0);
            for (int i = 0; i < count; i++) {
                char letter = read[i];
                if (isBreak(letter)) {
                    continue;
                }
                if (filled == PIECE) {
                    to = put(decoded, to, part, Base64.getDecoder().decode(piece, part));
                    filled = 0;
                }
                // a character beyond ASCII becomes one that is invalid in base64
                piece[filled++] = (byte) (letter < 128 ? letter : '?');
            }
        }
        byte[] last = Base64.getDecoder().decode(Arrays.copyOf(piece, filled));
        if (put(decoded, to, last, last.length) < decoded.length) {
            throw new IllegalArgumentException("padding within the text");
        }
        return decoded;
    }

    private static int put(byte[] decoded, int to, byte[] part, int length) {
        if (length > decoded.length - to) {
            throw new IllegalArgumentException("padding of more than two letters");
        }
        System.arraycopy(part, 0, decoded, to, length);
        return to + length;
    }

    /** Padding is optional. */
    private static int decodedSize(String text, int letters) {
        int padding = 0;
        for (int i = text.length() - 1;
                i >= 0 && padding < 2 && (isBreak(text.charAt(i)) || text.charAt(i) == '=');
                i--) {
            padding += text.charAt(i) == '=' ? 1 : 0;
        }
        return Math.toIntExact((letters - padding) * 3L / 4);
    }

    private static boolean isBreak(char letter) {
        return letter == '\n' || letter == '\r';
    }

    private static boolean urlSafe(String text, int start) {
        return text.indexOf('-', start) >= 0 || text.indexOf('_', start) >= 0;
    }
}
