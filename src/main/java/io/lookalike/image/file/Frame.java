package io.lookalike.image.file;

import io.lookalike.image.icc.ColourProfile;

/**
 * The part of a file that a decoder may see: a stream with the pixels of one picture, and where these belong.
 *
 * <p>The array is not copied and must not be changed. Lives as long as one call of {@code ImageDecoder}.
 *
 * @param width of the picture in the stream
 * @param height of the picture in the stream
 * @param canvasWidth width of the picture before it is oriented; the rest of the canvas is background
 * @param canvasHeight height of the picture before it is oriented
 * @param left column of the canvas where the picture begins
 * @param top row of the canvas where the picture begins
 * @param orientation how to turn the canvas, 1 to 8 as in EXIF
 * @param pixelBytes bytes a pixel of the reader's image
 * @param inks the meaning of four channels; null if the pixels are red, green, blue or grey
 * @param stream array that holds the stream
 * @param offset of the stream in the array
 * @param length of the stream
 * @param ownMemory bytes that the reader needs in addition to its image
 * @param alpha the meaning of the last channel
 * @param profile converts the colours to sRGB; null if they are sRGB
 * @param scanned samples times scans of a JPEG with several scans, which are merged before decoding; else 0
 * @param repaired whether something was added that the file lacks
 */
@SuppressWarnings("ArrayRecordComponent")
public record Frame(
        int width,
        int height,
        int canvasWidth,
        int canvasHeight,
        int left,
        int top,
        int orientation,
        int pixelBytes,
        Inks inks,
        byte[] stream,
        int offset,
        int length,
        long ownMemory,
        Alpha alpha,
        ColourProfile profile,
        long scanned,
        boolean repaired) {

    /**
     * Pictures of at most this many pixels are decoded completely: those of twelve-megapixel cameras. Of larger ones,
     * only every second, third … row and column is.
     */
    static final long MOST_WHOLE = 12_500_000;

    /** Bytes that decoding takes: the reader's image, three a pixel for the canvas, and the reader's own memory. */
    public long memory() {
        long step = step();
        return (pixelBytes * (long) width * height + 3L * canvasWidth * canvasHeight) / (step * step) + ownMemory;
    }

    /** One of so many rows, and of so many columns, is decoded. */
    public int step() {
        long pixels = Math.max((long) width * height, (long) canvasWidth * canvasHeight);
        return (int) Math.ceil(Math.sqrt((double) pixels / MOST_WHOLE));
    }

    /** This frame, with the reader's own memory. */
    Frame withOwnMemory(long bytes) {
        return with(bytes, alpha, profile, scanned, repaired);
    }

    /** This frame, with the meaning of its alpha. */
    Frame withAlpha(Alpha meaning) {
        return with(ownMemory, meaning, profile, scanned, repaired);
    }

    /** This frame, with a colour profile; null for sRGB. */
    Frame withProfile(ColourProfile colours) {
        return with(ownMemory, alpha, colours, scanned, repaired);
    }

    /** This frame, with the cost of several scans. */
    Frame withScans(long samples) {
        return with(ownMemory, alpha, profile, samples, repaired);
    }

    /** This frame, marked as repaired. */
    Frame withRepair() {
        return with(ownMemory, alpha, profile, scanned, true);
    }

    private Frame with(
            long otherMemory, Alpha otherAlpha, ColourProfile otherProfile, long otherScanned, boolean otherRepaired) {
        return new Frame(
                width,
                height,
                canvasWidth,
                canvasHeight,
                left,
                top,
                orientation,
                pixelBytes,
                inks,
                stream,
                offset,
                length,
                otherMemory,
                otherAlpha,
                otherProfile,
                otherScanned,
                otherRepaired);
    }

    /** The meaning of the last channel. */
    public enum Alpha {
        AS_READ,
        /** The colours are multiplied with it. */
        PREMULTIPLIED,
        IGNORED
    }

    /** The meaning of four channels. */
    public enum Inks {
        /** Inverted, as in Adobe's JPEG files: 255 is no ink. */
        CMYK,
        YCCK,
        /** As in TIFF: 0 is no ink. */
        TIFF_CMYK
    }

    /** A frame that fills its canvas. */
    static Frame of(
            int width, int height, int orientation, int pixelBytes, Inks inks, byte[] stream, int offset, int length) {
        return new Frame(
                width,
                height,
                width,
                height,
                0,
                0,
                orientation,
                pixelBytes,
                inks,
                stream,
                offset,
                length,
                0,
                Alpha.AS_READ,
                null,
                0,
                false);
    }
}
