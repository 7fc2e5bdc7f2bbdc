package io.lookalike.learning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

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
    }

    /** Numbers labels by the order in which they come. */
    public static Labels of(List<? extends Collection<String>> labels) {
        Map<String, Integer> numbers = new HashMap<>();
        int[][] of = new int[labels.size()][];
        for (int row = 0; row < of.length; row++) {
            of[row] = labels.get(row).stream()
                    .mapToInt(label -> {
                        Integer known = numbers.putIfAbsent(label, numbers.size());
                        return known == null ? numbers.size() - 1 : known;
                    })
                    .toArray();
        }
        return new Labels(of, numbers.size());
    }

    int count() {
        return count;
    }

    int[] of(int row) {
        return of[row];
    }

    /** Whether two vectors have a label in common. */
    boolean same(int a, int b) {
        for (int label : of[a]) {
            for (int other : of[b]) {
                if (label == other) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Rows in an order in which labels take turns; within a label all come once before any comes again. */
    final class Balanced {
        private final Random random;
        private final List<List<Integer>> rows = new ArrayList<>();
        private final int[] next = new int[count];
        private int turn;

        Balanced(Random random) {
            this.random = random;
            for (int label = 0; label < count; label++) {
                rows.add(new ArrayList<>());
            }
            for (int row = 0; row < of.length; row++) {
                for (int label : of[row]) {
                    rows.get(label).add(row);
                }
            }
            rows.forEach(each -> Collections.shuffle(each, random));
        }

        /** Fills a batch. */
        void next(int[] batch) {
            Arrays.setAll(batch, i -> one());
        }

        private int one() {
            int label = turn;
            turn = (turn + 1) % count;
            List<Integer> own = rows.get(label);
            if (next[label] == own.size()) {
                Collections.shuffle(own, random);
                next[label] = 0;
            }
            return own.get(next[label]++);
        }
    }
}
