package io.lookalike.encoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Reads one JSON object of a configuration; every error names the field and the remedy.
 *
 * <p>Each getter removes its key; {@link #finish} refuses all keys that are left, so a misspelt key is never ignored.
 */
public final class ConfigReader {
    private final String taker;
    private final String path;
    private final Map<String, Object> values;
    private final TreeSet<String> known = new TreeSet<>();
    /** Objects within this one that were read. */
    private final List<ConfigReader> within = new ArrayList<>();

    /** @param taker how messages name the owner of the keys, such as {@code an encoder} */
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
        throw wrong(name(key), value, "a string");
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
        throw wrong(name(key), value, "an integer from [" + least + "] to [" + most + "]");
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
        throw wrong(name(key), value, "an integer of at most 64 bits");
    }

    public boolean flag(String key, boolean fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(name(key), value, "[true] or [false]");
    }

    /** Names as a comma-separated string or as a list of strings; empty when the key is missing. */
    public List<String> names(String key) {
        Object value = take(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof String string) {
            return Arrays.stream(string.split(",", -1)).map(String::strip).toList();
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw wrong(name(key), value, "a string or a list of strings");
    }

    public double number(String key, double fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw wrong(name(key), value, "a finite number");
    }

    /** A list of finite numbers, or null. */
    public float[] floats(String key) {
        Object value = take(key);
        if (value == null) {
            return null;
        }
        if (value instanceof List<?> list) {
            return numbers(key, list);
        }
        throw wrong(name(key), value, "a list of numbers");
    }

    /**
     * An array of numbers as users send it: base64 in this format, bytes when the body is binary, or a list of numbers
     * or of rows. Null when the key is missing.
     */
    float[] array(String key, FloatFormat format) {
        Object value = take(key);
        float[] numbers = switch (value) {
            case null -> null;
            case String text -> numbers(key, format, decoded(key, format, text));
            case byte[] bytes -> numbers(key, format, bytes);
            case List<?> list -> numbers(key, list);
            default ->
                throw wrong(
                        name(key),
                        value,
                        "a list of numbers, or base64 of little-endian " + EncoderConfig.lower(format));
        };
        for (int i = 0; numbers != null && i < numbers.length; i++) {
            float number = format.round(numbers[i]);
            if (!Float.isFinite(number)) {
                throw wrong(name(key + "[" + i + "]"), numbers[i], "a finite " + EncoderConfig.lower(format));
            }
            numbers[i] = number;
        }
        return numbers;
    }

    /**
     * The same with a fixed number of values.
     *
     * @param counted what determines {@code count}, for messages
     */
    float[] array(String key, FloatFormat format, int count, String counted) {
        float[] numbers = array(key, format);
        if (numbers != null && numbers.length != count) {
            throw new IllegalArgumentException("[" + name(key) + "] must have [" + count + "] numbers, " + counted
                    + "; got [" + numbers.length + "]"
                    + (format == FloatFormat.BFLOAT16 && numbers.length == 2L * count
                            ? ": base64 holds them as bfloat16, the upper two bytes of each float32"
                            : ""));
        }
        return numbers;
    }

    float[] requiredArray(String key, FloatFormat format, int count, String counted) {
        if (!has(key)) {
            throw new IllegalArgumentException("[" + name(key) + "] is missing; give [" + count + "] numbers, "
                    + counted + ", row by row, as base64 of little-endian " + EncoderConfig.lower(format)
                    + " or as a list");
        }
        return array(key, format, count, counted);
    }

    private byte[] decoded(String key, FloatFormat format, String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "[" + name(key) + "] must be a list of numbers, or base64 of little-endian "
                            + EncoderConfig.lower(format) + "; " + e.getMessage(),
                    e);
        }
    }

    private float[] numbers(String key, FloatFormat format, byte[] bytes) {
        if (bytes.length % format.size() != 0) {
            throw new IllegalArgumentException("[" + name(key) + "] must hold whole numbers of [" + format.size()
                    + "] bytes, little-endian " + EncoderConfig.lower(format) + "; got [" + bytes.length + "] bytes");
        }
        return format.fromBytes(bytes);
    }

    private float[] numbers(String key, List<?> list) {
        boolean rows = !list.isEmpty() && list.get(0) instanceof List;
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            if (rows != list.get(i) instanceof List) {
                throw wrong(
                        name(key + "[" + i + "]"),
                        list.get(i),
                        rows ? "a list of numbers, as [0] is" : "a finite number");
            }
            if (list.get(i) instanceof List<?> row) {
                all.addAll(row);
            } else {
                all.add(list.get(i));
            }
        }
        float[] numbers = new float[all.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(all.get(i) instanceof Number number) || !Float.isFinite(number.floatValue())) {
                throw wrong(name(key + "[" + i + "]"), all.get(i), "a finite number");
            }
            numbers[i] = Values.toFloat(number);
        }
        return numbers;
    }

    public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        Object value = take(key);
        if (value == null) {
            return fallback;
        }
        return constant(name(key), value, type);
    }

    /**
     * The constant with a name in lower case.
     *
     * @throws IllegalArgumentException with the allowed names when there is none
     */
    public static <E extends Enum<E>> E constant(String name, Object value, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (EncoderConfig.lower(constant).equals(value)) {
                return constant;
            }
        }
        throw wrong(
                name,
                value,
                "one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(EncoderConfig::lower)
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
            return within(key, (Map<String, Object>) map);
        }
        throw wrong(name(key), value, "an object");
    }

    /** The object under a key, or an empty one. */
    public ConfigReader objectOrEmpty(String key) {
        ConfigReader object = object(key);
        return object == null ? within(key, Map.of()) : object;
    }

    private ConfigReader within(String key, Map<String, Object> object) {
        ConfigReader reader = new ConfigReader(taker, name(key), object);
        within.add(reader);
        return reader;
    }

    /** The objects in the list under a key; empty when the key is missing. */
    @SuppressWarnings("unchecked")
    List<ConfigReader> objects(String key, int most) {
        Object value = take(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list) || list.size() > most) {
            throw wrong(name(key), value, "a list of at most [" + most + "] objects");
        }
        List<ConfigReader> objects = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            if (!(list.get(i) instanceof Map<?, ?> map)) {
                throw wrong(name(key + "[" + i + "]"), list.get(i), "an object");
            }
            objects.add(new ConfigReader(taker, name(key + "[" + i + "]"), (Map<String, Object>) map));
        }
        return objects;
    }

    /** The object under a key, unparsed, or null. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> map(String key) {
        Object value = take(key);
        if (value == null || value instanceof Map) {
            return (Map<String, Object>) value;
        }
        throw wrong(name(key), value, "an object");
    }

    /** Throws when a key is left that no getter has read. */
    public void finish() {
        if (!values.isEmpty()) {
            String key = values.keySet().iterator().next();
            throw new IllegalArgumentException("unknown field ["
                    + Messages.cut(name(key))
                    + "]; "
                    + (path.isEmpty() ? taker : "[" + path + "]")
                    + " takes "
                    + known
                    + meant(key));
        }
    }

    /**
     * A suggestion for an unknown key, as the end of a message: the same key in an inner object, or a key with a
     * similar spelling.
     */
    private String meant(String key) {
        return within.stream()
                .filter(object -> object.known.contains(key))
                .findFirst()
                .map(object -> "; did you mean [" + object.name(key) + "]?")
                .orElseGet(() -> Messages.didYouMean(key, known));
    }

    /** The value under a key, unparsed, or null. */
    public Object value(String key) {
        return take(key);
    }

    /** The list under a key; a single value counts as a list of one. Empty when the key is missing. */
    public List<?> list(String key, int most) {
        Object value = take(key);
        List<?> list = value == null ? List.of() : value instanceof List<?> several ? several : List.of(value);
        if (list.size() > most) {
            throw wrong(name(key), value, "a list of at most [" + most + "] values");
        }
        return list;
    }

    /** The strings in a list, see {@link #list}. */
    public List<String> strings(String key, int most) {
        List<String> strings = new ArrayList<>();
        for (Object value : list(key, most)) {
            if (!(value instanceof String string)) {
                throw wrong(name(key), value, "a list of strings");
            }
            strings.add(string);
        }
        return strings;
    }

    /** The integers in a list, see {@link #list}. */
    public List<Integer> integers(String key, int least, int greatest, int most) {
        List<Integer> integers = new ArrayList<>();
        for (Object value : list(key, most)) {
            if (!(value instanceof Integer integer) || integer < least || integer > greatest) {
                throw wrong(name(key), value, "a list of integers from [" + least + "] to [" + greatest + "]");
            }
            integers.add(integer);
        }
        return integers;
    }

    private Object take(String key) {
        known.add(key);
        return values.remove(key);
    }

    /** How messages name a key. */
    public String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static IllegalArgumentException wrong(String name, Object value, String allowed) {
        return new IllegalArgumentException(
                "[" + name + "] must be " + allowed + "; got [" + Messages.show(value) + "]");
    }
}
