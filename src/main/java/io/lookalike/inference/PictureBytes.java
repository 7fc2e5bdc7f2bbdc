package io.lookalike.inference;

import io.lookalike.encoder.Values;
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
 * The bytes of a picture as JSON carries them: base64, with or without a {@code data:} URL around it.
 *
 * <p>Line breaks between the letters are skipped, as encoders that write mail put them there. Letters are decoded a
 * piece at a time, so that beside the text there are only the picture's bytes. Stateless.
 *
 * <p>Who counts what: Elasticsearch counts a request's own bytes ({@code in_flight_requests}) and those of documents
 * once more (indexing pressure), but not the text that both are parsed to; that is counted by the {@link BoundedQueue}
 * in which it waits, until the picture is encoded. The decoded bytes are counted here, while they are used.
 */
public final class PictureBytes {
    private static final int LONGEST_PREFIX = 200;
    /** Letters that are decoded at once, in whole groups of four. */
    private static final int PIECE = 1 << 14;

    /** Letters of a URL or a path; what is longer is a picture whose base64 was spoilt. */
    private static final int MAX_PLACE = 2048;

    /** How URLs and paths begin, or a short text with a file's extension. */
    private static final Pattern PLACE = Pattern.compile(
            "[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z]:[\\\\/]|\\\\\\\\|~?/|\\.\\.?[\\\\/]|.{1,1000}\\.[A-Za-z]{3,4}$");

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
     * Gives a picture's bytes to what uses them up; while that runs they are on the breaker, beside the text or bytes
     * that they come from, which who holds those has counted.
     *
     * @throws CircuitBreakingException (429) where there is no room
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

    /** No less than what a text becomes. */
    private static long decodedSize(String text) {
        return text.length() * 3L / 4;
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

    /** @param letters of the text from start on, without its breaks */
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
                // a letter beyond ASCII becomes one that base64 does not have
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

    /** Padding may be there or not. */
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
