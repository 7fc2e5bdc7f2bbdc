package io.lookalike.learning;

import java.util.Arrays;
import java.util.Collections;
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
     * @param judging numbers of those that judge: at most {@link #MOST} of those held out
     * @param heldOut how many vectors are held out
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    public record Choice(int[] learned, int[] judging, int heldOut) {}

    /**
     * Chooses; the same for the same seed.
     *
     * @throws IllegalArgumentException if there are too few labels to hold out some of them
     */
    public Choice choose(Labels labels, long seed) {
        boolean[] out = new boolean[labels.size()];
        Random random = new Random(seed);
        int[][] rows = labels.rows(random);
        if (share > 0 && by == By.LABEL) {
            if (rows.length < FEWEST_LABELS) {
                throw new IllegalArgumentException("[hold_out.by] [label] needs at least [" + FEWEST_LABELS
                        + "] labels, because two stay and two judge; got [" + rows.length
                        + "]: hold out by [document]");
            }
            Collections.shuffle(Arrays.asList(rows), random);
            int count = Math.clamp(Math.round(share * rows.length), 2, rows.length - 2);
            Arrays.stream(rows, 0, count).flatMapToInt(Arrays::stream).forEach(row -> out[row] = true);
        } else if (share > 0) {
            double chance = Math.min(share, (double) MOST / out.length);
            for (int[] own : rows) {
                Arrays.stream(own, 0, count(own.length, chance, random)).forEach(row -> out[row] = true);
            }
        }
        int[] heldOut = IntStream.range(0, out.length).filter(row -> out[row]).toArray();
        return new Choice(
                IntStream.range(0, out.length).filter(row -> !out[row]).toArray(),
                heldOut.length > MOST ? evenly(rows, out) : heldOut,
                heldOut.length);
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

    /** {@link #MOST} of those held out, as many of each label as all have. */
    private static int[] evenly(int[][] rows, boolean[] out) {
        Set<Integer> chosen = new TreeSet<>();
        for (int turn = 0; chosen.size() < MOST; turn++) {
            for (int[] own : rows) {
                if (turn < own.length && out[own[turn]] && chosen.size() < MOST) {
                    chosen.add(own[turn]);
                }
            }
        }
        return chosen.stream().mapToInt(Integer::intValue).toArray();
    }
}
