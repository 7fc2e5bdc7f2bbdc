package io.lookalike.duplicates;

import io.lookalike.pairs.Components;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds pictures that are alike: their vectors are near. A node is a picture; of pictures that are the same by code,
 * one represents the others.
 */
final class VectorDuplicates implements DuplicateGroups {
    /** Up to so many pictures, all pairs are compared by default. */
    static final int FEW = 50_000;

    private final Pictures pictures;
    private final DuplicateCriterion criterion;
    private final Progress progress;
    private final int[] nodes;
    private final int[] copies;
    private final VectorPairs pairs;
    private final int compared;
    private final boolean all;
    private int[] least;
    private int radius;

    /** @param same null if not asked for */
    VectorDuplicates(Pictures pictures, DuplicateCriterion criterion, HashDuplicates same, Progress progress) {
        this.pictures = pictures;
        this.criterion = criterion;
        this.progress = progress;
        this.nodes = same == null ? IntStream.range(0, pictures.size()).toArray() : same.representatives();
        this.pairs = new VectorPairs(
                pictures,
                nodes,
                criterion.isCosine(),
                criterion.isCosine() ? criterion.similarity() : criterion.maxDistance());
        chooseThoseWithVectors();
        this.copies = new int[nodes.length];
        for (int node : nodes) {
            copies[node]++;
        }
        this.compared =
                (int) IntStream.range(0, nodes.length).filter(pairs::isCompared).count();
        boolean few = compared <= FEW || criterion.candidates() == DuplicateCriterion.Candidates.ALL;
        this.all = (few && !criterion.wantsCodes()) || pictures.hashes().sets.isEmpty();
    }

    /** If the representative of some same pictures has no vector, the first of them with a vector takes its place. */
    private void chooseThoseWithVectors() {
        Map<Integer, Integer> chosen = new HashMap<>();
        for (int picture = 0; picture < nodes.length; picture++) {
            if (!pairs.isCompared(nodes[picture]) && pairs.isCompared(picture)) {
                chosen.merge(nodes[picture], picture, (a, b) -> pictures.compare(a, b) <= 0 ? a : b);
            }
        }
        for (int picture = 0; picture < nodes.length; picture++) {
            nodes[picture] = chosen.getOrDefault(nodes[picture], nodes[picture]);
        }
    }

    void search(Workers workers) {
        Components components = new Components(nodes.length);
        if (all) {
            pairs.all(workers, progress, components);
        } else {
            radius = criterion.maxHashDistance() >= 0
                    ? criterion.maxHashDistance()
                    : pairs.radius(pictures.hashes().sets.getFirst().bits());
            pairs.byCodes(radius, workers, progress, components);
        }
        least = components.least();
    }

    /** Whether every pair was compared. */
    boolean isComplete() {
        return all;
    }

    /** The distance in bits within which the codes of compared pairs are. */
    int radius() {
        return radius;
    }

    /** Number of pictures with a zero vector, which has no cosine. */
    int withoutDirection() {
        return (int) IntStream.range(0, nodes.length)
                .filter(picture -> pictures.vector(picture) != null && !pairs.isCompared(picture))
                .count();
    }

    /** Number of pictures that are not compared because they have no code. */
    int withoutCodes() {
        return all
                ? 0
                : (int) IntStream.range(0, nodes.length)
                        .filter(picture ->
                                pairs.isCompared(picture) && pictures.hashes().kind(picture) < 0)
                        .count();
    }

    @Override
    public List<Group> groups(boolean star, int minSize) {
        Group.Nodes each = new Group.Nodes() {
            @Override
            public int weight(int node) {
                return 1;
            }

            @Override
            public double distance(int a, int b) {
                return criterion.isCosine() ? -pairs.value(a, b) : pairs.value(a, b);
            }

            @Override
            public boolean near(int a, int b) {
                return pairs.isNear(pairs.value(a, b));
            }

            @Override
            public int compare(int a, int b) {
                return pictures.compare(a, b);
            }
        };
        return Group.of(least, each, minSize, 2, star, () -> progress.at("group", 0, 0));
    }

    @Override
    public int[] pictures(int node) {
        return new int[] {node};
    }

    @Override
    public int members(int node) {
        return 1;
    }

    @Override
    public int copies(int node) {
        return copies[node];
    }

    @Override
    public int compared() {
        return compared;
    }
}
