package io.lookalike.trainer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Two pictures of one class, and one of another. */
record Triplet(Sample anchor, Sample positive, Sample negative) {
    private static final int NEAREST = 5;

    /** Chooses the negative of an anchor. */
    @FunctionalInterface
    interface Negatives {
        Sample of(Sample anchor, Random random);
    }

    /**
     * The triplets of an epoch, shuffled: {@code each} for every class with two pictures or more.
     *
     * @throws UserError if there is no such class, or no other one
     */
    static List<Triplet> draw(List<Sample> samples, int each, Negatives negatives, Random random) {
        Map<Integer, List<Sample>> classes = byClass(samples);
        if (classes.size() < 2 || classes.values().stream().allMatch(one -> one.size() < 2)) {
            throw new UserError("training needs [2] classes, one of them with [2] pictures beside those that are held"
                    + " out; got [" + samples.size() + "] pictures of [" + classes.size()
                    + "] classes; put each class into a folder of its own");
        }
        List<Triplet> triplets = new ArrayList<>();
        for (List<Sample> one : classes.values()) {
            for (int i = 0; one.size() > 1 && i < each; i++) {
                int anchor = random.nextInt(one.size());
                int positive = random.nextInt(one.size() - 1);
                positive += positive >= anchor ? 1 : 0;
                Sample chosen = one.get(anchor);
                triplets.add(new Triplet(chosen, one.get(positive), negatives.of(chosen, random)));
            }
        }
        Collections.shuffle(triplets, random);
        return triplets;
    }

    /** Any picture of another class. */
    static Negatives random(List<Sample> samples) {
        return (anchor, random) -> {
            Sample other = samples.get(random.nextInt(samples.size()));
            while (other.label() == anchor.label()) {
                other = samples.get(random.nextInt(samples.size()));
            }
            return other;
        };
    }

    /**
     * One of the {@value #NEAREST} pictures of other classes that are nearest to the anchor, or any picture of another
     * class where the anchor was not embedded. The very nearest alone would often be a mistake in the folders.
     *
     * @param vectors of the samples, in the same order
     */
    static Negatives hard(List<Sample> samples, float[][] vectors, Negatives otherwise) {
        Map<Sample, Integer> ords = new HashMap<>();
        for (int i = 0; i < samples.size(); i++) {
            ords.put(samples.get(i), i);
        }
        return (anchor, random) -> {
            Integer at = ords.get(anchor);
            double[] distances = IntStream.range(0, samples.size())
                    .parallel()
                    .mapToDouble(i -> at == null || samples.get(i).label() == anchor.label()
                            ? Double.POSITIVE_INFINITY
                            : Precision.square(vectors[at], vectors[i]))
                    .toArray();
            int[] nearest = Precision.nearest(distances, Math.min(NEAREST, distances.length));
            Sample chosen = samples.get(nearest[random.nextInt(nearest.length)]);
            return at == null || chosen.label() == anchor.label() ? otherwise.of(anchor, random) : chosen;
        };
    }

    /** The samples of each class, by its number. */
    static Map<Integer, List<Sample>> byClass(List<Sample> samples) {
        Map<Integer, List<Sample>> classes = new TreeMap<>();
        for (Sample sample : samples) {
            classes.computeIfAbsent(sample.label(), label -> new ArrayList<>()).add(sample);
        }
        return classes;
    }
}
