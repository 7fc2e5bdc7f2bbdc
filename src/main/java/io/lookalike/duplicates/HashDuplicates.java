package io.lookalike.duplicates;

import io.lookalike.pairs.CodeSet;
import io.lookalike.pairs.NearPairs;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Finds pictures that are the same: their codes differ in few bits. Misses none. A node is a distinct code. */
final class HashDuplicates implements DuplicateGroups {
    private final Pictures pictures;
    private final DuplicateCriterion criterion;
    private final Progress progress;
    /** The node of the first code of each kind. */
    private final int[] offsets;

    private final int[] least;
    /** Where the pictures of each node begin in {@code sorted}. */
    private final int[] starts;

    private final int[] sorted;
    /** The first picture of each node. */
    private final int[] first;

    HashDuplicates(Pictures pictures, DuplicateCriterion criterion, Progress progress) {
        this.pictures = pictures;
        this.criterion = criterion;
        this.progress = progress;
        List<CodeSet> sets = pictures.same().sets;
        this.offsets = new int[sets.size() + 1];
        for (int kind = 0; kind < sets.size(); kind++) {
            offsets[kind + 1] = offsets[kind] + sets.get(kind).size();
        }
        int nodes = offsets[sets.size()];
        this.least = new int[nodes];
        this.starts = new int[nodes + 1];
        this.first = new int[nodes];
        int compared = 0;
        for (int picture = 0; picture < pictures.size(); picture++) {
            if (node(picture) >= 0) {
                starts[node(picture) + 1]++;
                compared++;
            }
        }
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        this.sorted = new int[compared];
        int[] next = starts.clone();
        for (int picture = 0; picture < pictures.size(); picture++) {
            int node = node(picture);
            if (node >= 0) {
                if (next[node] == starts[node] || pictures.compare(picture, first[node]) < 0) {
                    first[node] = picture;
                }
                sorted[next[node]++] = picture;
            }
        }
    }

    void search(Workers workers) {
        for (int kind = 0; kind < offsets.length - 1; kind++) {
            int[] components =
                    new NearPairs(pictures.same().sets.get(kind), criterion.bits()).components(workers, progress);
            for (int code = 0; code < components.length; code++) {
                least[offsets[kind] + code] = offsets[kind] + components[code];
            }
        }
    }

    /** The node of a picture; -1 without a code. */
    private int node(int picture) {
        int kind = pictures.same().kind(picture);
        return kind < 0 ? -1 : offsets[kind] + pictures.same().code(picture);
    }

    @Override
    public List<Group> groups(boolean star, int minSize) {
        Group.Nodes nodes = new Group.Nodes() {
            @Override
            public int weight(int node) {
                return members(node);
            }

            @Override
            public double distance(int a, int b) {
                int kind = pictures.same().kind(first[a]);
                return pictures.same().sets.get(kind).distance(a - offsets[kind], b - offsets[kind]);
            }

            @Override
            public boolean near(double distance) {
                return distance <= criterion.bits();
            }

            @Override
            public int compare(int a, int b) {
                return pictures.compare(first[a], first[b]);
            }
        };
        return Group.of(least, nodes, minSize, 1, star, () -> progress.at("group", 0, 0));
    }

    /**
     * The representative of each picture: the first picture of the representative of its group; itself without a group.
     */
    int[] representatives() {
        int[] representatives = IntStream.range(0, pictures.size()).toArray();
        for (Group group : groups(false, 2)) {
            for (int node : group.nodes()) {
                for (int i = starts[node]; i < starts[node + 1]; i++) {
                    representatives[sorted[i]] = first[group.representative()];
                }
            }
        }
        return representatives;
    }

    @Override
    public int[] pictures(int node) {
        return Arrays.stream(sorted, starts[node], starts[node + 1])
                .boxed()
                .sorted(pictures)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    @Override
    public int members(int node) {
        return starts[node + 1] - starts[node];
    }

    @Override
    public int copies(int node) {
        return 1;
    }

    @Override
    public int compared() {
        return sorted.length;
    }
}
