package io.lookalike.image.file;

import io.lookalike.image.icc.ColourProfile;

/**
 * What a decoder may see of a file: a stream with the pixels of one picture and nothing else, and where they belong.
 *
 * <p>Not copied, not to be changed; lives as long as one call of {@link ImageDecoder}.
 *
 * @param width pixels a row in the stream
 * @param height rows in the stream
 * @param canvasWidth width of the picture before it is oriented; the rest of the canvas is background
 * @param canvasHeight height of the picture before it is oriented
 * @param left where on the canvas the first pixel of a row lies
 * @param top where on the canvas the first row lies
 * @param orientation how to turn the canvas, 1 to 8 as in EXIF
 * @param pixelBytes bytes a pixel of what the reader makes
 * @param inks how four channels stand for colours; null where the reader's pixels are red, green, blue or grey
 * @param stream holds the stream
 * @param offset where in {@code stream} it starts
 * @param length how long it is
 * @param ownMemory bytes that the reader takes beside the pixels it makes
 * @param profile converts the colours to sRGB; null where they are
 * @param alpha what the last channel means
 * @param repaired whether something was added that the file lacks
 * @param scanned of a JPEG of several scans, which are put together before it is decoded: samples times scans; else 0
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

    Frame(
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
            ColourProfile profile) {
        this(
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
                ownMemory,
                alpha,
                profile,
                0,
                false);
    }

    /**
     * Pictures of at most this many pixels are decoded whole: those of twelve-megapixel cameras. Of larger ones every
     * second, third … row and column is.
     */
    static final long MOST_WHOLE = 12_500_000;

    /**
     * Bytes that decoding takes: what the reader makes, three a pixel for the canvas, and what the reader needs itself.
     */
    public long memory() {
        long step = step();
        return (pixelBytes * (long) width * height + 3L * canvasWidth * canvasHeight) / (step * step) + ownMemory;
    }

    /** Of every so many rows and columns, one is decoded. */
    public int step() {
        long pixels = Math.max((long) width * height, (long) canvasWidth * canvasHeight);
        return (int) Math.ceil(Math.sqrt((double) pixels / MOST_WHOLE));
    }

    /** This frame, decoded by a reader that takes {@code bytes} for itself. */
    Frame withOwnMemory(long bytes) {
        return with(bytes, alpha, profile, scanned, repaired);
    }

    /** This frame, whose alpha means something else than the reader says. */
    Frame withAlpha(Alpha meaning) {
        return with(ownMemory, meaning, profile, scanned, repaired);
    }

    /** This frame, whose colours are those of a profile; null for sRGB. */
    Frame withProfile(ColourProfile colours) {
        return with(ownMemory, alpha, colours, scanned, repaired);
    }

    /** This frame, whose stream is a JPEG of several scans. */
    Frame withScans(long samples) {
        return with(ownMemory, alpha, profile, samples, repaired);
    }

    /** This frame, to which something was added that its file lacks. */
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

    /** What the last channel means. */
    public enum Alpha {
        AS_READ,
        /** Colours are multiplied with it. */
        PREMULTIPLIED,
        IGNORED
    }

    /** What the four channels of a picture are. */
    public enum Inks {
        /** As inverted as Adobe's JPEG files have it: 255 is no ink. */
        CMYK,
        YCCK,
        /** As TIFF has it: 0 is no ink. */
        TIFF_CMYK
    }

    /** A picture that fills its canvas. */
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
                null);
    }
}
