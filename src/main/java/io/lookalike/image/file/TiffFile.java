package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.LineEnds;
import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.icc.ColourProfile;
import java.util.Arrays;

/**
 * Checks the first page of a TIFF (revision 6.0, its technical notes 1 and 2, BigTIFF), and gives the decoder a small
 * directory of its own to read.
 *
 * <p>Only tags that describe the layout of pixels are read, and all their positions, counts and sizes are checked. They
 * are then written as the directory of a plain TIFF behind the file's bytes. The decoder reads only this directory, so
 * it sees no further page, no loop, no metadata and no colour profile. JPEG streams inside are checked by
 * {@link JpegFile}. Costs one copy of the file.
 */
final class TiffFile {

    private static final int MAX_PARTS = 1 << 16;
    /** For LZW and deflate, which build a new table for each part. */
    private static final int MAX_TABLE_PARTS = 1 << 15;

    private static final int MAX_JPEG_PARTS = 1 << 12;

    /** Unpacks within a second and a half: 50 million pixels of CMYK. */
    private static final long MAX_UNPACKED_BYTES = 200_000_000;

    /** Planes take twice the time. */
    private static final long MAX_UNPACKED_BYTES_OF_PLANES = 100_000_000;

    /**
     * The most bytes of all strips and tiles of a smaller file. Blank ones may share their bytes, which are then read
     * several times.
     */
    private static final long MAX_SHARED_BYTES = 16_000_000;

    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int FILL_ORDER = 266;
    private static final int STRIP_OFFSETS = 273;
    private static final int ORIENTATION = 274;
    private static final int SAMPLES = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int STRIP_BYTES = 279;
    private static final int PLANAR = 284;
    private static final int T4_OPTIONS = 292;
    private static final int T6_OPTIONS = 293;
    private static final int PREDICTOR = 317;
    private static final int COLOUR_MAP = 320;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTES = 325;
    private static final int INK_SET = 332;
    private static final int EXTRA_SAMPLES = 338;
    private static final int SAMPLE_FORMAT = 339;
    private static final int JPEG_TABLES = 347;
    private static final int YCBCR_COEFFICIENTS = 529;
    private static final int YCBCR_SUBSAMPLING = 530;
    private static final int BLACK_AND_WHITE = 532;

    private static final int PROFILE = 34675;

    private static final int WHITE_IS_ZERO = 0;
    private static final int BLACK_IS_ZERO = 1;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int CMYK = 5;
    private static final int YCBCR = 6;
    private static final int LAB = 8;

    private static final int JPEG = 7;

    private final Bytes in;
    private final ImageLimits limits;
    private final TiffDirectory directory;
    private final TiffOutput out;

    private int width;
    private int height;
    private int bits;
    private int samples;
    private int compression;
    private int photometric;
    /** Whether the samples lie in planes, one after the other. */
    private boolean planar;

    private Frame.Alpha alpha = Frame.Alpha.AS_READ;
    /** Samples of all parts that are JPEGs of several scans, which are not merged. */
    private long scannedSamples;
    /** Bytes of all strips or tiles. */
    private long packedBytes;

    private TiffFile(Bytes in, ImageLimits limits) throws Unreadable {
        this.in = in;
        this.limits = limits;
        this.directory = new TiffDirectory(in);
        this.out = new TiffOutput(directory.little());
    }

