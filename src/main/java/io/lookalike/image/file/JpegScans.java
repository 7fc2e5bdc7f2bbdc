package io.lookalike.image.file;

import io.lookalike.image.bytes.ArrayInputStream;
import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Merges the scans of a JPEG, as {@link JpegFile} leaves it, into one scan with the same coefficients.
 *
 * <p>The decoder of the Java runtime computes all pixels again after each scan, of which a progressive picture has ten,
 * and this cannot be turned off: 12 megapixels took 1.02 s of CPU; Pillow takes 0.18 s. Here the scans are merged first
 * and decoded once: 0.51 s. {@link JpegSmoothing} keeps the pixels the same to the bit. Costs two bytes a coefficient,
 * and a step for each coefficient of each scan. For one picture and one thread.
 */
public final class JpegScans {

    private static final int MOST_BLOCKS_AT_ONCE = 10;

    /** More than all markers, headers and tables that are written. */
    private static final int HEADERS = 8192;

    private final Bytes in;
    private final int start;
    private final Runnable check;

    private final List<JpegComponent> components = new ArrayList<>();
    private final List<JpegScanReader.Scan> scans = new ArrayList<>();
    private int headerAt;
    private boolean progressive;
    private int mcusAcross;
    private int mcusDown;

    private JpegScans(Bytes in, int start, Runnable check) {
        this.in = in;
        this.start = start;
        this.check = check;
    }

    /**
     * Merges the scans of a stream; null if anything in it is damaged, so that the runtime's decoder handles it as
     * before.
     *
     * @param check called every row of blocks; an exception that it throws ends the work
     */
    public static ArrayInputStream merge(byte[] array, int from, int length, Runnable check) {
        try {
            return new JpegScans(new Bytes(array, from + length, "JPEG"), from, check).merge();
        } catch (Unreadable e) {
            return null;
        }
    }

    /** The most bytes that are written: about as many as the scans have, and a few bits for each block. */
    static long written(long scanBytes, long samples) {
        return HEADERS + 2 * scanBytes + samples / JpegComponent.BLOCK;
    }

    private ArrayInputStream merge() throws Unreadable {
        walk();
        for (JpegComponent component : components) {
            component.coefficients =
                    new short[Math.toIntExact((long) JpegComponent.BLOCK * component.across * component.down)];
        }
        long bytes = 0;
        JpegScanReader reader = new JpegScanReader(in, components, progressive, mcusAcross, mcusDown, check);
        for (JpegScanReader.Scan scan : scans) {
            reader.read(scan);
            bytes += scan.to() - scan.from();
        }
        if (progressive) {
            JpegSmoothing.smooth(components, check);
        }
        long blocks =
                components.stream().mapToLong(c -> (long) c.across * c.down).sum();
        int most = (int) Math.min(Integer.MAX_VALUE - 8, written(bytes, JpegComponent.BLOCK * blocks));
        JpegOutput out = new JpegOutput((int) Math.min(most, HEADERS + bytes + bytes / 4), most);
        write(out);
        return out.stream();
    }

    private void walk() throws Unreadable {
        JpegTables tables = JpegTables.none(in);
        int at = start + 2;
        while (in.u8(at + 1) != 0xd9) {
            int marker = in.u8(at + 1);
            int length = in.u16(at + 2);
            in.require(at + 2, length);
            tables.read(marker, at + 2, length);
            at += 2 + length;
            if (marker >= 0xc0 && marker <= 0xc2) {
                readHeader(marker, at - length);
            } else if (marker == 0xda) {
                int from = at;
                while (in.u8(at) != 0xff || endsNothing(in.u8(at + 1))) {
                    at++;
                }
                scans.add(new JpegScanReader.Scan(from - length, from, at, tables.copy()));
            }
        }
    }

    private static boolean endsNothing(int code) {
        return code < 0xc0 || code == 0xff || (code >= 0xd0 && code <= 0xd7);
    }

