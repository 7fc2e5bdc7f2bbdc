package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.LineEnds;
import io.lookalike.image.bytes.Unreadable;
import io.lookalike.image.icc.ColourProfile;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * Checks the structure of a JPEG (ITU-T T.81, annex B), and gives the decoder only the parts that hold pixels.
 *
 * <p>Tables, frame header and scans are kept. Application segments and comments, which hold metadata, are dropped; EXIF
 * and a colour profile are read here. One marker replaces them that names the colours of the components, by the rules
 * of libjpeg, so that decoders need not guess. Scans that would cost too much are left out. Everything behind the end
 * of the image is dropped. A complete picture that lacks only its end marker, as some phones write it, gets one. Costs
 * one pass over the bytes and one copy.
 */
public final class JpegFile {

    /** A usual progressive picture has ten scans. */
    private static final int MAX_SCANS = 64;

    /**
     * Each scan of a progressive picture costs a pass over all coefficients of a component, however few bytes it has. A
     * damaged scan costs a pass over all pixels: the runtime's decoder took 0.3 s per scan for 50 million pixels. The
     * first scans hold the picture, the later ones its lowest bits, which are left out of a large picture. Ten scans of
     * 20 megapixels are all kept.
     */
    private static final long SCANNED_PIXELS = 200_000_000;

    /**
     * The most samples in scans that cannot be merged. The runtime's decoder computes all pixels again after each
     * damaged scan, some 4 ns a sample.
     */
    public static final long MAX_SCANNED_SAMPLES = 300_000_000;

    /**
     * Table segments before one scan. Encoders write at most four Huffman, four quantization and one restart segment. A
     * decoder keeps each; a Huffman segment takes 50 KB.
     */
    static final int MAX_TABLE_SEGMENTS = 16;

    private static final int TABLE_SEGMENT_BYTES = 50 << 10;

    private static final String JFIF =
            "\u00ff\u00e0\u0000\u0010JFIF\u0000\u0001\u0001\u0000\u0000\u0001\u0000\u0001\u0000\u0000";
    private static final String ADOBE = "\u00ff\u00ee\u0000\u000eAdobe\u0000d\u0000\u0000\u0000\u0000";
    private static final int PROFILE_HEADER = 16;
    private static final int ROOM = 2 + JFIF.length() + ADOBE.length() + 1;

    private final Bytes in;
    private final ImageLimits limits;
    private final byte[] out;
    private int used = ROOM;
    private int width;
    private int height;
    private int components;
    private String ids = "";
    private boolean progressive;
    private int scans;
    private int tableSegments;
    private int tablesOfThisScan;
    /** The components, a bit each, whose first coefficient was in some scan. */
    private int begun;

    /** The components, a bit each, whose first coefficient is complete to its last bit. */
    private int firstDone;

    /** The same for the other coefficients. */
    private int othersDone;

    private boolean full;
    private int keptScans;
    private long samples;
    private final LineEnds lineEnds = new LineEnds();
    private final TreeMap<Integer, Integer> profileParts = new TreeMap<>();
    private boolean jfif;
    private int adobe = -1;
    private int orientation = 1;

    private JpegFile(byte[] bytes, ImageLimits limits) {
        this.in = new Bytes(bytes, "JPEG");
        this.limits = limits;
        this.out = new byte[Math.addExact(bytes.length, ROOM)];
    }

    public static Frame inspect(byte[] bytes, ImageLimits limits) throws Unreadable {
        return new JpegFile(bytes, limits).walk();
    }

    /**
     * Checks a stream inside of another file, which is decoded unchanged.
     *
     * @return has {@link Frame#scanned} if there are several scans
     */
    static Frame inspectWithin(byte[] bytes, ImageLimits limits) throws Unreadable {
        return new JpegFile(bytes, limits).walk();
    }

