package io.lookalike.encoder;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.xcontent.XContentParser;

/**
 * Estimates the heap that a JSON body takes when it is parsed into maps and lists. This is up to 24 times the length of
 * the text, for a list of empty objects.
 *
 * <p>Sizes are those of the JDK with compressed references, rounded up. Stateless.
 */
public final class BodyMemory {
    /** A boxed double and its slot in a list, which grows by half. */
    private static final int NUMBER = 32;
    /** A {@code LinkedHashMap} with its table, or an {@code ArrayList} with its first ten slots. */
    private static final int CONTAINER = 136;

    private static final int FIELD = 56;
    /** A {@code String} and its array, without the characters. */
    private static final int TEXT = 48;
    /** No valid body is nested deeper. */
    private static final int MAX_DEPTH = 200;

    private BodyMemory() {}

    /**
     * Scans a body without storing it; strings are skipped, not read.
     *
     * @param length of the body, an upper bound for the length of its strings
     * @throws IllegalArgumentException when it is nested too deep
     */
    public static long of(XContentParser parser, long length) throws IOException {
        long bytes = length;
        int depth = 0;
        XContentParser.Token token;
        while ((token = parser.nextToken()) != null) {
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    bytes += CONTAINER;
                    if (++depth > MAX_DEPTH) {
                        throw new IllegalArgumentException("the body is nested deeper than [" + MAX_DEPTH
                                + "] levels; send one that is nested less");
                    }
                }
                case END_OBJECT, END_ARRAY -> depth--;
                case FIELD_NAME -> bytes += FIELD;
                case VALUE_NUMBER -> bytes += NUMBER;
                default -> bytes += TEXT;
            }
        }
        return bytes;
    }

    /** Estimates a body that is parsed already. */
    public static long of(Object value) {
        return switch (value) {
            case null -> 0;
            case Map<?, ?> map -> {
                long bytes = CONTAINER;
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    bytes += FIELD + of(entry.getKey()) + of(entry.getValue());
                }
                yield bytes;
            }
            case List<?> list -> {
                long bytes = CONTAINER;
                for (Object each : list) {
                    bytes += of(each);
                }
                yield bytes;
            }
            case String text -> TEXT + text.length();
            case byte[] bytes -> TEXT + bytes.length;
            default -> NUMBER;
        };
    }
}