    private void readHeader(int marker, int at) throws Unreadable {
        headerAt = at;
        progressive = marker == 0xc2;
        int height = in.u16(at + 3);
        int width = in.u16(at + 5);
        int widest = 1;
        int highest = 1;
        for (int i = 0; i < in.u8(at + 7); i++) {
            JpegComponent component =
                    new JpegComponent(in.u8(at + 8 + 3 * i), in.u8(at + 9 + 3 * i), in.u8(at + 10 + 3 * i));
            components.add(component);
            widest = Math.max(widest, component.horizontal);
            highest = Math.max(highest, component.vertical);
        }
        mcusAcross = ceil(width, 8 * widest);
        mcusDown = ceil(height, 8 * highest);
        for (JpegComponent component : components) {
            component.across = mcusAcross * component.horizontal;
            component.down = mcusDown * component.vertical;
            component.wide = ceil(width * component.horizontal, 8 * widest);
            component.high = ceil(height * component.vertical, 8 * highest);
        }
    }

    private static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }

    private void write(JpegOutput out) throws Unreadable {
        out.marker(0xd8);
        for (int at = start + 2; (in.u8(at + 1) & 0xf0) == 0xe0; at += 2 + in.u16(at + 2)) {
            out.segment(in.u8(at + 1), in.array(), at + 4, in.u16(at + 2) - 2);
        }
        boolean wide =
                components.stream().flatMapToInt(c -> Arrays.stream(c.factors)).anyMatch(f -> f > 255);
        for (int i = 0; i < components.size(); i++) {
            writeFactors(i, wide, out);
        }
        byte[] header = new byte[6 + 3 * components.size()];
        System.arraycopy(in.array(), headerAt + 2, header, 0, header.length);
        for (int i = 0; i < components.size(); i++) {
            header[8 + 3 * i] = (byte) i;
        }
        out.segment(wide ? 0xc1 : 0xc0, header, 0, header.length);
        writeScans(out);
        out.marker(0xd9);
    }

    /** Writes a table for each component: scans may have used different tables of the same number. */
    private void writeFactors(int component, boolean wide, JpegOutput out) throws Unreadable {
        byte[] table = new byte[1 + (wide ? 2 : 1) * JpegComponent.BLOCK];
        table[0] = (byte) (wide ? 0x10 | component : component);
        int at = 1;
        for (int factor : components.get(component).factors) {
            if (wide) {
                table[at++] = (byte) (factor >> 8);
            }
            table[at++] = (byte) factor;
        }
        out.segment(JpegTables.QUANTIZATION, table, 0, table.length);
    }

    /** Writes one scan, or one for each component if an MCU would have too many blocks. */
    private void writeScans(JpegOutput out) throws Unreadable {
        JpegWriter writer = new JpegWriter(out);
        int blocks = components.stream().mapToInt(JpegComponent::blocks).sum();
        boolean together = components.size() == 1 || blocks <= MOST_BLOCKS_AT_ONCE;
        for (int i = 0; i < (together ? 1 : components.size()); i++) {
            List<JpegComponent> some = together ? components : components.subList(i, i + 1);
            give(some, i, writer);
            writer.begin(some, i);
            give(some, i, writer);
            writer.end();
        }
    }

    /** Passes all blocks to a writer, in the order of a scan. */
    private void give(List<JpegComponent> some, int from, JpegWriter writer) throws Unreadable {
        if (some.size() == 1) {
            JpegComponent component = some.getFirst();
            for (int y = 0; y < component.high; y++) {
                check.run();
                for (int x = 0; x < component.wide; x++) {
                    writer.block(component.coefficients, JpegComponent.BLOCK * (y * component.across + x), from);
                }
            }
            return;
        }
        for (int y = 0; y < mcusDown; y++) {
            check.run();
            for (int x = 0; x < mcusAcross; x++) {
                for (int i = 0; i < some.size(); i++) {
                    JpegComponent component = some.get(i);
                    for (int j = 0; j < component.blocks(); j++) {
                        writer.block(component.coefficients, component.place(x, y, j), from + i);
                    }
                }
            }
        }
    }
}
