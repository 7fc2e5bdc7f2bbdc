package io.lookalike.learning;

import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which labelled vectors a head does not learn from, so that they can judge it.
 *
 * @param share of the vectors, or of the labels, that is held out, 0 to .5
 */
public record HoldOut(double share, By by) {
    /** The most vectors that judge a head; judging costs their square. */
    public static final int MOST = 2000;

    /** Fewer labels cannot be held out: two stay, and two judge. */
    private static final int FEWEST_LABELS = 4;

    /** What is held out. */
    public enum By {
        /** Some vectors of each label: judges how well known labels are told apart. */
        DOCUMENT,
        /** All vectors of some labels: judges what the head makes of labels that it never saw. */
        LABEL
    }

    /**
     * A choice.
     *
     * @param learned numbers of the vectors to learn from
     * @param learnedLabels of these
     * @param judging numbers of those that judge: at most {@link #MOST} of those held out
     * @param judgingLabels of these; if labels are held out, without the others
     * @param heldOut how many vectors are held out
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    public record Choice(int[] learned, Labels learnedLabels, int[] judging, Labels judgingLabels, int heldOut) {}

    /**
     * Chooses; the same for the same seed. Holds out no documents where too few would be left.
     *
     * @throws IllegalArgumentException if there are too few labels to hold out some of them
     */
    public Choice choose(Labels labels, long seed) {
        Random random = new Random(seed);
        int[][] rows = labels.rows(random);
        boolean[] out = new boolean[labels.size()];
        boolean[] unseen = new boolean[labels.count()];
        if (share > 0 && by == By.LABEL) {
            Arrays.stream(labels(labels, random)).forEach(label -> unseen[label] = true);
            for (int label = 0; label < unseen.length; label++) {
                if (unseen[label]) {
                    Arrays.stream(rows[label]).forEach(row -> out[row] = true);
                }
            }
        } else if (share > 0) {
            // of a document with several labels each of them may choose it
            double chance = Math.min(share * out.length, MOST)
                    / Arrays.stream(rows).mapToInt(own -> own.length).sum();
            for (int[] own : rows) {
                Arrays.stream(own, 0, count(own.length, chance, random)).forEach(row -> out[row] = true);
            }
        }
        if (!carries(rows, out)) {
            if (by == By.LABEL) {
                throw new IllegalArgumentException("[hold_out.by] [label] leaves fewer than two labels of two "
                        + "documents each to learn from, because documents have several labels: lower "
                        + "[hold_out.share], or hold out by [document]");
            }
            Arrays.fill(out, false);
        }
        int[] heldOut = IntStream.range(0, out.length).filter(row -> out[row]).toArray();
        int[] learned = IntStream.range(0, out.length).filter(row -> !out[row]).toArray();
        int[] judging = heldOut.length > MOST ? evenly(rows, out) : heldOut;
        return new Choice(
                learned,
                labels.of(learned, label -> true),
                judging,
                labels.of(judging, label -> by == By.DOCUMENT || unseen[label]),
                heldOut.length);
    }

    /** The labels to hold out. */
    private int[] labels(Labels labels, Random random) {
        if (labels.count() < FEWEST_LABELS) {
            throw new IllegalArgumentException("[hold_out.by] [label] needs at least [" + FEWEST_LABELS
                    + "] labels, because two stay and two judge; got [" + labels.count()
                    + "]: hold out by [document]");
        }
        int[] order = IntStream.range(0, labels.count()).toArray();
        Labels.shuffle(order, random);
        return Arrays.copyOf(order, Math.clamp(Math.round(share * order.length), 2, order.length - 2));
    }

    /** Whether two labels of two vectors are left. */
    private static boolean carries(int[][] rows, boolean[] out) {
        return Arrays.stream(rows)
                        .filter(own ->
                                Arrays.stream(own).filter(row -> !out[row]).count() >= 2)
                        .count()
                >= 2;
    }

    /** How many vectors of a label are held out: never one alone, which would find none, and never all but one. */
    private static int count(int size, double chance, Random random) {
        double expected = size * chance;
        int count = (int) expected + (random.nextDouble() < expected - (int) expected ? 1 : 0);
        if (count == 1) {
            count = random.nextBoolean() ? 2 : 0;
        }
        if (count == size - 1) {
            count = random.nextInt(size) < count ? size : 0;
        }
        return Math.min(count, size);
    }

    /** {@link #MOST} of those held out, in turns of two of each label. */
    private static int[] evenly(int[][] rows, boolean[] out) {
        Set<Integer> chosen = new TreeSet<>();
        for (int turn = 0; chosen.size() < MOST; turn++) {
            for (int[] own : rows) {
                for (int i = 2 * turn; i < Math.min(own.length, 2 * turn + 2) && chosen.size() < MOST; i++) {
                    if (out[own[i]]) {
                        chosen.add(own[i]);
                    }
                }
            }
        }
        return chosen.stream().mapToInt(Integer::intValue).toArray();
    }
}
