package io.lookalike.ingest;

import io.lookalike.encoder.Values;
import io.lookalike.image.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the boxes of pictures out of a document: {@code {"x", "y", "width", "height"}} or {@code [x, y, width, height]}. Stateless. */
final class Boxes {
    private static final List<String> NAMES = List.of("x", "y", "width", "height");

    private Boxes() {}

    /**
     * The boxes of each picture; none of one means the whole of it.
     *
     * @param what how messages name the value
     * @param value a box or a list of them; for several pictures a list of those, null where a picture has none
     * @throws IllegalArgumentException for anything else
     */
    static List<List<Region>> of(String what, Object value, int pictures, boolean several) {
        if (!several) {
            return List.of(ofOne(what, value));
        }
        if (!(value instanceof List<?> list) || list.size() != pictures) {
            throw new IllegalArgumentException(what + " must have one list of boxes for each of the [" + pictures
                    + "] pictures; got [" + Values.show(value) + "]");
        }
        List<List<Region>> boxes = new ArrayList<>();
        for (int i = 0; i < pictures; i++) {
            boxes.add(list.get(i) == null ? List.of() : ofOne(what + " [" + i + "]", list.get(i)));
        }
        return boxes;
    }

    private static List<Region> ofOne(String what, Object value) {
        if (!(value instanceof List<?> list) || isBox(list)) {
            return List.of(box(what, value));
        }
        List<Region> boxes = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            boxes.add(box(what + " [" + i + "]", list.get(i)));
        }
        return boxes;
    }

    private static boolean isBox(List<?> list) {
        return !list.isEmpty() && list.getFirst() instanceof Number;
    }

    private static Region box(String what, Object value) {
        double[] numbers = new double[NAMES.size()];
        for (int i = 0; i < numbers.length; i++) {
            Object number = value instanceof Map<?, ?> map
                    ? map.get(NAMES.get(i))
                    : value instanceof List<?> list && list.size() == numbers.length ? list.get(i) : null;
            if (!(number instanceof Number given)) {
                throw new IllegalArgumentException(
                        what + " must be a box, {x, y, width, height} or [x, y, width, height],"
                                + " in pixels or in fractions of the picture's sides; got [" + Values.show(value) + "]"
                                + (value instanceof Map<?, ?> ? " without a number [" + NAMES.get(i) + "]" : ""));
            }
            numbers[i] = given.doubleValue();
        }
        try {
            return new Region(numbers[0], numbers[1], numbers[2], numbers[3]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + ": " + e.getMessage(), e);
        }
    }
}
