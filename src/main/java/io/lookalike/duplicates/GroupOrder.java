package io.lookalike.duplicates;

import io.lookalike.encoder.Messages;
import java.util.Comparator;
import java.util.List;

/**
 * The order of groups: by size, then by index, id and nested object of the representative. Depends on the documents
 * only, so that pages fit together.
 */
final class GroupOrder {
    private static final Comparator<Place> ORDER = Comparator.<Place>comparingLong(place -> -place.size)
            .thenComparing(Place::index)
            .thenComparing(Place::id)
            .thenComparingLong(Place::entry);

    private GroupOrder() {}

    /** The place of a group in the order. */
    record Place(long size, String index, String id, long entry) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }

        /** As the answer shows it and a user sends it back. */
        List<Object> values() {
            return List.of(size, index, id, entry);
        }
    }

    /** Checks a place from a user; null without one. */
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
                        + Messages.show(value) + "]");
    }

    /** The place, from a list that {@link #afterOf} has checked. */
    static Place place(List<?> after) {
        return new Place(
                ((Number) after.get(0)).longValue(),
                (String) after.get(1),
                (String) after.get(2),
                ((Number) after.get(3)).longValue());
    }
}
