package io.lookalike.learning;

/**
 * How a {@link Head} is learned.
 *
 * @param dims of the learned vectors
 * @param hidden units of a hidden layer with ReLU; 0 for one linear layer alone
 * @param loss what is minimised
 * @param negatives which negatives triplets take
 * @param bits of codes that are trained together with the vectors; 0 for none
 * @param epochs at most
 * @param patience epochs without a better precision on what is held out, after which training stops
 * @param rate the first learning rate, which falls to zero along half a cosine
 * @param decay of the weights, times the rate at each step
 * @param dropout share of the hidden units that are left out at each step, below 1
 * @param seed the same data and seed make the same head
 */
public record HeadSettings(
        int dims,
        int hidden,
        Loss loss,
        Negatives negatives,
        int bits,
        int epochs,
        int patience,
        double rate,
        double decay,
        double dropout,
        long seed) {

    /** Which other documents a triplet's negative is chosen from: all of them lie in the same batch. */
    public enum Negatives {
        /** Any of another label. */
        RANDOM,
        /** The nearest of another label. */
        HARD,
        /** The nearest of those that are farther than the positive (Schroff et al.: FaceNet, CVPR 2015). */
        SEMI_HARD
    }

    /**
     * The weights of the parts of a loss, each at least 0.
     *
     * @param triplet {@code max(0, |a - p|² - |a - n|² + margin)}, of unit vectors
     * @param contrastive {@code |a - p|²} for pairs of one label, {@code max(0, margin - |a - n|)²} for others
     * @param classification softmax over the cosines to one learned vector a label, its proxy
     * @param hash softmax over the cosines of projections to one fixed target code a label
     * @param quantization one minus the cosine of projections to their own code
     * @param margin of triplets and pairs
     */
    public record Loss(
            double triplet,
            double contrastive,
            double classification,
            double hash,
            double quantization,
            double margin) {}

    /**
     * The first learning rate, times the root of the dims: weights begin at about one divided by that root, and a step
     * changes each by about the rate.
     */
    private static final double RATE = .03;

    private static final double DECAY = 1e-4;

    /** Without it, hidden units learn a small sample by heart. */
    private static final double DROPOUT = .2;

    /** Those with the rate, decay and dropout that suit most data, for vectors of {@code cols} dims. */
    public static HeadSettings of(
            int cols,
            int dims,
            int hidden,
            Loss loss,
            Negatives negatives,
            int bits,
            int epochs,
            int patience,
            long seed) {
        double rate = RATE / Math.sqrt(cols);
        double dropout = hidden > 0 ? DROPOUT : 0;
        return new HeadSettings(dims, hidden, loss, negatives, bits, epochs, patience, rate, DECAY, dropout, seed);
    }

    /** Those of codes that are learned together with vectors of at most 64 dims. */
    public static HeadSettings forCodes(int cols, int bits, long seed) {
        Loss loss = new Loss(1, 0, 1, 1, .1, .2);
        return of(cols, Math.min(64, cols), 256, loss, Negatives.SEMI_HARD, bits, 10, 5, seed);
    }

    public HeadSettings {
        if (dims < 1 || hidden < 0 || bits < 0 || epochs < 1 || patience < 1 || !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "no head has [" + dims + "] dims, [" + hidden + "] hidden units, [" + bits + "] bits, [" + epochs
                            + "] epochs, a patience of [" + patience + "] and [" + dropout + "] dropout");
        }
    }
}
