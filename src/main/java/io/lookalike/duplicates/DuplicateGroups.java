package io.lookalike.duplicates;

import java.util.List;

/** Group of nodes, and what a node is to users. */
interface DuplicateGroups {
    /** @param star whether all of a group are near its representative */
    List<Group> groups(boolean star, int minSize);

    /** The pictures that are listed for a node, in order; the first stands for it. */
    int[] pictures(int node);

    /** How many members of a group a node is. */
    int members(int node);

    /** How many same pictures the one that is listed stands for, itself included. */
    int copies(int node);

    /** How many pictures were compared. */
    int compared();
}
