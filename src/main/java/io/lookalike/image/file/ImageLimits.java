package io.lookalike.image.file;

import io.lookalike.image.bytes.Unreadable;

/**
 * Limits on the size of a picture, checked before memory or time is spent on it.
 *
 * <p>Immutable. A decoded picture takes three bytes a pixel, and while it is being decoded up to eleven.
 *
 * @param maxBytes of the file; at least 1
 * @param maxPixels width times height; 1 to {@value #PIXELS_OF_ONE_ARRAY}
 * @param maxSide pixels of the width or the height; at least 1
 */
public record ImageLimits(long maxBytes, long maxPixels, int maxSide) {

    static final int PIXELS_OF_ONE_ARRAY = 700_000_000;

    /** 20 MiB, 50 million pixels, 16,384 a side. */
    public static final ImageLimits DEFAULT = new ImageLimits(20L << 20, 50_000_000, 16_384);

    public ImageLimits {
        if (maxBytes < 1) {
            throw new IllegalArgumentException(
                    "[lookalike.image.max_bytes] must be at least [1]; got [" + maxBytes + "]");
        }
        if (maxPixels < 1 || maxPixels > PIXELS_OF_ONE_ARRAY) {
            throw new IllegalArgumentException("[lookalike.image.max_pixels] must be from [1] to ["
                    + PIXELS_OF_ONE_ARRAY + "]; got [" + maxPixels + "]");
        }
        if (maxSide < 1) {
            throw new IllegalArgumentException(
                    "[lookalike.image.max_side] must be at least [1]; got [" + maxSide + "]");
        }
    }

    public void checkBytes(long bytes) throws Unreadable {
        if (bytes > maxBytes) {
            throw new Unreadable("at most [" + maxBytes
                    + "] bytes are allowed; send a smaller picture or raise [lookalike.image.max_bytes]");
        }
    }

    /** Checks the sides from a header, up to 2^32. */
    void checkSize(long width, long height) throws Unreadable {
        if (width < 1 || height < 1) {
            throw new Unreadable(pixels(width, height) + "; a picture has at least [1] a side");
        }
        if (width > maxSide || height > maxSide || width * height > maxPixels) {
            throw new Unreadable(pixels(width, height) + "; at most [" + maxSide + "] a side and [" + maxPixels
                    + "] pixels are allowed, send a smaller picture or raise [lookalike.image.max_side] and"
                    + " [lookalike.image.max_pixels]");
        }
    }

    private static String pixels(long width, long height) {
        return "[" + width + "] x [" + height + "] pixels";
    }
}
