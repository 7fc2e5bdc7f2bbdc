package io.lookalike.duplicates;

import io.lookalike.pairs.CodeSet;
import io.lookalike.pairs.Components;
import io.lookalike.pairs.NearPairs;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds pictures that are the same: their codes differ in few bits, and checks confirm it, if there are any. Misses
 * none. A node is a distinct code; after {@link #confirm}, a picture.
 */
final class HashDuplicates implements DuplicateGroups {
    private static final String STEP = "confirm";
    /** Pairs between two checks for cancellation. */
    private static final int CHECKED = 256;

    private final Pictures pictures;
    private final DuplicateCriterion criterion;
    private final Progress progress;
    /** The node of the first code of each kind. */
    private final int[] offsets;

    private final int compared;
    private int[] least;
    /** Where the pictures of each node begin in {@code sorted}. */
    private int[] starts;

    private int[] sorted;
    /** The first picture of each node. */
    private int[] first;
    /** Null if the codes decide alone. */
    private PictureChecks checks;

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
        int withCode = 0;
        for (int picture = 0; picture < pictures.size(); picture++) {
            if (node(picture) >= 0) {
                starts[node(picture) + 1]++;
                withCode++;
            }
        }
        this.compared = withCode;
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        this.sorted = new int[withCode];
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

    /** The pictures whose code is near that of another picture, maybe by a chain. */
    int[] candidates() {
        int[] weights = new int[least.length];
        for (int node = 0; node < least.length; node++) {
            weights[least[node]] += members(node);
        }
        return IntStream.range(0, pictures.size())
                .filter(picture -> node(picture) >= 0 && weights[least[node(picture)]] > 1)
                .toArray();
    }

    /**
     * Joins only pictures that the checks confirm.
     *
     * @param candidates see {@link #candidates}
     */
    void confirm(PictureChecks by, int[] candidates, Workers workers) {
        checks = by;
        Components components = new Components(pictures.size());
        for (int kind = 0; kind < offsets.length - 1; kind++) {
            confirm(candidates, kind, workers, components);
        }
        least = components.least();
        first = IntStream.range(0, pictures.size()).toArray();
        sorted = first;
        starts = IntStream.rangeClosed(0, pictures.size()).toArray();
    }

    /** What confirmed the pairs; null if the codes decided alone. */
    PictureChecks checks() {
        return checks;
    }

    private void confirm(int[] candidates, int kind, Workers workers, Components components) {
        CodeSet all = pictures.same().sets.get(kind);
        CodeSet codes = new CodeSet(all.bits());
        Map<Integer, List<Integer>> byCode = new HashMap<>();
        int done = 0;
        for (int picture : candidates) {
            if (pictures.same().kind(picture) == kind) {
                int code = codes.add(all.code(pictures.same().code(picture)));
                List<Integer> equal = byCode.computeIfAbsent(code, c -> new ArrayList<>());
                for (int other : equal) {
                    if (done++ % CHECKED == 0) {
                        progress.at(STEP, 0, 0);
                    }
                    join(picture, other, components);
                }
                equal.add(picture);
            }
        }
        new NearPairs(codes, criterion.bits()).forEach(workers, progress, (a, b, distance) -> {
            for (int one : byCode.get(a)) {
                for (int other : byCode.get(b)) {
                    join(one, other, components);
                }
            }
        });
    }

    private void join(int a, int b, Components components) {
        if (!components.joined(a, b) && checks.areSame(a, b)) {
            components.union(a, b);
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
                return pictures.same()
                        .sets
                        .get(pictures.same().kind(first[a]))
                        .distance(
                                pictures.same().code(first[a]), pictures.same().code(first[b]));
            }

            @Override
            public boolean near(int a, int b) {
                return distance(a, b) <= criterion.bits() && (checks == null || checks.areSame(first[a], first[b]));
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
        return compared;
    }
}
