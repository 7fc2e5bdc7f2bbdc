package io.lookalike.encoder;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.lucene.search.spell.LevenshteinDistance;

/** Shows what users sent in error messages: short, and never pictures or whole vectors. Stateless. */
public final class Messages {
    private static final int SHOWN = 80;
    private static final int SHOWN_NAMES = 20;
    /** Similarity from which a name is suggested, the same as in Elasticsearch. */
    private static final float NEAR = 0.5f;

    private Messages() {}

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
        String shown = names.stream().limit(SHOWN_NAMES).map(Messages::cut).collect(Collectors.joining(", "));
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
}
