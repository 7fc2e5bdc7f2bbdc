package io.lookalike.image;

/**
 * Walks a GIF (GIF89a specification) up to the end of its first frame and leaves a decoder that frame alone.
 *
 * <p>Header, palettes, the frame and its transparency are kept; comments, application data and further frames are
 * dropped. The canvas is the logical screen, grown where the frame reaches beyond it. One pass, one copy.
 */
final class GifFile {

    private static final int TRAILER = 0x3b;

    private final Bytes in;
    private final ImageLimits limits;
    private final byte[] out;
    private int used;

    private GifFile(Bytes in, ImageLimits limits) {
        this.in = in;
        this.limits = limits;
        this.out = new byte[Math.addExact(in.length(), 1)];
    }

    static Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        Bytes in = new Bytes(bytes, "GIF");
        in.require(0, 13);
        if (!in.has(0, "GIF87a") && !in.has(0, "GIF89a")) {
            throw Unreadable.damaged("GIF", "it starts neither with [GIF87a] nor with [GIF89a]");
        }
        limits.checkSize(Math.max(1, in.u16le(6)), Math.max(1, in.u16le(8)));
        return new GifFile(in, limits).walk();
    }

    private Frame walk() throws Unreadable {
        int at = 13 + paletteBytes(in.u8(10));
        copy(0, at);
        int control = -1;
        while (true) {
            int block = in.u8(at);
            if (block == 0x2c) {
                return frame(at, control);
            }
            if (block == TRAILER) {
                throw Unreadable.damaged("GIF", "it has no frame");
            }
            if (block != 0x21) {
                throw Unreadable.damaged("GIF", "a block of unknown kind [" + block + "]");
            }
            if (in.u8(at + 1) == 0xf9) {
                control = at;
            }
            at = skipSubBlocks(at + 2);
        }
    }

    private Frame frame(int at, int control) throws Unreadable {
        int left = in.u16le(at + 1);
        int top = in.u16le(at + 3);
        int width = in.u16le(at + 5);
        int height = in.u16le(at + 7);
        limits.checkSize(width, height);
        int canvasWidth = Math.max(in.u16le(6), left + width);
        int canvasHeight = Math.max(in.u16le(8), top + height);
        limits.checkSize(canvasWidth, canvasHeight);
        int codeSizeAt = at + 10 + paletteBytes(in.u8(at + 9));
        int codeSize = in.u8(codeSizeAt);
        if (codeSize < 1 || codeSize > 8) {
            throw Unreadable.damaged("GIF", "codes of [" + codeSize + "] bits");
        }
        int end = skipSubBlocks(codeSizeAt + 1);
        if (control >= 0) {
            copy(control, skipSubBlocks(control + 2) - control);
        }
        copy(at, end - at);
        out[used++] = TRAILER;
        return new Frame(
                width,
                height,
                canvasWidth,
                canvasHeight,
                left,
                top,
                1,
                1,
                null,
                out,
                0,
                used,
                0,
                Frame.Alpha.AS_READ,
                null);
    }

    private static int paletteBytes(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    private int skipSubBlocks(int from) throws Unreadable {
        int at = from;
        while (true) {
            int size = in.u8(at);
            at += 1 + size;
            if (size == 0) {
                return at;
            }
        }
    }

    private void copy(int from, int count) throws Unreadable {
        in.require(from, count);
        System.arraycopy(in.array(), from, out, used, count);
        used += count;
    }
}
