package io.lookalike.duplicates;

import io.lookalike.encoder.Values;
import java.util.Comparator;
import java.util.List;

/**
 * The order of groups: the largest first, those of one size by index, id and nested object of their representatives. It
 * depends on the documents alone, so that pages fit together.
 */
final class GroupOrder {
    private static final Comparator<Place> ORDER = Comparator.<Place>comparingLong(place -> -place.size)
            .thenComparing(Place::index)
            .thenComparing(Place::id)
            .thenComparingLong(Place::entry);

    private GroupOrder() {}

    /** Where a group stands. */
    record Place(long size, String index, String id, long entry) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }

        /** As users get it and send it back. */
        List<Object> values() {
            return List.of(size, index, id, entry);
        }
    }

    /** Checks a place that a user sends; null where there is none. */
    static List<?> afterOf(Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof List<?> list
                && list.size() == 4
                && list.get(0) instanceof Number
                && list.get(1) instanceof String
                && list.get(2) instanceof String
                && list.get(3) instanceof Number) {
            return list;
        }
        throw new IllegalArgumentException(
                "[after] must be what the page before answered as [after], such as [3, \"photos\", \"17\", -1]; got ["
                        + Values.show(value) + "]");
    }

    /** Of a list that {@link #afterOf} has checked. */
    static Place place(List<?> after) {
        return new Place(
                ((Number) after.get(0)).longValue(),
                (String) after.get(1),
                (String) after.get(2),
                ((Number) after.get(3)).longValue());
    }
}
