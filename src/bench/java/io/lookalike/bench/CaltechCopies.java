package io.lookalike.bench;

import java.util.List;
import java.util.Set;

/**
 * The pictures of caltech20x50 that show the same photograph or drawing as another one, judged by eye once: cropped,
 * scaled, or saved in another way. Pictures of one kind of thing, such as two motorbikes of one make, are not the same.
 */
public final class CaltechCopies {
    /** Names within the data set. */
    public static final List<Set<String>> GROUPS = List.of(
            pair("buddha", 8, 40),
            pair("buddha", 12, 13),
            pair("buddha", 22, 28),
            pair("butterfly", 1, 31),
            pair("grand_piano", 2, 7),
            pair("grand_piano", 3, 46),
            pair("grand_piano", 6, 14),
            pair("hawksbill", 9, 39),
            pair("hawksbill", 28, 40),
            pair("hawksbill", 42, 45),
            pair("kangaroo", 15, 25),
            pair("kangaroo", 35, 50),
            pair("ketch", 35, 41));

    private CaltechCopies() {}

    private static Set<String> pair(String folder, int a, int b) {
        return Set.of(name(folder, a), name(folder, b));
    }

    private static String name(String folder, int number) {
        return folder + "/image_00" + (number < 10 ? "0" : "") + number + ".jpg";
    }

    /** The number of pictures in a group that are the same as another one in it. */
    public static int right(Set<String> group) {
        return (int) group.stream()
                .filter(picture -> GROUPS.stream()
                        .anyMatch(copies -> copies.contains(picture)
                                && copies.stream().anyMatch(other -> !other.equals(picture) && group.contains(other))))
                .count();
    }
}
