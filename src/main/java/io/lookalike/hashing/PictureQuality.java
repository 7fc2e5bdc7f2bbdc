package io.lookalike.hashing;

/**
 * The quality of a picture: how much content it has for a {@link PerceptualHash}. 0 is a picture of one colour, 100 one
 * full of edges.
 *
 * <p>The quality of PDQ ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019):
 * the differences of pixels to their right and lower neighbours, in whole percent of the range from black to white,
 * summed and divided by {@value #SCALE}. All arithmetic is on whole numbers, so it is the same on every machine. Takes
 * some microseconds. Stateless and thread-safe.
 */
public final class PictureQuality {
    /** Width and height of the input of {@link #of}, in pixels. */
    public static final int SIDE = 64;
    /** The highest quality. */
    public static final int MOST = 100;

    /**
     * The default for the lowest quality at which hashes are compared. Flat pictures have 0; skies, smooth gradients
     * and sheets with one line of writing have 9 to 14; 1,000 photographs of Caltech-101 have at least 74, 10,000
     * pictures of Fashion-MNIST at least 63. The authors of PDQ recommend 50.
     */
    public static final int LEAST = 20;

    /** As in PDQ, where it was found by trial. */
    private static final int SCALE = 90;

    private PictureQuality() {}

    /**
     * The quality of a picture, 0 to {@value #MOST}.
     *
     * @param grey brightness of {@value #SIDE} x {@value #SIDE} pixels, 0..255, row by row
     * @throws IllegalArgumentException if the number of pixels differs
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
