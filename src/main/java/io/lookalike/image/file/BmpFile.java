package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.LineEnds;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * Checks the header of a BMP (Windows 3 to 5, OS/2 1), and writes a safe header for the decoder.
 *
 * <p>Sizes that a reader would trust and allocate are replaced by the true ones. A colour profile, which may be a path
 * on the server's disk, is replaced by sRGB. Pictures of another format inside a BMP are refused. Costs one copy.
 */
final class BmpFile {

    private static final int FILE_HEADER = 14;
    private static final int SRGB = 0x73524742;

    private BmpFile() {}

    static Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        Bytes in = new Bytes(bytes, "BMP");
        int headerSize = in.i32le(FILE_HEADER);
        boolean core = headerSize == 12;
        if (!core && (headerSize < 40 || headerSize > 124)) {
            throw Unreadable.damaged("BMP", "a header of [" + headerSize + "] bytes");
        }
        long width = core ? in.u16le(18) : in.i32le(18);
        long height = core ? in.u16le(20) : Math.abs((long) in.i32le(22));
        limits.checkSize(width, height);
        in.require(FILE_HEADER, headerSize);
        int bits = in.u16le(core ? 24 : 28);
        int compression = core ? 0 : in.i32le(30);
        long pixels = in.i32le(10);
        checkLayout(bits, compression);
        if (pixels < FILE_HEADER + headerSize) {
            throw Unreadable.damaged("BMP", "its pixels start at [" + pixels + "]");
        }
        boolean runLength = compression == 1 || compression == 2;
        long rowBytes = (width * bits + 31) / 32 * 4;
        if (runLength) {
            checkRuns(in, (int) pixels, bits);
        } else {
            in.require((int) pixels, rowBytes * height);
        }
        LineEnds lineEnds = new LineEnds();
        lineEnds.look(bytes, FILE_HEADER, bytes.length);
        lineEnds.requireLength("BMP", bytes.length - (in.i32le(2) & 0xffffffffL));
        byte[] out = Arrays.copyOf(bytes, bytes.length);
        put32(out, 2, bytes.length);
        if (!core) {
            put32(out, 34, bytes.length - (int) pixels);
            checkPalette(in, bits);
        }
        if (headerSize >= 108) {
            put32(out, 70, SRGB);
        }
        return Frame.of((int) width, (int) height, 1, 4, null, out, 0, out.length);
    }

    private static void checkLayout(int bits, int compression) throws Unreadable {
        boolean known = switch (compression) {
            case 0 -> bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
            case 1 -> bits == 8;
            case 2 -> bits == 4;
            case 3 -> bits == 16 || bits == 32;
            default -> false;
        };
        if (!known) {
            throw new Unreadable("BMP of [" + bits + "] bits a pixel and compression [" + compression
                    + "] is not supported; save it uncompressed with [24] bits");
        }
    }

    private static void checkPalette(Bytes in, int bits) throws Unreadable {
        long colours = in.i32le(46) & 0xffffffffL;
        if (bits <= 8 && colours > 1 << bits) {
            throw Unreadable.damaged("BMP", "a palette of [" + colours + "] colours");
        }
    }

    /** Run-length codes must end with their end mark, because a reader leaves missing pixels black. */
    private static void checkRuns(Bytes in, int from, int bits) throws Unreadable {
        int at = from;
        while (true) {
            int count = in.u8(at);
            int value = in.u8(at + 1);
            at += 2;
            if (count == 0 && value == 1) {
                return;
            }
            if (count == 0 && value == 2) {
                at += 2;
            } else if (count == 0 && value > 2) {
                at += (value * bits + 15) / 16 * 2;
            }
        }
    }

    private static void put32(byte[] out, int at, int value) {
        for (int i = 0; i < 4; i++) {
            out[at + i] = (byte) (value >>> (8 * i));
        }
    }
}
