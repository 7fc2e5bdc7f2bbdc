package io.lookalike.demo;

import java.io.IOException;
import java.util.Locale;

/**
 * A picture to be indexed.
 *
 * @param id its document's id
 * @param name for readers
 * @param clazz its class
 * @param kind {@link #ORIGINAL}, or the label of an {@link Alteration}
 * @param copyOf the id of the original that this is a copy of, its own id for an original
 * @param content its bytes
 */
record Picture(String id, String name, String clazz, String kind, String copyOf, Content content) {
    static final String ORIGINAL = "original";

    /** Loads the bytes of a picture. */
    @FunctionalInterface
    interface Content {
        byte[] bytes() throws IOException;
    }

    static Picture original(int number, String name, String clazz, Content content) {
        String id = "p" + number;
        return new Picture(id, name, clazz, ORIGINAL, id, content);
    }

    /** An altered copy, encoded at once. */
    Picture altered(Alteration alteration) throws IOException {
        byte[] bytes = alteration.encode(Pixels.decode(content.bytes()));
        return new Picture(
                id + "-" + alteration.name().toLowerCase(Locale.ROOT),
                name + ", " + alteration.label(),
                clazz,
                alteration.label(),
                id,
                () -> bytes);
    }
}