    private Frame walk() throws Unreadable {
        int at = 2;
        while (true) {
            if (isWhole() && isNoSegment(at)) {
                return finish().withRepair();
            }
            at = nextMarker(at);
            if (at < 0 && isWhole()) {
                return finish().withRepair();
            }
            if (at < 0) {
                throw Unreadable.truncated("JPEG");
            }
            int marker = in.u8(at - 1);
            if (marker == 0xd9) {
                return finish();
            }
            if (marker == 0xd8) {
                throw Unreadable.damaged("JPEG", "it starts a second time");
            }
            int length = in.u16(at);
            if (length < 2) {
                throw Unreadable.damaged("JPEG", "a segment of [" + length + "] bytes");
            }
            in.require(at, length);
            segment(marker, at, length);
            at += length;
            if (marker == 0xda) {
                at = copyScan(at);
                spend();
            }
        }
    }

    /** Whether all coefficients are complete, so that the rest may be missing. */
    private boolean isWhole() {
        int all = (1 << components) - 1;
        return scans > 0 && begun == all && (!progressive || (firstDone == all && othersDone == all));
    }

    /**
     * Whether neither a segment nor the end marker follows a scan: the file ends, or a program has appended something.
     */
    private boolean isNoSegment(int from) throws Unreadable {
        int left = in.length() - from;
        if (left < 2) {
            return true;
        }
        if (in.u8(from) != 0xff || in.u8(from + 1) < 0xc0) {
            return false; // bytes before a marker
        }
        int marker = in.u8(from + 1);
        if (marker == 0xd9 || marker == 0xff) {
            return false;
        }
        return marker == 0xd8 || left < 4 || in.u16(from + 2) < 2 || in.u16(from + 2) > left - 2;
    }

    /** Records where a part of a colour profile is: its number, the number of parts, and its bytes. */
    private void profilePart(int at, int length) throws Unreadable {
        if (length > PROFILE_HEADER && in.has(at + 2, "ICC_PROFILE\u0000")) {
            profileParts.putIfAbsent(in.u8(at + 14), at);
        }
    }

