package io.lookalike.image;

import java.util.List;

/**
 * A decoded picture: eight bits of red, green and blue a pixel, turned upright.
 *
 * <p>Holds three bytes a pixel, and for a bright, transparent picture also the reader's image. Threads may share it as
 * long as none writes to {@link #rgb()} or {@linkplain #lay changes} its background.
 */
public final class Picture {

    /** The least number of columns, and of rows, that {@link #means} samples in a large picture. */
    private static final int LEAST_AVERAGED = 512;

    private final int width;
    private final int height;
    private final byte[] rgb;
    private final String format;
    private final int fullWidth;
    private final int fullHeight;
    private final boolean repaired;
    private final int orientation;
    /** Null if the picture looks the same over all backgrounds. */
    private final Underlay underlay;

    private Picture(
            int width,
            int height,
            byte[] rgb,
            String format,
            int fullWidth,
            int fullHeight,
            boolean repaired,
            int orientation,
            Underlay underlay) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
        this.format = format;
        this.fullWidth = fullWidth;
        this.fullHeight = fullHeight;
        this.repaired = repaired;
        this.orientation = orientation;
        this.underlay = underlay;
    }

    /**
     * Wraps pixels, without a copy.
     *
     * @param rgb red, green, blue of each pixel, rows from the top, {@code 3 * width * height} bytes
     * @param format of the file, such as {@code png}
     */
    public static Picture ofRgb(int width, int height, byte[] rgb, String format) {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("a picture of [" + width + "] x [" + height
                    + "] pixels needs [3] bytes a pixel and at least [1] pixel a side; got [" + rgb.length + "] bytes");
        }
        return new Picture(width, height, rgb, format, width, height, false, 1, null);
    }

    /** This picture, with the size of the file if only some of its pixels were decoded. */
    Picture standingFor(int fullWidth, int fullHeight) {
        return new Picture(width, height, rgb, format, fullWidth, fullHeight, repaired, orientation, underlay);
    }

    /** This picture, marked as repaired. */
    Picture afterRepair() {
        return new Picture(width, height, rgb, format, fullWidth, fullHeight, true, orientation, underlay);
    }

    /** Whether the file lacked something that other programs tolerate, such as its end marker. */
    public boolean repaired() {
        return repaired;
    }

    /** This picture, with the EXIF orientation of its file, 1 to 8. */
    Picture turnedBy(int exif) {
        return new Picture(width, height, rgb, format, fullWidth, fullHeight, repaired, exif, underlay);
    }

    /** The EXIF orientation of the file, 1 to 8; 1 if it is stored upright. */
    public int orientation() {
        return orientation;
    }

    /** This picture, with the layer that can change its background; null if all backgrounds look the same. */
    Picture over(Underlay other) {
        return new Picture(width, height, rgb, format, fullWidth, fullHeight, repaired, orientation, other);
    }

    /**
     * Whether {@link Background#CONTRAST} and {@link Background#WHITE} give different pictures, because it is bright
     * and partly transparent.
     */
    public boolean dependsOnBackground() {
        return underlay != null;
    }

    /** Changes the background, if that changes the picture. Must not be called after its memory was released. */
    public void lay(Background background) {
        if (underlay != null) {
            underlay.lay(background);
        }
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /**
     * The width that the upright picture has in its file; more than {@link #width()} if only some pixels were decoded.
     */
    public int fullWidth() {
        return fullWidth;
    }

    /** The height that the upright picture has in its file. */
    public int fullHeight() {
        return fullHeight;
    }

    /** The format of the file: {@code jpeg}, {@code png}, {@code gif}, {@code bmp}, {@code webp} or {@code tiff}. */
    public String format() {
        return format;
    }

    /** The pixels themselves, not a copy: red, green, blue, rows from the top. */
    public byte[] rgb() {
        return rgb;
    }

    /**
     * Luma by ITU-R 601-2, as Pillow's {@code convert("L")} computes it, then resized with antialiasing.
     *
     * @param width columns of the result, at least 1
     * @param height rows of the result, at least 1
     * @return {@code width * height} values from 0 to 255, rows from the top
     */
    public int[] grey(int width, int height, Resample filter) {
        return values(Resampler.grey(
                rgb, this.width, Taps.all(filter, this.width, width), Taps.all(filter, this.height, height)));
    }

    /**
     * The {@linkplain #grey grey values} of this picture under each symmetry, in the order of {@link Symmetry#ALL}.
     *
     * <p>Resizes twice, upright and transposed, because rows are always resized before columns; turns the results.
     * Needs a temporary byte a pixel.
     */
    public List<int[]> greys(int width, int height, Resample filter) {
        int[] upright = grey(width, height, filter);
        byte[] columns = new byte[this.width * this.height];
        byte[] row = new byte[this.width];
        for (int y = 0; y < this.height; y++) {
            Luma.row(rgb, 3 * y * this.width, row);
            for (int x = 0; x < row.length; x++) {
                columns[x * this.height + y] = row[x];
            }
        }
        int[] transposed = values(Resampler.resize(
                columns, this.height, 1, Taps.all(filter, this.height, width), Taps.all(filter, this.width, height)));
        return Symmetry.ALL.stream()
                .map(symmetry -> symmetry.swapSides(symmetry.transposes ? transposed : upright, width))
                .toList();
    }

    /**
     * Divides the picture into {@code columns} x {@code rows} boxes, and returns the mean luma of each. In a picture
     * with fewer pixels, a box is the nearest pixel.
     *
     * <p>If there are 1024 or more columns (or rows), samples only every second (third …) one, so that at least 512 are
     * used. So it takes at most two milliseconds; {@link #grey} of 12 megapixels takes 36.
     *
     * @return {@code columns * rows} values from 0 to 255, rows from the top
     */
    public int[] means(int columns, int rows) {
        int[] means = new int[columns * rows];
        int stepX = Math.max(1, width / LEAST_AVERAGED);
        int stepY = Math.max(1, height / LEAST_AVERAGED);
        for (int row = 0; row < rows; row++) {
            int top = edge(row, rows, height);
            int bottom = Math.max(top + 1, edge(row + 1, rows, height));
            for (int column = 0; column < columns; column++) {
                int left = edge(column, columns, width);
                int right = Math.max(left + 1, edge(column + 1, columns, width));
                means[row * columns + column] = Luma.mean(rgb, width, left, top, right, bottom, stepX, stepY);
            }
        }
        return means;
    }

    private static int edge(int box, int boxes, int side) {
        return (int) ((long) box * side / boxes);
    }

    private static int[] values(byte[] bytes) {
        int[] values = new int[bytes.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes[i] & 0xff;
        }
        return values;
    }
}
