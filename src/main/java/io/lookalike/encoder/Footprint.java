package io.lookalike.encoder;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.xcontent.XContentParser;

/**
 * What a body holds of the heap once it is parsed into maps and lists, which is up to 24 times the length of its text:
 * that much for a list of empty objects.
 *
 * <p>Bytes of each kind of value are those of the JDK with compressed references, rounded up. Stateless.
 */
public final class Footprint {
    /** A boxed double, and its place in a list that grows by half. */
    private static final int NUMBER = 32;
    /** A {@code LinkedHashMap} with its table, or an {@code ArrayList} with the ten places that it begins with. */
    private static final int CONTAINER = 136;

    private static final int FIELD = 56;
    /** A {@code String} and its array, without the letters. */
    private static final int TEXT = 48;
    /** Deeper than any body that is taken. */
    private static final int MAX_DEPTH = 200;

    private Footprint() {}

    /**
     * Goes through a body without keeping any of it: texts are skipped, not read.
     *
     * @param length of the body, as an upper bound for that of its texts
     * @throws IllegalArgumentException where it is nested too deep
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

    /** Of a body that is parsed already. */
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
