package io.lookalike.encoder;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Helpers for values from JSON: reads vectors and merges objects. Stateless. */
public final class Values {
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
                    what + " must hold a vector as a list of numbers; got [" + Messages.show(value) + "]");
        }
        float[] vector = new float[list.size()];
        for (int i = 0; i < vector.length; i++) {
            if (!(list.get(i) instanceof Number number)) {
                throw new IllegalArgumentException(
                        what + " must hold numbers only; got [" + Messages.show(list.get(i)) + "] at [" + i + "]");
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
