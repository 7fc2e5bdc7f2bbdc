package io.lookalike.image;

import java.util.Arrays;

/**
 * The array that a picture is decoded into, already turned: pixel {@code (x, y)} of a file goes to {@link #at}, so that
 * orientation costs no pass and no copy of its own.
 *
 * <p>For one thread.
 */
final class Canvas {

    final int width;
    final int height;
    /** Red, green, blue, three bytes a pixel, rows from the top, of the turned picture. */
    final byte[] rgb;
    /** From a pixel to its right neighbour in the file. */
    final int stepX;
    /** From a pixel to the one below it in the file. */
    final int stepY;

    private final int origin;

    /** Opens a canvas of the sides that the file has; {@code orientation} is 1 to 8 as in EXIF. */
    Canvas(int fileWidth, int fileHeight, int orientation) {
        boolean transposed = orientation >= 5;
        width = transposed ? fileHeight : fileWidth;
        height = transposed ? fileWidth : fileHeight;
        rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        int row = 3 * width;
        boolean fromRight = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        boolean fromBottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        int across = fromRight ? -3 : 3;
        int down = fromBottom ? -row : row;
        stepX = transposed ? down : across;
        stepY = transposed ? across : down;
        origin = (fromRight ? row - 3 : 0) + (fromBottom ? row * (height - 1) : 0);
    }

    void fill(int value) {
        Arrays.fill(rgb, (byte) value);
    }

    int at(int x, int y) {
        return origin + x * stepX + y * stepY;
    }
}
