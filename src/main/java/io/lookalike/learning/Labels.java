package io.lookalike.learning;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * The labels of vectors, one or more each, and batches in which every label comes as often as the others. Not
 * thread-safe.
 */
public final class Labels {
    private final int[][] of;
    private final int count;

    /**
     * @param of numbers of the labels of each vector, at least one each, each once
     * @param count of labels; each must be of some vector
     */
    public Labels(int[][] of, int count) {
        this.of = of;
        this.count = count;
        for (int[] labels : of) {
            Arrays.sort(labels);
        }
    }

    /** Numbers labels by the order in which they come. */
    public static Labels of(List<? extends Collection<String>> labels) {
        return numbered(labels.stream().map(own -> own.toArray(Object[]::new)));
    }

    /** The labels of some of the vectors, numbered anew; others than {@code kept} are left out. */
    Labels of(int[] rows, IntPredicate kept) {
        return numbered(Arrays.stream(rows)
                .mapToObj(row -> Arrays.stream(of[row]).filter(kept).boxed().toArray(Object[]::new)));
    }

    private static Labels numbered(Stream<Object[]> labels) {
        Map<Object, Integer> numbers = new HashMap<>();
        int[][] of = labels.map(own -> Arrays.stream(own)
                        .mapToInt(label -> numbers.computeIfAbsent(label, l -> numbers.size()))
                        .toArray())
                .toArray(int[][]::new);
        return new Labels(of, numbers.size());
    }

    /** How many labels there are. */
    public int count() {
        return count;
    }

    /** How many vectors have them. */
    public int size() {
        return of.length;
    }

    /** Whether some vector has several. */
    boolean areSeveral() {
        return Arrays.stream(of).anyMatch(labels -> labels.length > 1);
    }

    /** The vectors of each label, {@code [labels][]}, in random order. */
    int[][] rows(Random random) {
        int[] sizes = new int[count];
        for (int[] labels : of) {
            for (int label : labels) {
                sizes[label]++;
            }
        }
        int[][] rows = new int[count][];
        Arrays.setAll(rows, label -> new int[sizes[label]]);
        for (int row = of.length - 1; row >= 0; row--) {
            for (int label : of[row]) {
                rows[label][--sizes[label]] = row;
            }
        }
        for (int[] own : rows) {
            shuffle(own, random);
        }
        return rows;
    }

    static void shuffle(int[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[other];
            values[other] = value;
        }
    }

    int[] at(int row) {
        return of[row];
    }

    /** Whether two vectors have a label in common. */
    boolean share(int a, int b) {
        int[] left = of[a];
        int[] right = of[b];
        for (int i = 0, j = 0; i < left.length && j < right.length; ) {
            if (left[i] == right[j]) {
                return true;
            }
            if (left[i] < right[j]) {
                i++;
            } else {
                j++;
            }
        }
        return false;
    }

    /**
     * Vectors in an order in which labels take turns with two each, so that each has a partner; within a label all come
     * once before any comes again.
     */
    final class Balanced {
        private final Random random;
        private final int[][] rows;
        private final int[] next = new int[count];
        private final int[] order = new int[count];
        private int turn;

        Balanced(Random random) {
            this.random = random;
            rows = rows(random);
            Arrays.setAll(order, label -> label);
        }

        int next() {
            if (turn == 0) {
                shuffle(order, random);
            }
            int label = order[turn / 2];
            turn = (turn + 1) % (2 * count);
            int[] own = rows[label];
            if (next[label] == own.length) {
                shuffle(own, random);
                next[label] = 0;
            }
            return own[next[label]++];
        }
    }
}
