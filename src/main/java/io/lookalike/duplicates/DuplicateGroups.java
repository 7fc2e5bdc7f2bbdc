package io.lookalike.duplicates;

import java.util.List;

/** The groups that were found, and the pictures behind each node. */
interface DuplicateGroups {
    /** @param star whether all members of a group must be near its representative */
    List<Group> groups(boolean star, int minSize);

    /** The pictures that are listed for a node, in order; the first represents it. */
    int[] pictures(int node);

    /** Number of members that a node adds to its group. */
    int members(int node);

    /** Number of same pictures that the listed one represents, itself included. */
    int copies(int node);

    /** Number of compared pictures. */
    int compared();
}
