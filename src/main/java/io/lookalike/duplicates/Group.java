package io.lookalike.duplicates;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A group of near-duplicates: its representative, and the distances of the others from it. Made from connected
 * components.
 *
 * <p>The representative is the node with the most others within the threshold; the first in order wins a tie. In a
 * large component, only some hundred nodes, evenly spread, are counted. {@code linked}: each component is one group.
 * {@code star}: every member is near the representative; the remaining nodes form further groups, so a chain does not
 * join unlike pictures.
 *
 * <p>Costs the square of the nodes of a component, up to some hundred nodes, and is linear beyond; star-shaped groups
 * cost nodes times groups.
 */
final class Group {
    private static final int SAMPLE = 512;
    /**
     * Distances between two checks: they take some hundred microseconds for codes, some milliseconds for long vectors.
     */
    private static final int CHECKED = 4096;

    private final int representative;
    private final int[] nodes;
    private final double[] distances;
    private final boolean sampled;

    private Group(int representative, int[] nodes, double[] distances, boolean sampled) {
        this.representative = representative;
        this.nodes = nodes;
        this.distances = distances;
        this.sampled = sampled;
    }

    /** Whether the representative was chosen by a sample of the component's nodes. */
    boolean sampled() {
        return sampled;
    }

    int representative() {
        return representative;
    }

    /** All nodes of the group by distance, the representative first. */
    int[] nodes() {
        return nodes;
    }

    /** The distance of each node from the representative. */
    double[] distances() {
        return distances;
    }

    /** The nodes that are grouped. */
    interface Nodes {
        /** Number of pictures of a node. */
        int weight(int node);

        double distance(int a, int b);

        /** Whether two nodes are near enough. */
        boolean near(int a, int b);

        /** An order that does not depend on the order of reading. */
        int compare(int a, int b);
    }

    /**
     * @param least for each node, the least node of its component
     * @param minSize least number of pictures in a group
     * @param minNodes least number of nodes in a group
     * @param check is called now and then; what it throws ends the work
     */
    static List<Group> of(int[] least, Nodes nodes, int minSize, int minNodes, boolean star, Runnable check) {
        int[] starts = new int[least.length + 1];
        for (int root : least) {
            starts[root + 1]++;
        }
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        int[] next = starts.clone();
        int[] sorted = new int[least.length];
        for (int node = 0; node < least.length; node++) {
            sorted[next[least[node]]++] = node;
        }
        List<Group> groups = new ArrayList<>();
        for (int root = 0; root < least.length; root++) {
            if (root % CHECKED == 0) {
                check.run();
            }
            int[] component = Arrays.copyOfRange(sorted, starts[root], starts[root + 1]);
            if (component.length >= minNodes && weight(component, nodes) >= minSize) {
                check.run();
                split(component, nodes, minSize, minNodes, star, groups, check);
            }
        }
        return groups;
    }

    private static long weight(int[] members, Nodes nodes) {
        return Arrays.stream(members).mapToLong(nodes::weight).sum();
    }

    private static void split(
            int[] component, Nodes nodes, int minSize, int minNodes, boolean star, List<Group> groups, Runnable check) {
        int[] ordered = Arrays.stream(component)
                .boxed()
                .sorted(nodes::compare)
                .mapToInt(Integer::intValue)
                .toArray();
        long[] degrees = degrees(ordered, nodes, check);
        List<Integer> byDegree = IntStream.range(0, ordered.length)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -degrees[i]))
                .toList();
        boolean sampled = step(ordered.length) > 1;
        if (!star) {
            groups.add(around(ordered[byDegree.getFirst()], ordered, nodes, sampled, check));
            return;
        }
        boolean[] taken = new boolean[ordered.length];
        for (int candidate : byDegree) {
            if (taken[candidate]) {
                continue;
            }
            check.run();
            int[] members = IntStream.range(0, ordered.length)
                    .filter(i -> !taken[i])
                    .filter(i -> i == candidate || nodes.near(ordered[candidate], ordered[i]))
                    .toArray();
            for (int member : members) {
                taken[member] = true;
            }
            int[] group = Arrays.stream(members).map(i -> ordered[i]).toArray();
            if (group.length >= minNodes && weight(group, nodes) >= minSize) {
                groups.add(around(ordered[candidate], group, nodes, sampled, check));
            }
        }
    }

    /** Every how many nodes one is counted. */
    private static int step(int nodes) {
        return Math.max(1, nodes / SAMPLE);
    }

    /** The number of near pictures of each node, of those that are counted. */
    private static long[] degrees(int[] members, Nodes nodes, Runnable check) {
        long[] degrees = new long[members.length];
        int step = step(members.length);
        int checked = Math.max(1, CHECKED / Math.min(members.length, SAMPLE));
        for (int i = 0; i < members.length; i++) {
            if (i % checked == 0) {
                check.run();
            }
            for (int j = 0; j < members.length; j += step) {
                if (i == j || nodes.near(members[i], members[j])) {
                    degrees[i] += nodes.weight(members[j]);
                }
            }
        }
        return degrees;
    }

    private static Group around(int representative, int[] members, Nodes nodes, boolean sampled, Runnable check) {
        double[] distances = new double[members.length];
        for (int i = 0; i < members.length; i++) {
            if (i % CHECKED == 0) {
                check.run();
            }
            distances[i] = members[i] == representative
                    ? Double.NEGATIVE_INFINITY
                    : nodes.distance(representative, members[i]);
        }
        int[] order = IntStream.range(0, members.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> distances[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        return new Group(
                representative,
                Arrays.stream(order).map(i -> members[i]).toArray(),
                Arrays.stream(order)
                        .mapToDouble(i -> members[i] == representative ? 0 : distances[i])
                        .toArray(),
                sampled);
    }
}
