package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.LineEnds;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * Checks a GIF (GIF89a specification) up to the end of its first frame, and gives the decoder only that frame.
 *
 * <p>Header, palettes, the frame and its transparency are kept; comments, application data and further frames are
 * dropped. The canvas is the logical screen, enlarged if the frame reaches beyond it. Costs one pass and one copy.
 */
final class GifFile {

    private static final int TRAILER = 0x3b;

    /** Invalid codes: the decoder reports each to a listener and goes on; 20 MB of them take 9 s. */
    private static final int MAX_DAMAGES = 1_000;

    /**
     * A decoder empties its table at each clear code, in some 0.25 µs. Encoders send one for each full table; encoders
     * that do not compress send one for 2 to 254 pixels.
     */
    private static final int MAX_CLEAR_CODES = 2_000_000;

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
        LineEnds lineEnds = new LineEnds();
        lineEnds.look(in.array(), codeSizeAt + 1, end);
        lineEnds.require("GIF");
        if ((end - codeSizeAt) * 8L / (codeSize + 1) > MAX_CLEAR_CODES) {
            checkClearCodes(codeSizeAt + 1, codeSize, (long) width * height);
        }
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
                null,
                0,
                false);
    }

    /**
     * Reads the codes like a decoder, but makes no pixels, until the picture is complete. After an invalid code it
     * reads to the end, because a decoder goes on too.
     */
    private void checkClearCodes(int from, int codeSize, long pixels) throws Unreadable {
        byte[] bytes = in.array();
        int clear = 1 << codeSize;
        int[] lengths = new int[1 << 12];
        Arrays.fill(lengths, 0, clear, 1);
        int clears = 0;
        int damages = 0;
        long made = 0;
        int width = codeSize + 1;
        int next = clear + 2;
        int before = -1;
        long window = 0;
        int held = 0;
        int at = from;
        int left = 0;
        while (made < pixels || damages > 0) {
            while (held < width) {
                if (left == 0) {
                    left = bytes[at++] & 0xff;
                    if (left == 0) {
                        return;
                    }
                }
                window |= (long) (bytes[at++] & 0xff) << held;
                held += 8;
                left--;
            }
            int code = (int) window & ((1 << width) - 1);
            window >>>= width;
            held -= width;
            if (code == clear) {
                checkCounts(++clears, damages);
                width = codeSize + 1;
                next = clear + 2;
                before = -1;
                continue;
            }
            if (code == clear + 1) {
                return;
            }
            if (code > next) {
                checkCounts(clears, ++damages);
            }
            int length = code >= next ? (before < 0 ? 1 : lengths[before] + 1) : lengths[code];
            made += length;
            if (before >= 0 && next < lengths.length) {
                lengths[next] = lengths[before] + 1;
                next++;
                if (next == 1 << width && width < 12) {
                    width++;
                }
            }
            before = code;
        }
    }

    private static void checkCounts(int clears, int damages) throws Unreadable {
        if (clears > MAX_CLEAR_CODES) {
            throw new Unreadable(
                    "GIF of more than [" + MAX_CLEAR_CODES + "] clear codes; save it again with another program");
        }
        if (damages > MAX_DAMAGES) {
            throw Unreadable.damaged("GIF", "more than [" + MAX_DAMAGES + "] codes are out of sequence");
        }
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