    /** A profile with missing parts counts as absent. */
    private ColourProfile profile() throws Unreadable {
        if (profileParts.isEmpty()) {
            return null;
        }
        int parts = in.u8(profileParts.firstEntry().getValue() + 15);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int i = 1; i <= parts; i++) {
            Integer at = profileParts.get(i);
            if (at == null || whole.size() > ColourProfile.MAX_BYTES) {
                return null;
            }
            whole.write(in.array(), at + PROFILE_HEADER, in.u16(at) - PROFILE_HEADER);
        }
        ColourProfile.Space space = switch (components) {
            case 1 -> ColourProfile.Space.GREY;
            case 3 -> ColourProfile.Space.RGB;
            default -> ColourProfile.Space.CMYK;
        };
        return ColourProfile.of(whole.toByteArray(), space);
    }

    private void spend() throws Unreadable {
        if (!progressive || (scans + 1L) * width * height <= SCANNED_PIXELS) {
            return;
        }
        if (begun != (1 << components) - 1) {
            throw new Unreadable("progressive JPEG of [" + width + "] x [" + height + "] pixels whose first [" + scans
                    + "] scans do not hold the whole picture; save it as baseline");
        }
        full = true;
    }

    /** Returns the position after the next marker with a segment, -1 if there is none. */
    private int nextMarker(int from) throws Unreadable {
        for (int at = from; at < in.length() - 1; at++) {
            int before = in.u8(at);
            int code = in.u8(at + 1);
            if (before == 0xff && code >= 0xc0 && code != 0xff && (code < 0xd0 || code > 0xd7)) {
                return at + 2;
            }
        }
        return -1;
    }

    private void segment(int marker, int at, int length) throws Unreadable {
        switch (marker) {
            case 0xc0, 0xc1, 0xc2 -> {
                progressive = marker == 0xc2;
                frameHeader(at, length);
            }
            case 0xc3 -> throw unsupported("lossless");
            case 0xc5, 0xc6, 0xc7 -> throw unsupported("hierarchical");
            case 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf -> throw unsupported("arithmetic-coded");
            case 0xda -> scan(at, length);
            case 0xe0 -> jfif |= length >= 16 && in.has(at + 2, "JFIF\u0000");
            case 0xe1 -> {
                if (orientation == 1 && length > 8 && in.has(at + 2, "Exif\u0000\u0000")) {
                    orientation = ExifOrientation.of(in.array(), at + 8, length - 8);
                }
            }
            case 0xe2 -> profilePart(at, length);
            case 0xee -> {
                if (length >= 14 && in.has(at + 2, "Adobe")) {
                    adobe = in.u8(at + 13);
                }
            }
            default -> {}
        }
        if (marker == 0xc4 || marker == 0xdb || marker == 0xdd) {
            tables();
            lineEnds.look(in.array(), at + 2, at + length);
        }
        boolean needed = marker <= 0xc4 || marker == 0xda || marker == 0xdb || marker == 0xdd;
        if (needed && !full) {
            keptScans += marker == 0xda ? 1 : 0;
            int to = used;
            copy(at - 2, length + 2);
            if (ids.chars().distinct().count() < components) {
                renumber(marker, at, to);
            }
        }
    }

    private void tables() throws Unreadable {
        tableSegments++;
        tablesOfThisScan++;
        if (tablesOfThisScan > MAX_TABLE_SEGMENTS) {
            throw new Unreadable("JPEG of more than [" + MAX_TABLE_SEGMENTS
                    + "] segments of tables before one scan; save it again with another program");
        }
    }

    private void scan(int at, int length) throws Unreadable {
        if (components == 0) {
            throw Unreadable.damaged("JPEG", "a scan before its frame header");
        }
        scans++;
        tablesOfThisScan = 0;
        if (scans > MAX_SCANS) {
            throw new Unreadable(
                    "JPEG of more than [" + MAX_SCANS + "] scans; save it with fewer or as a baseline one");
        }
        int scanned = in.u8(at + 2);
        if (scanned < 1 || scanned > components || length != 6 + 2 * scanned) {
            throw Unreadable.damaged("JPEG", "a scan of [" + scanned + "] components in [" + length + "] bytes");
        }
        int before = begun;
        int meant = components(at, scanned);
        boolean first = in.u8(at + 3 + 2 * scanned) == 0;
        if (first) {
            begun |= meant;
        }
        if ((in.u8(at + 5 + 2 * scanned) & 15) == 0) {
            firstDone |= first ? meant : 0;
            othersDone |= in.u8(at + 4 + 2 * scanned) == 63 ? meant : 0;
        }
        if (!progressive && begun == before) {
            throw Unreadable.damaged("JPEG", "a second scan of the same components");
        }
    }

    /**
     * The components of a scan, a bit each. If several components wrongly have the same number, the scan means them in
     * order.
     */
    private int components(int at, int scanned) throws Unreadable {
        int meant = 0;
        for (int i = 0; i < scanned; i++) {
            int component = component(in.u8(at + 3 + 2 * i), meant);
            meant |= component < 0 ? 0 : 1 << component;
        }
        return meant;
    }

    private int component(int id, int meant) {
        for (int i = 0; i < components; i++) {
            if (ids.charAt(i) == id && (meant & 1 << i) == 0) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Renumbers components with the same number in a header that was copied to {@code to}, because decoders refuse
     * them.
     */
    private void renumber(int marker, int at, int to) throws Unreadable {
        if (marker >= 0xc0 && marker <= 0xc2) {
            for (int i = 0; i < components; i++) {
                out[to + 10 + 3 * i] = (byte) (i + 1);
            }
        } else if (marker == 0xda) {
            int meant = 0;
            for (int i = 0; i < in.u8(at + 2); i++) {
                int component = component(in.u8(at + 3 + 2 * i), meant);
                meant |= component < 0 ? 0 : 1 << component;
                out[to + 5 + 2 * i] = (byte) (component + 1);
            }
        }
    }

    private static Unreadable unsupported(String kind) {
        return new Unreadable(kind + " JPEG is not supported; save it as a baseline or progressive one");
    }

    private void frameHeader(int at, int length) throws Unreadable {
        if (components != 0) {
            throw Unreadable.damaged("JPEG", "a second frame header");
        }
        if (length < 8) {
            throw Unreadable.damaged("JPEG", "a frame header of [" + length + "] bytes");
        }
        int precision = in.u8(at + 2);
        height = in.u16(at + 3);
        width = in.u16(at + 5);
        limits.checkSize(width, height);
        if (precision != 8) {
            throw new Unreadable("JPEG of [" + precision + "] bits a sample is not supported; save it with [8]");
        }
        components = in.u8(at + 7);
        if (components != 1 && components != 3 && components != 4) {
            throw new Unreadable(
                    "JPEG of [" + components + "] components is not supported; save it with [1], [3] or [4]");
        }
        if (length != 8 + 3 * components) {
            throw Unreadable.damaged("JPEG", "a frame header of [" + length + "] bytes");
        }
        int most = 1;
        int sum = 0;
        for (int i = 0; i < components; i++) {
            ids += (char) in.u8(at + 8 + 3 * i);
            int factors = in.u8(at + 9 + 3 * i);
            int blocks = (factors >> 4) * (factors & 15);
            if (factors >> 4 < 1 || factors >> 4 > 4 || (factors & 15) < 1 || (factors & 15) > 4) {
                throw Unreadable.damaged(
                        "JPEG", "a component of [" + (factors >> 4) + "] x [" + (factors & 15) + "] blocks");
            }
            most = Math.max(most, blocks);
            sum += blocks;
        }
        samples = (long) width * height * sum / most;
    }

    /** Copies entropy-coded data and returns where it ends. */
    private int copyScan(int from) throws Unreadable {
        byte[] bytes = in.array();
        int last = bytes.length - 1;
        for (int at = from; at < last; at++) {
            if (bytes[at] == -1) {
                int code = bytes[at + 1] & 0xff;
                if (code >= 0xc0 && code != 0xff && (code < 0xd0 || code > 0xd7)) {
                    lineEnds.look(bytes, from, at);
                    if (!full) {
                        copy(from, at - from);
                    }
                    return at;
                }
            }
        }
        if (!isWhole()) {
            throw Unreadable.truncated("JPEG");
        }
        lineEnds.look(bytes, from, bytes.length);
        if (!full) {
            copy(from, bytes.length - from);
        }
        return bytes.length;
    }

    private void copy(int from, int count) {
        System.arraycopy(in.array(), from, out, used, count);
        used += count;
    }

    private Frame finish() throws Unreadable {
        if (scans == 0 || begun != (1 << components) - 1) {
            throw Unreadable.truncated("JPEG");
        }
        lineEnds.require("JPEG");
        String colours = colours();
        int start = ROOM - 2 - colours.length();
        out[start] = (byte) 0xff;
        out[start + 1] = (byte) 0xd8;
        for (int i = 0; i < colours.length(); i++) {
            out[start + 2 + i] = (byte) colours.charAt(i);
        }
        byte[] stream = used + 2 <= out.length ? out : Arrays.copyOf(out, used + 2);
        stream[used++] = (byte) 0xff;
        stream[used++] = (byte) 0xd9;
        boolean several = progressive || scans > 1;
        long together = several ? JpegScans.written(used, samples) : 0;
        Frame frame = Frame.of(width, height, orientation, components, inks(), stream, start, used - start)
                .withOwnMemory(coefficients() + together + (long) TABLE_SEGMENT_BYTES * tableSegments)
                .withProfile(profile());
        return several ? frame.withScans(keptScans * samples) : frame;
    }

    /** The bytes of all coefficients, which are kept if there are several scans. */
    private long coefficients() {
        return progressive || scans > 1 ? 2 * samples : 0;
    }

    /** The marker for which every decoder chooses the same colours as libjpeg. */
    private String colours() {
        return switch (components) {
            case 1 -> "";
            case 3 -> {
                boolean rgb = !jfif && (adobe == 0 || (adobe < 0 && ids.equals("RGB")));
                yield rgb ? ADOBE + '\u0000' : JFIF;
            }
            default -> ADOBE + (inks() == Frame.Inks.CMYK ? '\u0000' : '\u0002');
        };
    }

    private Frame.Inks inks() {
        if (components != 4) {
            return null;
        }
        return adobe <= 0 ? Frame.Inks.CMYK : Frame.Inks.YCCK;
    }
}
