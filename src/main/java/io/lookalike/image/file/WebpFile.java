package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.LineEnds;
import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.icc.ColourProfile;
import io.lookalike.image.webp.Vp8;
import io.lookalike.image.webp.Vp8l;
import java.util.Arrays;

/**
 * Checks a WebP (RFC 9649) up to its first frame, and gives the decoder only that frame.
 *
 * <p>The first frame of an animation is drawn on its canvas; the rest of the canvas is background. Metadata except EXIF
 * and the colour profile is skipped. Costs one pass and no copy of pixels.
 */
final class WebpFile {

    private static final int MAX_EXIF_BYTES = 1 << 16;
    private static final int FILE_HEADER = 12;
    private static final int FRAME_HEADER = 16;

    private final Bytes in;
    private final ImageLimits limits;
    private int canvasWidth;
    private int canvasHeight;
    private int left;
    private int top;
    private int orientation = 1;
    private boolean exif;
    private byte[] profile;
    private int alphaAt = -1;
    private int dataAt = -1;

    private WebpFile(Bytes in, ImageLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    static Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        return new WebpFile(new Bytes(bytes, "WEBP"), limits).walk();
    }

    private Frame walk() throws Unreadable {
        long stated = in.i32le(4) & 0xffffffffL;
        in.require(8, stated);
        int end = 8 + (int) stated;
        for (int at = FILE_HEADER; at + 8 <= end; at = next(at)) {
            chunk(at);
        }
        if (dataAt < 0) {
            throw Unreadable.damaged("WEBP", "it has no picture");
        }
        return frame();
    }

    private int size(int at) throws Unreadable {
        long size = in.i32le(at + 4) & 0xffffffffL;
        in.require(at + 8, size);
        return (int) size;
    }

    private int next(int at) throws Unreadable {
        int size = size(at);
        return at + 8 + size + (size & 1);
    }

    private void chunk(int at) throws Unreadable {
        int size = size(at);
        if (in.has(at, "VP8X") && size >= 10) {
            canvasWidth = 1 + u24(at + 12);
            canvasHeight = 1 + u24(at + 15);
            limits.checkSize(canvasWidth, canvasHeight);
        } else if (in.has(at, "ICCP") && size <= ColourProfile.MAX_BYTES && profile == null) {
            profile = Arrays.copyOfRange(in.array(), at + 8, at + 8 + size);
        } else if (in.has(at, "ANMF") && dataAt < 0) {
            animationFrame(at + 8, size);
        } else if (in.has(at, "EXIF") && size <= MAX_EXIF_BYTES && !exif) {
            exif = true;
            int marked = size >= 6 && in.has(at + 8, "Exif\u0000\u0000") ? 6 : 0;
            orientation = ExifOrientation.of(in.array(), at + 8 + marked, size - marked);
        } else {
            pixels(at);
        }
    }

    private void animationFrame(int at, int size) throws Unreadable {
        if (size < FRAME_HEADER) {
            throw Unreadable.damaged("WEBP", "a frame of [" + size + "] bytes");
        }
        left = 2 * u24(at);
        top = 2 * u24(at + 3);
        int end = at + size;
        for (int chunk = at + FRAME_HEADER; chunk + 8 <= end; chunk = next(chunk)) {
            if (size(chunk) > end - chunk - 8) {
                throw Unreadable.truncated("WEBP");
            }
            pixels(chunk);
        }
        if (dataAt < 0) {
            throw Unreadable.damaged("WEBP", "a frame without a picture");
        }
    }

    private void pixels(int at) {
        if (in.has(at, "ALPH") && alphaAt < 0 && dataAt < 0) {
            alphaAt = at;
        } else if ((in.has(at, "VP8 ") || in.has(at, "VP8L")) && dataAt < 0) {
            dataAt = at;
        }
    }

    private Frame frame() throws Unreadable {
        LineEnds lineEnds = new LineEnds();
        lineEnds.look(in.array(), dataAt + 8, dataAt + 8 + size(dataAt));
        lineEnds.require("WEBP");
        boolean lossless = in.has(dataAt, "VP8L");
        int[] sides = lossless ? Vp8l.sides(in, dataAt + 8, size(dataAt)) : Vp8.sides(in, dataAt + 8, size(dataAt));
        int width = sides[0];
        int height = sides[1];
        limits.checkSize(width, height);
        int wide = Math.max(canvasWidth, left + width);
        int high = Math.max(canvasHeight, top + height);
        limits.checkSize(wide, high);
        long ownMemory = lossless ? Vp8l.memory(width, height) : Vp8.memory(width, height);
        boolean transparent = alphaAt >= 0 && !lossless;
        if (transparent) {
            ownMemory += Vp8l.memory(width, height);
        }
        int start = transparent ? alphaAt : dataAt;
        int end = dataAt + 8 + size(dataAt);
        return new Frame(
                width,
                height,
                wide,
                high,
                left,
                top,
                orientation,
                transparent || lossless ? 4 : 3,
                null,
                in.array(),
                start,
                end - start,
                ownMemory,
                Frame.Alpha.AS_READ,
                ColourProfile.of(profile, ColourProfile.Space.RGB),
                0,
                false);
    }

    private int u24(int at) throws Unreadable {
        return in.u16le(at) | in.u8(at + 2) << 16;
    }
}
