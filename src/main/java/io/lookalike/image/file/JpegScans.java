package io.lookalike.image.file;

import io.lookalike.image.bytes.ArrayInputStream;
import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns what {@link JpegFile} leaves of a JPEG of several scans into a JPEG of one scan with the same coefficients.
 *
 * <p>The runtime's decoder makes all pixels anew after each scan, of which a progressive picture has ten, and cannot be
 * told not to: 12 megapixels took it 1.02 s of CPU, of which Pillow takes 0.18 s. Here the scans are put together first
 * and decoded once: 0.51 s. Coefficients that no scan holds to their last bit are guessed from the blocks around as
 * that decoder does, so that its pixels are the same to the bit. Costs two bytes a coefficient, and a step for each
 * coefficient of each scan. For one picture and one thread.
 */
public final class JpegScans {

    private static final int BLOCK = 64;
    private static final int MOST_BLOCKS_AT_ONCE = 10;
    private static final int GUESSED = 6;
    private static final int HIGHEST_BIT = 13;

    /** More than all markers, headers and tables that are written. */
    private static final int HEADERS = 8192;

    /** Blocks of a component lie in rows of {@code across}, of which {@code wide} hold pixels. */
    static final class Component {
        final int id;
        private final int horizontal;
        private final int vertical;
        private final int quantization;
        private int across;
        private int down;
        private int wide;
        private int high;
        private short[] coefficients;
        private int[] factors;
        /** Of the first coefficients: the lowest bit that is known, -1 for none. */
        private final int[] known = new int[GUESSED];

        private int predicted;

        Component(int id, int factors, int quantization) {
            this.id = id;
            this.horizontal = factors >> 4;
            this.vertical = factors & 15;
            this.quantization = quantization;
            Arrays.fill(known, -1);
        }

        private int blocks() {
            return horizontal * vertical;
        }
    }

    /** Where a scan's header and its bits lie, and the tables in force. */
    private record Scan(int at, int from, int to, JpegTables tables) {}

    private final Bytes in;
    private final int start;
    private final Runnable check;

    private final List<Component> components = new ArrayList<>();
    private final List<Scan> scans = new ArrayList<>();
    private int headerAt;
    private boolean progressive;
    private int mcusAcross;
    private int mcusDown;

    /** Of the scan that is being read. */
    private JpegBits bits;

    private int[] which;
    private JpegCode[] firstCodes;
    private JpegCode[] otherCodes;
    private int first;
    private int last;
    private int low;
    private boolean refined;
    private int restartInterval;
    private int untilRestart;
    private int restarts;
    /** Blocks to come that hold nothing new. */
    private int emptyBlocks;

    private JpegScans(Bytes in, int start, Runnable check) {
        this.in = in;
        this.start = start;
        this.check = check;
    }

    /**
     * Puts the scans of a stream together; null where anything in it is damaged: the decoder makes of that what it made
     * before.
     *
     * @param check called every row of blocks; what it throws ends the work
     */
    public static ArrayInputStream merge(byte[] array, int from, int length, Runnable check) {
        try {
            return new JpegScans(new Bytes(array, from + length, "JPEG"), from, check).merge();
        } catch (Unreadable e) {
            return null;
        }
    }

    /** Bytes of what is written: about as many as the scans have, and a few bits for each block. */
    static long written(long scanBytes, long samples) {
        return HEADERS + 2 * scanBytes + samples / BLOCK;
    }

