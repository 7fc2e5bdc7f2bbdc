package io.lookalike.encoder;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.lucene.search.spell.LevenshteinDistance;

/** Helpers for values from JSON: reads vectors, merges objects, and shortens values for messages. Stateless. */
public final class Values {
    private static final int SHOWN = 80;
    private static final int SHOWN_NAMES = 20;
    /** Similarity from which a name is suggested, the same as in Elasticsearch. */
    private static final float NEAR = 0.5f;

    private Values() {}

    /**
     * Reads a list of numbers as a vector.
     *
     * @param what how messages name it, such as {@code field [my_vector]}
     * @throws IllegalArgumentException when the value is not a list of numbers; the message shows the first wrong
     *     element
     */
    public static float[] vector(String what, Object value) {
        if (!(value instanceof List<?> list)) {
            throw new IllegalArgumentException(
                    what + " must hold a vector as a list of numbers; got [" + show(value) + "]");
        }
        float[] vector = new float[list.size()];
        for (int i = 0; i < vector.length; i++) {
            if (!(list.get(i) instanceof Number number)) {
                throw new IllegalArgumentException(
                        what + " must hold numbers only; got [" + show(list.get(i)) + "] at [" + i + "]");
            }
            vector[i] = toFloat(number);
        }
        return vector;
    }

    /** Whether all values are zero, so the vector has no direction and no cosine. */
    public static boolean isZero(float[] vector) {
        for (float value : vector) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /** The float nearest to the number as it was written, without rounding to a double first. */
    static float toFloat(Number number) {
        return number instanceof Double ? Float.parseFloat(number.toString()) : number.floatValue();
    }

    /** A name, id or key for a message; a long one is cut. */
    public static String cut(String name) {
        if (name == null || name.length() <= SHOWN) {
            return name;
        }
        // never half of a surrogate pair, which is invalid in JSON
        int end = Character.isHighSurrogate(name.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
        return name.substring(0, end) + "… (" + name.length() + " letters)";
    }

    /** Names for a message; a long list is cut. */
    public static String cut(Collection<String> names) {
        String shown = names.stream().limit(SHOWN_NAMES).map(Values::cut).collect(Collectors.joining(", "));
        return "[" + shown + (names.size() > SHOWN_NAMES ? ", … " + names.size() + " in all]" : "]");
    }

    /** Suggests the known name most similar to a misspelt one, as the end of a message; empty when none is similar. */
    public static String didYouMean(String name, Collection<String> known) {
        if (name.length() > SHOWN) {
            return "";
        }
        LevenshteinDistance likeness = new LevenshteinDistance();
        String asked = name.toLowerCase(Locale.ROOT);
        return known.stream()
                .filter(each -> likeness.getDistance(asked, each) > NEAR)
                .max(Comparator.comparingDouble(each -> likeness.getDistance(asked, each)))
                .map(each -> "; did you mean [" + each + "]?")
                .orElse("");
    }

    /** A value for a message; never shows pictures or whole vectors. */
    public static String show(Object value) {
        if (value instanceof List<?> list) {
            return "a list of " + list.size();
        }
        if (value instanceof Map) {
            return "an object";
        }
        if (value instanceof byte[] bytes) {
            return bytes.length + " bytes";
        }
        String shown = String.valueOf(value);
        return shown.length() > SHOWN ? "a text of " + shown.length() : shown;
    }

    /** Merges one JSON object into another, recursively. Values of {@code over} win, nulls included. */
    @SuppressWarnings("unchecked")
    public static void merge(Map<String, Object> under, Map<String, Object> over) {
        over.forEach((key, value) -> {
            if (value instanceof Map<?, ?> map && under.get(key) instanceof Map<?, ?> inner) {
                Map<String, Object> copy = new HashMap<>((Map<String, Object>) inner);
                merge(copy, (Map<String, Object>) map);
                under.put(key, copy);
            } else {
                under.put(key, value);
            }
        });
    }
}
