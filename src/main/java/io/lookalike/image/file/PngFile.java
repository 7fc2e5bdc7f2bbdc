package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.icc.ColourProfile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Checks the structure of a PNG (W3C PNG 3rd edition, chapter 5), and gives the decoder only the parts that hold
 * pixels.
 *
 * <p>The header, the palette, the transparency and the image data, joined to one chunk, are kept if their checksums are
 * right. All other chunks, such as texts and animations, are dropped; a colour profile and EXIF are read here. Costs
 * one pass and one copy.
 */
final class PngFile {

    private static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";
    private static final int MAX_EXIF_BYTES = 1 << 16;
    private static final int FIRST_PROFILE_BYTES = 1 << 13;
    private static final int HEADER_END = 33;

    /** Unpacks within a second and a half: 50 million colour pixels of 16 bits. */
    private static final long MAX_UNPACKED_BYTES = 300_000_000;

    private static final int CHUNK_OVERHEAD = 12;

    private final Bytes in;
    private final byte[] out;
    private int used;
    private int dataStart;
    private int orientation = 1;
    private boolean exif;
    private boolean profiled;
    private byte[] profile;

    private PngFile(Bytes in) {
        this.in = in;
        this.out = new byte[Math.addExact(in.length(), 2 * CHUNK_OVERHEAD)];
    }

    static Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        Bytes in = new Bytes(bytes, "PNG");
        in.require(0, 24);
        if (!in.has(0, SIGNATURE)) {
            throw Unreadable.damaged("PNG", "its first [8] bytes are wrong");
        }
        if (in.u32(8) != 13 || !in.has(12, "IHDR")) {
            throw Unreadable.damaged("PNG", "its first chunk is not [IHDR]");
        }
        limits.checkSize(in.u32(16), in.u32(20));
        in.require(0, HEADER_END);
        checkLayout(in);
        return new PngFile(in).walk((int) in.u32(16), (int) in.u32(20));
    }

    /** Checks depth and colour type, by table 9 of the specification. */
    private static void checkLayout(Bytes in) throws Unreadable {
        int bits = in.u8(24);
        int type = in.u8(25);
        boolean known = switch (type) {
            case 0 -> bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
            case 3 -> bits == 1 || bits == 2 || bits == 4 || bits == 8;
            case 2, 4, 6 -> bits == 8 || bits == 16;
            default -> false;
        };
        if (!known || in.u8(26) != 0 || in.u8(27) != 0 || in.u8(28) > 1) {
            throw Unreadable.damaged(
                    "PNG",
                    "no such kind as [" + bits + "] bits of colour type [" + type + "], compression [" + in.u8(26)
                            + "], filter [" + in.u8(27) + "], interlace [" + in.u8(28) + "]");
        }
    }

    /** Includes transparency, which the reader may add to grey and to colours. */
    private int pixelBytes() throws Unreadable {
        int channels = switch (in.u8(25)) {
            case 0 -> 2;
            case 3 -> 1;
            default -> 4;
        };
        return in.u8(24) == 16 ? 2 * channels : channels;
    }

    private void checkUnpacked(int width, int height) throws Unreadable {
        int channels = switch (in.u8(25)) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        long unpacked = (long) width * height * channels * in.u8(24) / 8;
        if (unpacked > MAX_UNPACKED_BYTES) {
            throw new Unreadable("PNG of [" + unpacked + "] bytes once unpacked; at most [" + MAX_UNPACKED_BYTES
                    + "] are read, save it with [8] bits a sample or smaller");
        }
    }

    private Frame walk(int width, int height) throws Unreadable {
        checkUnpacked(width, height);
        copy(0, 8);
        int at = 8;
        while (!in.has(at + 4, "IEND")) {
            long length = in.u32(at);
            in.require(at, length + CHUNK_OVERHEAD);
            chunk(at, (int) length);
            at += (int) length + CHUNK_OVERHEAD;
        }
        in.require(at, CHUNK_OVERHEAD);
        if (dataStart == 0) {
            throw Unreadable.damaged("PNG", "it has no [IDAT] chunk");
        }
        endChunk(dataStart);
        endChunk(beginChunk("IEND"));
        boolean grey = in.u8(25) == 0 || in.u8(25) == 4;
        return Frame.of(width, height, orientation, pixelBytes(), null, out, 0, used)
                .withProfile(ColourProfile.of(profile, grey ? ColourProfile.Space.GREY : ColourProfile.Space.RGB));
    }

    private void chunk(int at, int length) throws Unreadable {
        if (in.has(at + 4, "IDAT")) {
            checkSum(at, length);
            if (dataStart == 0) {
                dataStart = beginChunk("IDAT");
            }
            copy(at + 8, length);
        } else if (in.has(at + 4, "IHDR") || in.has(at + 4, "PLTE") || in.has(at + 4, "tRNS")) {
            checkSum(at, length);
            if (at > 8 && in.has(at + 4, "IHDR")) {
                throw Unreadable.damaged("PNG", "a second [IHDR] chunk");
            }
            if (dataStart == 0) {
                copy(at, length + CHUNK_OVERHEAD);
            }
        } else if (in.has(at + 4, "iCCP") && !profiled) {
            // only the first counts, good or bad: unpacking each would take 10 ms for 100 KB
            profiled = true;
            profile = profile(at + 8, length);
        } else if (in.has(at + 4, "eXIf") && length <= MAX_EXIF_BYTES && !exif) {
            exif = true;
            orientation = ExifOrientation.of(in.array(), at + 8, length);
        }
    }

    /** Unpacks a colour profile; null if it is broken or too large. */
    private byte[] profile(int from, int length) {
        int end = from + length;
        int at = from;
        while (at < end && in.array()[at] != 0) {
            at++;
        }
        int packed = at + 2;
        if (packed >= end) {
            return null;
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(in.array(), packed, end - packed);
            byte[] unpacked = new byte[FIRST_PROFILE_BYTES];
            int count = 0;
            while (true) {
                int more = inflater.inflate(unpacked, count, unpacked.length - count);
                count += more;
                if (inflater.finished()) {
                    return Arrays.copyOf(unpacked, count);
                }
                if (more == 0 && count < unpacked.length) {
                    return null;
                }
                if (count == unpacked.length) {
                    if (count > ColourProfile.MAX_BYTES) {
                        return null;
                    }
                    unpacked = Arrays.copyOf(unpacked, 2 * count);
                }
            }
        } catch (DataFormatException e) {
            return null;
        } finally {
            inflater.end();
        }
    }

    private void checkSum(int at, int length) throws Unreadable {
        CRC32 crc = new CRC32();
        crc.update(in.array(), at + 4, length + 4);
        if (crc.getValue() != in.u32(at + 8 + length)) {
            String type = new String(in.array(), at + 4, 4, StandardCharsets.US_ASCII);
            throw Unreadable.damaged("PNG", "the checksum of a chunk [" + type + "] is wrong");
        }
    }

    private void copy(int from, int count) {
        System.arraycopy(in.array(), from, out, used, count);
        used += count;
    }

    private int beginChunk(String type) {
        int start = used;
        System.arraycopy(type.getBytes(StandardCharsets.US_ASCII), 0, out, start + 4, 4);
        used += 8;
        return start;
    }

    private void endChunk(int start) {
        put32(start, used - start - 8);
        CRC32 crc = new CRC32();
        crc.update(out, start + 4, used - start - 4);
        put32(used, (int) crc.getValue());
        used += 4;
    }

    private void put32(int at, int value) {
        for (int i = 0; i < 4; i++) {
            out[at + i] = (byte) (value >>> (24 - 8 * i));
        }
    }
}
