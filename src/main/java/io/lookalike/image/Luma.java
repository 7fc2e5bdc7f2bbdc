package io.lookalike.image;

/** Luma of ITU-R 601-2 in 16-bit fixed point, bit for bit as Pillow rounds it. Stateless and thread-safe. */
final class Luma {

    private static final int RED_WEIGHT = 19595;
    private static final int GREEN_WEIGHT = 38470;
    private static final int BLUE_WEIGHT = 7471;
    private static final int HALF = 0x8000;

    private static final int[] RED = products(RED_WEIGHT, HALF);
    private static final int[] GREEN = products(GREEN_WEIGHT, 0);
    private static final int[] BLUE = products(BLUE_WEIGHT, 0);

    private Luma() {}

    static int of(byte red, byte green, byte blue) {
        return (RED[red & 0xff] + GREEN[green & 0xff] + BLUE[blue & 0xff]) >> 16;
    }

    /** Fills a row of luma from interleaved red, green and blue. */
    static void row(byte[] rgb, int from, byte[] row) {
        for (int x = 0, at = from; x < row.length; x++, at += 3) {
            row[x] = (byte) of(rgb[at], rgb[at + 1], rgb[at + 2]);
        }
    }

    /** The luma of the mean colour of a box, without its right column and its bottom row, sampled in steps. */
    static int mean(byte[] rgb, int width, int left, int top, int right, int bottom, int stepX, int stepY) {
        long red = 0;
        long green = 0;
        long blue = 0;
        long count = 0;
        for (int y = top; y < bottom; y += stepY) {
            int end = 3 * (y * width + right);
            for (int at = 3 * (y * width + left); at < end; at += 3 * stepX) {
                red += rgb[at] & 0xff;
                green += rgb[at + 1] & 0xff;
                blue += rgb[at + 2] & 0xff;
                count++;
            }
        }
        return (int) ((RED_WEIGHT * red + GREEN_WEIGHT * green + BLUE_WEIGHT * blue + HALF * count) / (count << 16));
    }

    private static int[] products(int weight, int plus) {
        int[] products = new int[256];
        for (int value = 0; value < products.length; value++) {
            products[value] = value * weight + plus;
        }
        return products;
    }
}