    static Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        return new TiffFile(new Bytes(bytes, "TIFF"), limits).walk();
    }

    private Frame walk() throws Unreadable {
        long statedWidth = directory.number(WIDTH, 0);
        long statedHeight = directory.number(HEIGHT, 0);
        limits.checkSize(statedWidth, statedHeight);
        width = (int) statedWidth;
        height = (int) statedHeight;
        out.putLongs(WIDTH, width);
        out.putLongs(HEIGHT, height);
        checkSamples();
        checkCompression();
        checkColours();
        long ownMemory = directory.has(TILE_OFFSETS) ? tiles() : strips();
        byte[] stream = out.append(in);
        int orientation = (int) directory.number(ORIENTATION, 1);
        int pixelBytes = bits == 16 ? 2 * samples : samples;
        Frame frame = Frame.of(
                        width,
                        height,
                        orientation >= 1 && orientation <= 8 ? orientation : 1,
                        pixelBytes,
                        photometric == CMYK ? Frame.Inks.TIFF_CMYK : null,
                        stream,
                        0,
                        stream.length)
                .withOwnMemory(ownMemory);
        return frame.withProfile(profile()).withAlpha(alpha);
    }

    /** An incomplete profile counts as absent. */
    private ColourProfile profile() {
        TiffDirectory.Entry entry = directory.entry(PROFILE);
        if (entry == null
                || entry.bytes() > ColourProfile.MAX_BYTES
                || entry.at() > in.length() - entry.bytes()
                || entry.at() < 0
                || photometric == LAB) {
            return null;
        }
        int from = (int) entry.at();
        ColourProfile.Space space = photometric == CMYK
                ? ColourProfile.Space.CMYK
                : photometric <= BLACK_IS_ZERO ? ColourProfile.Space.GREY : ColourProfile.Space.RGB;
        return ColourProfile.of(Arrays.copyOfRange(in.array(), from, from + (int) entry.bytes()), space);
    }

    private void checkSamples() throws Unreadable {
        samples = (int) Math.min(1000, directory.number(SAMPLES, 1));
        bits = 1;
        if (directory.has(BITS)) {
            long[] each = directory.numbers(BITS, 1000);
            for (long value : each) {
                if (value != each[0]) {
                    throw new Unreadable("TIFF of [" + each[0] + "] and [" + value
                            + "] bits a sample is not supported; save it with [8] for all");
                }
            }
            bits = each.length == 0 ? 1 : (int) Math.min(1000, each[0]);
        }
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
            throw new Unreadable("TIFF of [" + bits + "] bits a sample is not supported; save it with [8] or [16]");
        }
        long format = directory.number(SAMPLE_FORMAT, 1);
        if (format != 1 && format != 4) {
            throw new Unreadable("TIFF of signed or fractional samples (format [" + format
                    + "]) is not supported; save it with unsigned ones");
        }
        int[] all = new int[Math.max(1, Math.min(samples, 5))];
        Arrays.fill(all, bits);
        out.putShorts(BITS, all);
        out.putShorts(SAMPLES, samples);
    }

    private void checkCompression() throws Unreadable {
        compression = (int) directory.number(COMPRESSION, 1);
        boolean known = switch (compression) {
            case 1, 5, JPEG, 8, 32773, 32946 -> true;
            case 2, 3, 4 -> bits == 1 && samples == 1;
            default -> false;
        };
        if (!known) {
            throw new Unreadable("TIFF of compression [" + compression + "], [" + bits + "] bits and [" + samples
                    + "] samples is not supported; save it with LZW or deflate");
        }
        if (compression == JPEG && bits != 8) {
            throw new Unreadable("TIFF of JPEG with [" + bits + "] bits a sample is not supported; save it with [8]");
        }
        out.putShorts(COMPRESSION, compression);
        long predictor = directory.number(PREDICTOR, 1);
        if (predictor == 2 && (compression == 5 || compression == 8 || compression == 32946)) {
            if (bits < 8) {
                throw new Unreadable("TIFF of [" + bits + "] bits with a predictor is not supported; save it without");
            }
            out.putShorts(PREDICTOR, 2);
        } else if (predictor > 2) {
            throw new Unreadable("TIFF of predictor [" + predictor + "] is not supported; save it with [2] or [1]");
        }
        long fillOrder = directory.number(FILL_ORDER, 1);
        if (fillOrder == 2) {
            out.putShorts(FILL_ORDER, 2);
        }
        out.putLongs(T4_OPTIONS, directory.number(T4_OPTIONS, 0));
        out.putLongs(T6_OPTIONS, directory.number(T6_OPTIONS, 0));
        if (compression == JPEG && directory.has(JPEG_TABLES)) {
            copy(JPEG_TABLES, 1 << 16);
            checkTables(directory.bytes(JPEG_TABLES, 1 << 16));
        }
    }

    /** Limits the table segments, because a decoder keeps each, in 50 KB, as long as it decodes strips. */
    private static void checkTables(byte[] stream) throws Unreadable {
        Bytes in = new Bytes(stream, "TIFF");
        int segments = 0;
        for (int at = 2; at + 4 <= stream.length && in.u8(at + 1) != 0xd9; at += 2 + in.u16(at + 2)) {
            segments++;
            if (segments > JpegFile.MAX_TABLE_SEGMENTS) {
                throw new Unreadable("TIFF of JPEG with more than [" + JpegFile.MAX_TABLE_SEGMENTS
                        + "] segments of tables; save it again with another program");
            }
        }
    }

    private void checkColours() throws Unreadable {
        photometric = (int) directory.number(PHOTOMETRIC, samples >= 3 ? RGB : BLACK_IS_ZERO);
        int least = switch (photometric) {
            case WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE -> 1;
            case RGB, YCBCR, LAB -> 3;
            case CMYK -> 4;
            default -> 0;
        };
        boolean extra = samples == least + 1 && photometric <= RGB;
        boolean bytes = bits == 8 || (bits == 16 && photometric <= CMYK && photometric != PALETTE);
        boolean few = bits < 8 && (photometric <= BLACK_IS_ZERO || photometric == PALETTE) && samples == 1;
        if (least == 0 || (samples != least && !extra) || !(bytes || few)) {
            throw new Unreadable("TIFF of [" + samples + "] samples of [" + bits + "] bits that mean [" + photometric
                    + "] is not supported; save it as grey or RGB");
        }
        out.putShorts(PHOTOMETRIC, photometric);
        long most = directory.number(PLANAR, 1) == 2 ? MAX_UNPACKED_BYTES_OF_PLANES : MAX_UNPACKED_BYTES;
        long unpacked = (long) width * height * samples * bits / 8;
        if (unpacked > most) {
            throw new Unreadable("TIFF of [" + unpacked + "] bytes once unpacked; at most [" + most
                    + "] are read, save it with" + " fewer bits a sample or smaller");
        }
        if (extra) {
            // programs that mean plain alpha also write other values, or none
            int meaning = (int) directory.number(EXTRA_SAMPLES, 2);
            alpha = meaning == 0 ? Frame.Alpha.IGNORED : meaning == 1 ? Frame.Alpha.PREMULTIPLIED : Frame.Alpha.AS_READ;
            out.putShorts(EXTRA_SAMPLES, 2);
        }
        if (photometric == PALETTE) {
            if (!directory.has(COLOUR_MAP, 3, 3L << bits)) {
                throw Unreadable.damaged("TIFF", "its palette has not [" + (3 << bits) + "] values");
            }
            copy(COLOUR_MAP, 6L << bits);
        }
        if (photometric == CMYK && directory.number(INK_SET, 1) != 1) {
            throw new Unreadable("TIFF of inks other than CMYK is not supported; save it as RGB");
        }
        if (photometric == YCBCR) {
            checkYcbcr();
        }
    }

    private void checkYcbcr() throws Unreadable {
        if (directory.has(YCBCR_SUBSAMPLING)) {
            for (long factor : directory.numbers(YCBCR_SUBSAMPLING, 2)) {
                if (factor != 1 && factor != 2 && factor != 4) {
                    throw Unreadable.damaged("TIFF", "colours subsampled by [" + factor + "]");
                }
            }
            copy(YCBCR_SUBSAMPLING, 4);
        }
        if (directory.has(YCBCR_COEFFICIENTS, 5, 3)) {
            copy(YCBCR_COEFFICIENTS, 24);
        }
        if (directory.has(BLACK_AND_WHITE, 5, 6)) {
            copy(BLACK_AND_WHITE, 48);
        }
    }

    private int planes() throws Unreadable {
        planar = directory.number(PLANAR, 1) == 2 && samples > 1;
        out.putShorts(PLANAR, planar ? 2 : 1);
        return planar ? samples : 1;
    }

    /** Returns the decoder's own memory. */
    private long strips() throws Unreadable {
        if (!directory.has(STRIP_OFFSETS)) {
            throw Unreadable.damaged("TIFF", "it has neither strips nor tiles");
        }
        int rows = (int) Math.max(1, Math.min(height, directory.number(ROWS_PER_STRIP, height)));
        int down = (height + rows - 1) / rows;
        out.putLongs(ROWS_PER_STRIP, rows);
        return parts(STRIP_OFFSETS, STRIP_BYTES, (long) down * planes(), width, rows);
    }

    private long tiles() throws Unreadable {
        long tileWidth = directory.number(TILE_WIDTH, 0);
        long tileHeight = directory.number(TILE_HEIGHT, 0);
        limits.checkSize(tileWidth, tileHeight);
        long across = (width + tileWidth - 1) / tileWidth;
        long down = (height + tileHeight - 1) / tileHeight;
        if (across * tileWidth * down * tileHeight > limits.maxPixels() / 4 * 5) {
            throw new Unreadable("TIFF of [" + across + "] x [" + down + "] tiles of [" + tileWidth + "] x ["
                    + tileHeight + "] pixels, which is more than are allowed; save it with strips or smaller tiles");
        }
        out.putLongs(TILE_WIDTH, tileWidth);
        out.putLongs(TILE_HEIGHT, tileHeight);
        return parts(TILE_OFFSETS, TILE_BYTES, across * down * planes(), (int) tileWidth, (int) tileHeight);
    }

    private long parts(int offsetsTag, int bytesTag, long count, int partWidth, int partHeight) throws Unreadable {
        int most = switch (compression) {
            case JPEG -> MAX_JPEG_PARTS;
            case 5, 8, 32946 -> MAX_TABLE_PARTS;
            default -> MAX_PARTS;
        };
        if (count > most) {
            throw new Unreadable("TIFF of [" + count + "] strips or tiles; save it with fewer");
        }
        long[] offsets = directory.numbers(offsetsTag, MAX_PARTS);
        long[] sizes = directory.has(bytesTag) ? directory.numbers(bytesTag, MAX_PARTS) : new long[0];
        if (offsets.length < count) {
            throw Unreadable.damaged("TIFF", "[" + offsets.length + "] of [" + count + "] strips or tiles are there");
        }
        int partSamples = planar ? 1 : samples;
        long rowBytes = ((long) partWidth * partSamples * bits + 7) / 8;
        boolean subsampled = photometric == YCBCR;
        long ownMemory = rowBytes * (subsampled ? 16 : 1);
        int parts = (int) count;
        long end = 0;
        for (int i = 0; i < parts; i++) {
            boolean strip = offsetsTag == STRIP_OFFSETS;
            int perPlane = parts / (partSamples < samples ? samples : 1);
            int rows = strip ? Math.min(partHeight, height - i % perPlane * partHeight) : partHeight;
            long left = in.length() - offsets[i];
            if (offsets[i] < 8 || left < 1) {
                throw Unreadable.truncated("TIFF");
            }
            long size = i < sizes.length && sizes[i] > 0 ? Math.min(sizes[i], left) : left;
            if (compression == 1 && !subsampled) {
                size = rowBytes * rows;
                in.require((int) offsets[i], size);
            }
            packedBytes += size;
            end = Math.max(end, offsets[i] + size);
            if (packedBytes > Math.max(in.length(), MAX_SHARED_BYTES)) {
                throw new Unreadable("TIFF of [" + in.length()
                        + "] bytes whose strips or tiles share them many times; save it again with another program");
            }
            if (compression == JPEG) {
                ownMemory = Math.max(ownMemory, checkJpeg((int) offsets[i], (int) size, partWidth, partHeight));
            }
            if (i < sizes.length) {
                sizes[i] = size;
            } else {
                sizes = Arrays.copyOf(sizes, parts);
                sizes[i] = size;
            }
        }
        LineEnds lineEnds = new LineEnds();
        lineEnds.look(in.array(), 8, in.length());
        lineEnds.requireLength("TIFF", in.length() - end);
        out.putLongs(offsetsTag, Arrays.copyOf(offsets, parts));
        out.putLongs(bytesTag, Arrays.copyOf(sizes, parts));
        return ownMemory;
    }

    private long checkJpeg(int from, int size, int partWidth, int partHeight) throws Unreadable {
        byte[] stream = Arrays.copyOfRange(in.array(), from, from + size);
        Frame frame = JpegFile.inspectWithin(stream, limits);
        if (frame.width() > partWidth || frame.height() > partHeight) {
            throw Unreadable.damaged(
                    "TIFF",
                    "a JPEG of [" + frame.width() + "] x [" + frame.height() + "] pixels in a strip or tile of ["
                            + partWidth + "] x [" + partHeight + "]");
        }
        scannedSamples += frame.scanned();
        if (scannedSamples > JpegFile.MAX_SCANNED_SAMPLES) {
            throw new Unreadable("TIFF of JPEG in several scans; save it with baseline JPEG, LZW or deflate");
        }
        return 2L * frame.pixelBytes() * partWidth * partHeight + frame.ownMemory();
    }

    private void copy(int tag, long most) throws Unreadable {
        out.put(tag, directory.entry(tag).type(), directory.bytes(tag, most));
    }
}
