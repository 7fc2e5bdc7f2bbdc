package io.lookalike.image;

import java.util.Arrays;

/**
 * The pixels of a picture, turned upright while they are decoded: pixel {@code (x, y)} of the file goes to {@link #at},
 * so the orientation needs no extra pass and no copy.
 *
 * <p>For one thread.
 */
final class Canvas {

    final int width;
    final int height;
    /** Red, green, blue, three bytes a pixel, rows from the top of the upright picture. */
    final byte[] rgb;
    /** Distance in {@link #rgb} from a pixel to its right neighbour in the file. */
    final int stepX;
    /** Distance in {@link #rgb} from a pixel to the one below it in the file. */
    final int stepY;

    private final int origin;

    /** Takes the sides of the picture in the file, and its EXIF orientation, 1 to 8. */
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
