package io.lookalike.image;

/** Luma of ITU-R 601-2 in 16-bit fixed point, bit for bit as Pillow rounds it. Stateless and thread-safe. */
final class Luma {

    private static final int[] RED = products(19595, 0x8000);
    private static final int[] GREEN = products(38470, 0);
    private static final int[] BLUE = products(7471, 0);

    private Luma() {}

    static int of(byte red, byte green, byte blue) {
        return (RED[red & 0xff] + GREEN[green & 0xff] + BLUE[blue & 0xff]) >> 16;
    }

    /** Fills a row from interleaved red, green and blue. */
    static void row(byte[] rgb, int from, byte[] row) {
        for (int x = 0, at = from; x < row.length; x++, at += 3) {
            row[x] = (byte) of(rgb[at], rgb[at + 1], rgb[at + 2]);
        }
    }

    private static int[] products(int weight, int plus) {
        int[] products = new int[256];
        for (int value = 0; value < products.length; value++) {
            products[value] = value * weight + plus;
        }
        return products;
    }
}