    private ArrayInputStream merge() throws Unreadable {
        walk();
        for (Component component : components) {
            component.coefficients = new short[Math.toIntExact((long) BLOCK * component.across * component.down)];
        }
        long bytes = 0;
        for (Scan scan : scans) {
            read(scan);
            bytes += scan.to - scan.from;
        }
        if (progressive) {
            guess();
        }
        long blocks =
                components.stream().mapToLong(c -> (long) c.across * c.down).sum();
        int most = (int) Math.min(Integer.MAX_VALUE - 8, written(bytes, BLOCK * blocks));
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
                scans.add(new Scan(from - length, from, at, tables.copy()));
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
            Component component = new Component(in.u8(at + 8 + 3 * i), in.u8(at + 9 + 3 * i), in.u8(at + 10 + 3 * i));
            components.add(component);
            widest = Math.max(widest, component.horizontal);
            highest = Math.max(highest, component.vertical);
        }
        mcusAcross = ceil(width, 8 * widest);
        mcusDown = ceil(height, 8 * highest);
        for (Component component : components) {
            component.across = mcusAcross * component.horizontal;
            component.down = mcusDown * component.vertical;
            component.wide = ceil(width * component.horizontal, 8 * widest);
            component.high = ceil(height * component.vertical, 8 * highest);
        }
    }

    private static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }

    private void read(Scan scan) throws Unreadable {
        readScanHeader(scan);
        bits = new JpegBits(in.array(), scan.from, scan.to);
        restartInterval = scan.tables.restartInterval();
        untilRestart = restartInterval;
        restarts = 0;
        emptyBlocks = 0;
        if (which.length == 1) {
            readBlocks(components.get(which[0]));
        } else {
            readMcus();
        }
    }

    private void readScanHeader(Scan scan) throws Unreadable {
        int count = in.u8(scan.at + 2);
        int parameters = scan.at + 3 + 2 * count;
        first = in.u8(parameters);
        last = in.u8(parameters + 1);
        int high = in.u8(parameters + 2) >> 4;
        low = in.u8(parameters + 2) & 15;
        refined = high != 0;
        checkScan(count, high);
        which = new int[count];
        firstCodes = new JpegCode[count];
        otherCodes = new JpegCode[count];
        for (int i = 0; i < count; i++) {
            which[i] = component(in.u8(scan.at + 3 + 2 * i));
            Component component = components.get(which[i]);
            int codes = in.u8(scan.at + 4 + 2 * i);
            if (component.factors == null) {
                component.factors = scan.tables.quantization(component.quantization);
            }
            component.predicted = 0;
            firstCodes[i] = first == 0 && !refined ? scan.tables.code(0, codes >> 4) : null;
            otherCodes[i] = last > 0 ? scan.tables.code(1, codes & 15) : null;
            for (int k = first; k <= Math.min(last, GUESSED - 1); k++) {
                component.known[k] = low;
            }
        }
    }

    private int component(int id) throws Unreadable {
        for (int i = 0; i < components.size(); i++) {
            if (components.get(i).id == id) {
                return i;
            }
        }
        throw Unreadable.damaged("JPEG", "a scan of component [" + id + "], which there is not");
    }

    private void checkScan(int count, int high) throws Unreadable {
        boolean good;
        if (!progressive) {
            good = first == 0 && last == BLOCK - 1 && low == 0 && high == 0;
        } else {
            boolean range = first == 0 ? last == 0 : last >= first && last < BLOCK && count == 1;
            good = range && (high == 0 || high == low + 1) && low <= HIGHEST_BIT;
        }
        if (!good) {
            throw Unreadable.damaged("JPEG", "a scan of coefficients [" + first + "] to [" + last + "]");
        }
    }

    /** Of one component: only the blocks with pixels. */
    private void readBlocks(Component component) throws Unreadable {
        for (int y = 0; y < component.high; y++) {
            check.run();
            for (int x = 0; x < component.wide; x++) {
                countToRestart();
                block(component, 0, BLOCK * (y * component.across + x));
            }
        }
    }

    private void readMcus() throws Unreadable {
        for (int y = 0; y < mcusDown; y++) {
            check.run();
            for (int x = 0; x < mcusAcross; x++) {
                countToRestart();
                for (int i = 0; i < which.length; i++) {
                    Component component = components.get(which[i]);
                    for (int j = 0; j < component.blocks(); j++) {
                        block(component, i, place(component, x, y, j));
                    }
                }
            }
        }
    }

    private static int place(Component component, int x, int y, int block) {
        int row = y * component.vertical + block / component.horizontal;
        int column = x * component.horizontal + block % component.horizontal;
        return BLOCK * (row * component.across + column);
    }

    private void countToRestart() throws Unreadable {
        if (restartInterval == 0) {
            return;
        }
        if (untilRestart == 0) {
            bits.restart(restarts++ & 7);
            untilRestart = restartInterval;
            emptyBlocks = 0;
            for (int i : which) {
                components.get(i).predicted = 0;
            }
        }
        untilRestart--;
    }

    private void block(Component component, int i, int at) throws Unreadable {
        short[] to = component.coefficients;
        if (!progressive) {
            to[at] = (short) difference(component, i);
            others(to, at, otherCodes[i]);
        } else if (first > 0) {
            if (refined) {
                refine(to, at, otherCodes[i]);
            } else {
                begin(to, at, otherCodes[i]);
            }
        } else if (!refined) {
            to[at] = (short) (difference(component, i) << low);
        } else if (bits.flag()) {
            to[at] |= (short) (1 << low);
        }
    }

    /** The first coefficient, of which only the difference to the last block's is there. */
    private int difference(Component component, int i) throws Unreadable {
        component.predicted += bits.signed(firstCodes[i].read(bits));
        return component.predicted;
    }

    private static int within(int k, int most) throws Unreadable {
        if (k > most) {
            throw Unreadable.damaged("JPEG", "a coefficient [" + k + "] behind the last one");
        }
        return k;
    }

    /** Section F.2.2.2. */
    private void others(short[] to, int at, JpegCode code) throws Unreadable {
        for (int k = 1; k < BLOCK; k++) {
            int symbol = code.read(bits);
            if ((symbol & 15) != 0) {
                k += symbol >> 4;
                to[at + within(k, BLOCK - 1)] = (short) bits.signed(symbol & 15);
            } else if (symbol == 0xf0) {
                k += 15;
            } else {
                return;
            }
        }
    }

    /** Section G.1.2.2. */
    private void begin(short[] to, int at, JpegCode code) throws Unreadable {
        if (emptyBlocks > 0) {
            emptyBlocks--;
            return;
        }
        for (int k = first; k <= last; k++) {
            int symbol = code.read(bits);
            int run = symbol >> 4;
            if ((symbol & 15) != 0) {
                k += run;
                to[at + within(k, last)] = (short) (bits.signed(symbol & 15) << low);
            } else if (run == 15) {
                k += 15;
            } else {
                emptyBlocks = (1 << run) + bits.read(run) - 1;
                return;
            }
        }
    }

    /** Section G.1.2.3. */
    private void refine(short[] to, int at, JpegCode code) throws Unreadable {
        int bit = 1 << low;
        int k = first;
        while (emptyBlocks == 0 && k <= last) {
            int symbol = code.read(bits);
            int run = symbol >> 4;
            int fresh = 0;
            if ((symbol & 15) > 1) {
                throw Unreadable.damaged("JPEG", "a correction of [" + (symbol & 15) + "] bits");
            }
            if ((symbol & 15) != 0) {
                fresh = bits.flag() ? bit : -bit;
            } else if (run < 15) {
                emptyBlocks = (1 << run) + bits.read(run);
                break;
            }
            for (; k <= last; k++) {
                if (to[at + k] != 0) {
                    correct(to, at + k, bit);
                } else if (run-- == 0) {
                    break;
                }
            }
            if (fresh != 0) {
                to[at + within(k, last)] = (short) fresh;
            }
            k++;
        }
        if (emptyBlocks > 0) {
            emptyBlocks--;
            for (; k <= last; k++) {
                if (to[at + k] != 0) {
                    correct(to, at + k, bit);
                }
            }
        }
    }

    private void correct(short[] to, int at, int bit) throws Unreadable {
        if (bits.flag() && (to[at] & bit) == 0) {
            to[at] += (short) (to[at] >= 0 ? bit : -bit);
        }
    }

    /** Where any of the first coefficients is not known to its last bit, guesses them (section K.8). */
    private void guess() {
        boolean useful = false;
        for (Component component : components) {
            for (int k = 0; k < GUESSED; k++) {
                if (component.factors[k] == 0) {
                    return;
                }
                useful |= k > 0 && component.known[k] != 0;
            }
        }
        for (Component component : useful ? components : List.<Component>of()) {
            for (int y = 0; y < component.high; y++) {
                check.run();
                guess(component, y);
            }
        }
    }

    /** From the first coefficients of the blocks around, which stay as they are. */
    private static void guess(Component component, int y) {
        short[] values = component.coefficients;
        int stride = BLOCK * component.across;
        long step = component.factors[0];
        for (int x = 0; x < component.wide; x++) {
            int at = y * stride + BLOCK * x;
            int left = x == 0 ? at : at - BLOCK;
            int right = x == component.wide - 1 ? at : at + BLOCK;
            int above = y == 0 ? 0 : -stride;
            int below = y == component.high - 1 ? 0 : stride;
            int across = values[left] - values[right];
            int down = values[at + above] - values[at + below];
            int corners = values[left + above] - values[right + above] - values[left + below] + values[right + below];
            int bentDown = values[at + above] + values[at + below] - 2 * values[at];
            int bentAcross = values[left] + values[right] - 2 * values[at];
            guess(component, at, 1, 36 * step * across);
            guess(component, at, 2, 36 * step * down);
            guess(component, at, 3, 9 * step * bentDown);
            guess(component, at, 4, 5 * step * corners);
            guess(component, at, 5, 9 * step * bentAcross);
        }
    }

    private static void guess(Component component, int at, int k, long slope) {
        int lowest = component.known[k];
        if (lowest == 0 || component.coefficients[at + k] != 0) {
            return;
        }
        long factor = component.factors[k];
        long size = ((factor << 7) + Math.abs(slope)) / (factor << 8);
        if (lowest > 0) {
            size = Math.min(size, (1L << lowest) - 1);
        }
        component.coefficients[at + k] = (short) (slope >= 0 ? size : -size);
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

    /** Each component has a table of its own, as they may have been different ones of the same number. */
    private void writeFactors(int component, boolean wide, JpegOutput out) throws Unreadable {
        byte[] table = new byte[1 + (wide ? 2 : 1) * BLOCK];
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

    /** One scan, or one for each component where they are too many blocks for one. */
    private void writeScans(JpegOutput out) throws Unreadable {
        JpegWriter writer = new JpegWriter(out);
        int blocks = components.stream().mapToInt(Component::blocks).sum();
        boolean together = components.size() == 1 || blocks <= MOST_BLOCKS_AT_ONCE;
        for (int i = 0; i < (together ? 1 : components.size()); i++) {
            List<Component> some = together ? components : components.subList(i, i + 1);
            give(some, i, writer);
            writer.begin(some, i);
            give(some, i, writer);
            writer.end();
        }
    }

    /** Gives all blocks to a writer, in the order of a scan. */
    private void give(List<Component> some, int from, JpegWriter writer) throws Unreadable {
        if (some.size() == 1) {
            Component component = some.getFirst();
            for (int y = 0; y < component.high; y++) {
                check.run();
                for (int x = 0; x < component.wide; x++) {
                    writer.block(component.coefficients, BLOCK * (y * component.across + x), from);
                }
            }
            return;
        }
        for (int y = 0; y < mcusDown; y++) {
            check.run();
            for (int x = 0; x < mcusAcross; x++) {
                for (int i = 0; i < some.size(); i++) {
                    Component component = some.get(i);
                    for (int j = 0; j < component.blocks(); j++) {
                        writer.block(component.coefficients, place(component, x, y, j), from + i);
                    }
                }
            }
        }
    }
}
