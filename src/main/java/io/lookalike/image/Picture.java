package io.lookalike.image;

/**
 * A decoded picture: eight bits of red, green and blue a pixel, turned upright.
 *
 * <p>Holds three bytes a pixel. Threads may share it as long as nobody writes to {@link #rgb()}.
 */
public final class Picture {

    private final int width;
    private final int height;
    private final byte[] rgb;
    private final String format;
    private final int fullWidth;
    private final int fullHeight;

    private Picture(int width, int height, byte[] rgb, String format, int fullWidth, int fullHeight) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
        this.format = format;
        this.fullWidth = fullWidth;
        this.fullHeight = fullHeight;
    }

    /**
     * Wraps pixels, without a copy.
     *
     * @param rgb red, green, blue of each pixel, rows from the top, {@code 3 * width * height} bytes
     * @param format what the pixels came from, such as {@code png}
     */
    public static Picture ofRgb(int width, int height, byte[] rgb, String format) {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("a picture of [" + width + "] x [" + height
                    + "] pixels needs [3] bytes a pixel and at least [1] pixel a side; got [" + rgb.length + "] bytes");
        }
        return new Picture(width, height, rgb, format, width, height);
    }

    /** The same pixels, known to stand for a picture of more, of which only some were decoded. */
    Picture standingFor(int fullWidth, int fullHeight) {
        return new Picture(width, height, rgb, format, fullWidth, fullHeight);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** The width that the upright picture has in its file; more than {@link #width()} if only some pixels were decoded. */
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
     * Luma by ITU-R 601-2, as Pillow's {@code convert("L")} has it, then resized with antialiasing.
     *
     * @param width columns of the result, at least 1
     * @param height rows of the result, at least 1
     * @return {@code width * height} values from 0 to 255, rows from the top
     */
    public int[] grey(int width, int height, Resample filter) {
        byte[] small = Resampler.grey(
                rgb, this.width, Taps.all(filter, this.width, width), Taps.all(filter, this.height, height));
        int[] values = new int[small.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = small[i] & 0xff;
        }
        return values;
    }
}
