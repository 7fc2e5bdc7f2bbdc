package io.lookalike.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Finds constants by the lower-case names that users write. */
final class Names {

    private Names() {}

    static <E extends Enum<E>> E find(Class<E> type, String setting, String name) {
        for (E constant : type.getEnumConstants()) {
            if (nameOf(constant).equals(name)) {
                return constant;
            }
        }
        String known = Arrays.stream(type.getEnumConstants()).map(Names::nameOf).collect(Collectors.joining(", "));
        throw new IllegalArgumentException("[" + setting + "] must be one of [" + known + "]; got [" + name + "]");
    }

    static String nameOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
