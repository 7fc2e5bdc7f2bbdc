package io.lookalike.ingest;

import io.lookalike.encoder.BodyMemory;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.image.ImageException;
import io.lookalike.image.Region;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;

/**
 * Parses the boxes of pictures in a document: lists of four numbers, or objects as detectors write them. Other values
 * of such an object are kept with the box. Immutable.
 *
 * @param field that holds the boxes
 * @param units {@code pixels} or {@code fraction}; if null, each box decides: it is in fractions if its left and top
 *     edge and its sides are at most 1
 * @param format of a list: {@code xywh}, left, top, width, height, or {@code xyxy}, left, top, right, bottom; null for
 *     {@code xywh}, and then lists that reach far outside of the picture are refused
 */
record Boxes(String field, String units, String format) {
    private static final String REGION = "region";
    private static final String PIXELS = "pixels";
    private static final String FRACTION = "fraction";
    private static final String XYXY = "xyxy";

    /** A fraction may exceed 1 by this much, for rounding. */
    private static final double ROUNDING = 1e-3;

    /** A number above this is certainly in pixels; one between 1 and this may be a fraction that overshoots. */
    private static final double MOST_OVERSHOT = 2;

    /** Heap bytes of the other values of a box: enough for a polygon, too little for a mask. */
    private static final int MAX_MORE_BYTES = 64 << 10;

    /** Names of the four numbers: first those with width and height, then those with the right and bottom edges. */
    private static final List<List<String>> NAMES = List.of(
            List.of("x", "y", "width", "height"),
            List.of("x", "y", "w", "h"),
            List.of("xmin", "ymin", "xmax", "ymax"),
            List.of("x1", "y1", "x2", "y2"));

    private static final int FIRST_EDGES = 2;

    /** Inner objects in which some detectors put the numbers. */
    private static final List<String> WITHIN = List.of("box", "bbox");

    /** Reads the options of a processor; null if they name no field for boxes. */
    static Boxes read(String type, String tag, Map<String, Object> config) {
        String field = ConfigurationUtils.readOptionalStringProperty(type, tag, config, "regions_field");
        String units = choice(type, tag, config, "region_units", field, List.of(PIXELS, FRACTION));
        String format = choice(type, tag, config, "region_format", field, List.of("xywh", XYXY));
        return field == null ? null : new Boxes(field, units, format);
    }

    private static String choice(
            String type, String tag, Map<String, Object> config, String name, String field, List<String> allowed) {
        String value = ConfigurationUtils.readOptionalStringProperty(type, tag, config, name);
        if (value != null && field == null) {
            throw ConfigurationUtils.newConfigurationException(
                    type, tag, name, "applies to boxes; name their field in [regions_field]");
        }
        if (value != null && !allowed.contains(value)) {
            throw ConfigurationUtils.newConfigurationException(
                    type, tag, name, "must be one of " + allowed + "; got [" + Messages.cut(value) + "]");
        }
        return value;
    }

    /**
     * The boxes of each picture, null for the whole picture.
     *
     * @param value a box or a list of boxes; for several pictures a list of these, with null for a whole picture
     * @throws IllegalArgumentException for anything else
     */
    List<List<Region>> of(Object value, int pictures, boolean several) {
        String what = "field [" + field + "]";
        if (!several) {
            return List.of(ofOne(what, value));
        }
        if (!(value instanceof List<?> list) || list.size() != pictures) {
            throw new IllegalArgumentException(what + " must have one list of boxes for each of the [" + pictures
                    + "] pictures; got [" + Messages.show(value) + "]");
        }
        List<List<Region>> boxes = new ArrayList<>();
        for (int i = 0; i < pictures; i++) {
            boxes.add(list.get(i) == null ? null : ofOne(what + " [" + i + "]", list.get(i)));
        }
        return boxes;
    }

    /**
     * Whether these boxes differ from those of stored entries; false if the entries have no boxes, or if the value is
     * not a valid box.
     *
     * @param entries all entries that a document stores in a target field
     */
    boolean differ(Object value, List<Map<?, ?>> entries) {
        if (entries.stream().noneMatch(entry -> entry.containsKey(REGION))) {
            return false;
        }
        boolean several = entries.getFirst().containsKey(FieldNames.PICTURE);
        List<List<Region>> boxes;
        try {
            boxes = of(value, several && value instanceof List<?> list ? list.size() : 1, several);
        } catch (IllegalArgumentException e) {
            return false;
        }
        int at = 0;
        for (List<Region> ofOne : boxes) {
            for (Region region : ofOne == null ? Collections.<Region>singletonList(null) : ofOne) {
                if (at == entries.size() || differs(region, entries.get(at))) {
                    return true;
                }
                at++;
            }
        }
        return at < entries.size();
    }

    private static boolean differs(Region region, Map<?, ?> entry) {
        if (region == null || !(entry.get(REGION) instanceof Map<?, ?> stored)) {
            return region != null || entry.containsKey(REGION);
        }
        if (!(entry.get("width") instanceof Number width) || !(entry.get("height") instanceof Number height)) {
            return false;
        }
        try {
            int[] box = region.within(REGION, width.intValue(), height.intValue());
            for (int i = 0; i < box.length; i++) {
                // a synthetic source may have rounded the numbers
                if (stored.get(NAMES.getFirst().get(i)) instanceof Number number
                        && Math.abs(number.intValue() - box[i]) > 1) {
                    return true;
                }
            }
            return region.more().entrySet().stream()
                    .anyMatch(each -> !NAMES.getFirst().contains(each.getKey())
                            && !Objects.equals(stored.get(each.getKey()), each.getValue()));
        } catch (ImageException e) {
            return true;
        }
    }

