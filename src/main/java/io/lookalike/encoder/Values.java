package io.lookalike.encoder;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.lucene.search.spell.LevenshteinDistance;

/** Values as they come from JSON: vectors out of lists, and what a message may show of a value that is wrong. */
public final class Values {
    private static final int SHOWN = 80;
    private static final int SHOWN_NAMES = 20;
    /** Above which part of the letters two names are alike, as in what Elasticsearch suggests. */
    private static final float NEAR = 0.5f;

    private Values() {}

    /**
     * A list of numbers as a vector.
     *
     * @param what how messages name it, such as {@code field [my_vector]}
     * @throws IllegalArgumentException when it is none; the message shows the first wrong component, if it is short
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

    /** Whether a vector has no direction, so that nothing is near to it by cosine. */
    public static boolean isZero(float[] vector) {
        for (float value : vector) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /** The float that is nearest to a number as it was written, without rounding to a double on the way. */
    static float toFloat(Number number) {
        return number instanceof Double ? Float.parseFloat(number.toString()) : number.floatValue();
    }

    /** A name, an id or a key as a message shows it: the beginning of one that is long. */
    public static String cut(String name) {
        if (name == null || name.length() <= SHOWN) {
            return name;
        }
        // never half of a character, which could not be written as JSON
        int end = Character.isHighSurrogate(name.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
        return name.substring(0, end) + "… (" + name.length() + " letters)";
    }

    /** Names as a message shows them: some of many. */
    public static String cut(Collection<String> names) {
        String shown = names.stream().limit(SHOWN_NAMES).map(Values::cut).collect(Collectors.joining(", "));
        return "[" + shown + (names.size() > SHOWN_NAMES ? ", … " + names.size() + " in all]" : "]");
    }

    /** The name that is nearest to a misspelt one, as the end of a message; empty where none is near. */
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

    /** What a message shows: neither pictures nor whole vectors. */
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

    /**
     * Lays one JSON object over another, and the objects within likewise: what lies over wins, also where it is null.
     */
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
