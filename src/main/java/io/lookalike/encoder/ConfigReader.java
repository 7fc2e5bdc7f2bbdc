package io.lookalike.encoder;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Reads one JSON object of a configuration, naming the field and the remedy in every refusal.
 *
 * <p>Each getter takes its key away; {@link #finish} refuses whatever is left, so that a misspelt key is never ignored.
 */
public final class ConfigReader {
    private final String taker;
    private final String path;
    private final Map<String, Object> values;
    private final TreeSet<String> known = new TreeSet<>();

    /** @param taker what takes these keys, as messages call it, such as {@code an encoder} */
    public ConfigReader(String taker, Map<String, Object> values) {
        this(taker, "", values);
    }

    private ConfigReader(String taker, String path, Map<String, Object> values) {
        this.taker = taker;
        this.path = path;
        this.values = new HashMap<>(values);
    }

    public String string(String key, String fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof String string) {
            return string;
        }
        throw wrong(key, value, "a string");
    }

    public boolean has(String key) {
        return values.get(key) != null;
    }

    public int integer(String key, int fallback, int least, int most) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        if ((value instanceof Integer || value instanceof Long)
                && ((Number) value).longValue() >= least
                && ((Number) value).longValue() <= most) {
            return ((Number) value).intValue();
        }
        throw wrong(key, value, "an integer from [" + least + "] to [" + most + "]");
    }

    public int required(String key, int least, int most) {
        if (!has(key)) {
            throw new IllegalArgumentException(
                    "[" + name(key) + "] is missing; give an integer from [" + least + "] to [" + most + "]");
        }
        return integer(key, least, least, most);
    }

    public long integer64(String key, long fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw wrong(key, value, "an integer of at most 64 bits");
    }

    public double number(String key, double fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw wrong(key, value, "a finite number");
    }

    /** A list of finite numbers, or null. */
    public float[] floats(String key) {
        Object value = take(key);
        if (value == null) {
            return null;
        }
        if (value instanceof List<?> list) {
            float[] floats = new float[list.size()];
            for (int i = 0; i < floats.length; i++) {
                if (!(list.get(i) instanceof Number number) || !Float.isFinite(number.floatValue())) {
                    throw wrong(key + "[" + i + "]", list.get(i), "a finite number");
                }
                floats[i] = Values.toFloat(number);
            }
            return floats;
        }
        throw wrong(key, value, "a list of numbers");
    }

    public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
                return constant;
            }
        }
        throw wrong(
                key,
                value,
                "one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(c -> c.name().toLowerCase(Locale.ROOT))
                                .toList());
    }

    /** The object under a key, or null. */
    @SuppressWarnings("unchecked")
    public ConfigReader object(String key) {
        Object value = take(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Map<?, ?> map) {
            return new ConfigReader(taker, name(key), (Map<String, Object>) map);
        }
        throw wrong(key, value, "an object");
    }

    /** The object under a key, or one without keys. */
    public ConfigReader objectOrEmpty(String key) {
        ConfigReader object = object(key);
        return object == null ? new ConfigReader(taker, name(key), Map.of()) : object;
    }

    /** Throws when a key is left that nobody asked for. */
    public void finish() {
        if (!values.isEmpty()) {
            throw new IllegalArgumentException("unknown field ["
                    + name(values.keySet().iterator().next())
                    + "]; "
                    + (path.isEmpty() ? taker : "[" + path + "]")
                    + " takes "
                    + known);
        }
    }

    private Object take(String key) {
        known.add(key);
        return values.remove(key);
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private IllegalArgumentException wrong(String key, Object value, String allowed) {
        return new IllegalArgumentException(
                "[" + name(key) + "] must be " + allowed + "; got [" + Values.show(value) + "]");
    }
}