    /** Whether there is no box at all: an empty list, or a list of empty lists. */
    static boolean isNone(Object value) {
        return value instanceof List<?> list
                && list.stream().allMatch(each -> each instanceof List<?> inner && inner.isEmpty());
    }

    private List<Region> ofOne(String what, Object value) {
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

    private Region box(String what, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return list(what, value, Map.of());
        }
        Map<String, Object> more = new HashMap<>();
        map.forEach((key, each) -> more.put((String) key, each));
        Object found = map;
        for (String name : WITHIN) {
            if (map.get(name) != null) {
                found = more.remove(name);
                break;
            }
        }
        if (!(found instanceof Map<?, ?> numbered)) {
            return list(what, found, more(what, more));
        }
        int names = names(numbered);
        double[] numbers = new double[4];
        for (int i = 0; i < numbers.length; i++) {
            String name = NAMES.get(names).get(i);
            if (!(numbered.get(name) instanceof Number given)) {
                throw noBox(what, found, " without a number [" + name + "]");
            }
            numbers[i] = given.doubleValue();
            more.remove(name);
        }
        return region(what, numbers, names >= FIRST_EDGES, false, more(what, more));
    }

    /** If no format is set, a box that reaches outside of the picture may be meant in the other format. */
    private Region list(String what, Object value, Map<String, Object> more) {
        return region(what, numbers(what, value), XYXY.equals(format), format == null, more);
    }

    /** The index of the names that an object uses: the first complete set, else the first set with any name. */
    private static int names(Map<?, ?> map) {
        for (int i = 0; i < NAMES.size(); i++) {
            if (map.keySet().containsAll(NAMES.get(i))) {
                return i;
            }
        }
        for (int i = 0; i < NAMES.size(); i++) {
            if (NAMES.get(i).stream().anyMatch(map::containsKey)) {
                return i;
            }
        }
        return 0;
    }

    private static double[] numbers(String what, Object value) {
        if (!(value instanceof List<?> list) || list.size() != 4) {
            throw noBox(what, value, "");
        }
        double[] numbers = new double[4];
        for (int i = 0; i < numbers.length; i++) {
            if (!(list.get(i) instanceof Number given)) {
                throw noBox(what, value, "");
            }
            numbers[i] = given.doubleValue();
        }
        return numbers;
    }

    private static IllegalArgumentException noBox(String what, Object value, String without) {
        return new IllegalArgumentException(what
                + " must be a box, {x, y, width, height}, {xmin, ymin, xmax, ymax} or a list of four numbers,"
                + " in pixels or in fractions of the picture's sides; got [" + Messages.show(value) + "]" + without);
    }

    private static Map<String, Object> more(String what, Map<String, Object> more) {
        long bytes = more.isEmpty() ? 0 : BodyMemory.of(more);
        if (bytes > MAX_MORE_BYTES) {
            throw new IllegalArgumentException(what + " has a box with [" + bytes
                    + "] bytes of other values, which are stored beside it; at most [" + MAX_MORE_BYTES
                    + "] are allowed, send it without the longest");
        }
        // a later processor may change either of the two
        return IngestDocument.deepCopyMap(more);
    }

    /**
     * @param edges whether the last two numbers are the right and the bottom edge
     * @param inside whether the box must lie inside of the picture
     */
    private Region region(String what, double[] numbers, boolean edges, boolean inside, Map<String, Object> more) {
        double x = numbers[0];
        double y = numbers[1];
        double width = edges ? numbers[2] - x : numbers[2];
        double height = edges ? numbers[3] - y : numbers[3];
        double most = 1 + ROUNDING;
        Region region;
        boolean small = x <= most && y <= most && width <= most && height <= most;
        try {
            region = new Region(x, y, width, height, units == null ? small : units.equals(FRACTION), inside, more);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    what + ": " + e.getMessage() + (edges ? " of the edges " + numbers(numbers) : ""), e);
        }
        boolean overshot = x <= MOST_OVERSHOT
                && y <= MOST_OVERSHOT
                && width <= MOST_OVERSHOT
                && height <= MOST_OVERSHOT
                && Arrays.stream(numbers).anyMatch(number -> number != Math.rint(number));
        if (units == null && !small && (overshot || width < 1 || height < 1)) {
            throw new IllegalArgumentException(
                    what + ": a box with sides of hardly a pixel, or fractions above [1]; got " + numbers(numbers)
                            + ", set [region_units] to [pixels] or to [fraction], and cut fractions off at [1]");
        }
        if (FRACTION.equals(units) && !small) {
            throw new IllegalArgumentException(what + ": a box in fractions has no number above [1]; got "
                    + numbers(numbers) + ", set [region_units] to [" + PIXELS + "] if these are pixels");
        }
        if (PIXELS.equals(units) && (width < 1 || height < 1) && small) {
            throw new IllegalArgumentException(what + ": a box in pixels has sides of at least [1]; got "
                    + numbers(numbers) + ", set [region_units] to [" + FRACTION + "] if these are fractions");
        }
        return region;
    }

    private static String numbers(double[] numbers) {
        return "[" + numbers[0] + ", " + numbers[1] + ", " + numbers[2] + ", " + numbers[3] + "]";
    }
}
