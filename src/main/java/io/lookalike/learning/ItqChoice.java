package io.lookalike.learning;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One way to make the planes of {@link Itq}.
 *
 * @param components number of principal components that are rotated together; 0 for random planes through the mean
 * @param balanced whether each component is divided by the fourth root of its variance before
 * @param learned whether the first rotation is learned; further ones, and all of random planes, are random
 * @param draw number of the random planes, from 0; other choices have one
 * @param recall recall@10 of held-out vectors, 0 to 1; NaN if it was not measured
 */
public record ItqChoice(int components, boolean balanced, boolean learned, int draw, double recall) {
    private static final double MOST = .9;
    private static final double NEARLY_ALL = .98;
    /** As a share of all, so that leaving out the others makes a difference. */
    private static final double FEWER = .75;
    /** Where random planes are the best choice, recall depends on which; the best of three are never bad ones. */
    private static final int DRAWS = 3;

    /**
     * The method of the paper.
     *
     * @param bits if there are fewer components, further bits are random rotations of all
     */
    public static ItqChoice paper(int bits) {
        return rotation(bits, false).toLearn();
    }

    private static ItqChoice rotation(int components, boolean balanced) {
        return new ItqChoice(components, balanced, false, 0, Double.NaN);
    }

    /** The same with a rotation that is learned. */
    ItqChoice toLearn() {
        return new ItqChoice(components, balanced, true, draw, Double.NaN);
    }

    ItqChoice judged(double judgedRecall) {
        return new ItqChoice(components, balanced, learned, draw, judgedRecall);
    }

    /** Whether both are the same but for the recall. */
    boolean isLike(ItqChoice other) {
        return judged(0).equals(other.judged(0));
    }

    /**
     * The choices for vectors with these components; none is learned. The first, with a rotation that is learned, is
     * the best for most vectors of pictures.
     *
     * @param variances of the components, greatest first
     * @param rank number of components with variance, at least 1
     */
    static List<ItqChoice> of(double[] variances, int rank, int bits) {
        int all = Math.min(bits, rank);
        int holding = holding(variances, rank, MOST);
        int nearly = holding(variances, rank, NEARLY_ALL);
        if (nearly > FEWER * all) {
            nearly = all;
        }
        int times = (bits + holding - 1) / holding;
        int even = (bits + times - 1) / times;
        int half = Math.min(holding, (bits + 1) / 2);
        Set<ItqChoice> choices = new LinkedHashSet<>();
        for (int components : new int[] {even, all, Math.min(bits, holding), nearly, half}) {
            choices.add(rotation(components, true));
            choices.add(rotation(components, false));
        }
        for (int draw = 0; draw < DRAWS; draw++) {
            choices.add(new ItqChoice(0, false, false, draw, Double.NaN));
        }
        return List.copyOf(choices);
    }

    /** Number of components that hold a share of the variance. */
    private static int holding(double[] variances, int rank, double share) {
        double wanted = 0;
        for (double variance : variances) {
            wanted += share * variance;
        }
        double held = variances[0];
        int holding = 1;
        while (holding < rank && held < wanted) {
            held += variances[holding++];
        }
        return holding;
    }
}
