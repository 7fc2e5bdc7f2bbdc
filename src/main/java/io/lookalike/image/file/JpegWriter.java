package io.lookalike.image.file;

import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the coefficients of a JPEG as one scan of Huffman codes (ITU-T T.81, annexes F and K.2).
 *
 * <p>All blocks are passed twice: first to count symbols, so that the codes are optimal, then to write. For one picture
 * and one thread.
 */
final class JpegWriter {

    private static final int LONGEST = 16;
    private static final int SYMBOLS = 256;
    private static final int LARGEST = 32767;

    /** Symbol counts, for the first component and for all others, each for first coefficients and for the others. */
    private final int[][] counts = new int[4][SYMBOLS];

    /** By symbol: the code shifted left by eight, plus its length. */
    private final int[][] codes = new int[4][];

    private final JpegOutput out;
    private final int[] last = new int[4];
    private boolean writing;
    private long value;
    private int pending;

    JpegWriter(JpegOutput out) {
        this.out = out;
    }

    /** Ends counting: writes the tables and the scan's header. {@code from} is the index of the first component. */
    void begin(List<JpegComponent> components, int from) throws Unreadable {
        for (int i = 0; i < codes.length; i++) {
            codes[i] = codes(counts[i], i);
            Arrays.fill(counts[i], 0);
        }
        out.marker(0xda);
        out.u16(6 + 2 * components.size());
        out.u8(components.size());
        for (int i = 0; i < components.size(); i++) {
            out.u8(components.get(i).id);
            out.u8(from + i == 0 ? 0 : 0x11);
        }
        out.u8(0);
        out.u8(63);
        out.u8(0);
        Arrays.fill(last, 0);
        writing = true;
    }

    /** Ends the scan. */
    void end() throws Unreadable {
        put(0x7f, 7);
        value = 0;
        pending = 0;
        Arrays.fill(last, 0);
        writing = false;
    }

    /** The next block. */
    void block(short[] from, int at, int component) throws Unreadable {
        int table = component == 0 ? 0 : 2;
        // a decoder adds the differences in sixteen bits
        int difference = Math.max(-LARGEST, (short) (from[at] - last[component]));
        last[component] = from[at];
        put(table, 0, difference);
        int run = 0;
        for (int k = 1; k < 64; k++) {
            int coefficient = from[at + k];
            if (coefficient == 0) {
                run++;
                continue;
            }
            for (; run > 15; run -= 16) {
                put(table + 1, 0xf0, 0);
            }
            put(table + 1, run << 4, Math.max(-LARGEST, coefficient));
            run = 0;
        }
        if (run > 0) {
            put(table + 1, 0, 0);
        }
    }

    private void put(int table, int run, int number) throws Unreadable {
        int size = 32 - Integer.numberOfLeadingZeros(Math.abs(number));
        if (!writing) {
            counts[table][run | size]++;
            return;
        }
        int code = codes[table][run | size];
        put(code >>> 8, code & 0xff);
        if (size > 0) {
            put((number < 0 ? number - 1 : number) & ((1 << size) - 1), size);
        }
    }

    private void put(int bits, int count) throws Unreadable {
        value = value << count | bits;
        pending += count;
        while (pending >= 8) {
            pending -= 8;
            int next = (int) (value >>> pending) & 0xff;
            out.u8(next);
            if (next == 0xff) {
                out.u8(0);
            }
        }
    }

    /** Computes the codes for the counts, and writes their table. */
    private int[] codes(int[] count, int table) throws Unreadable {
        int[] lengths = lengths(count);
        byte[] segment = new byte[17 + SYMBOLS];
        segment[0] = (byte) ((table & 1) << 4 | table >> 1);
        int[] made = new int[SYMBOLS];
        int used = 17;
        int code = 0;
        for (int length = 1; length <= LONGEST; length++) {
            for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                if (lengths[symbol] == length) {
                    made[symbol] = code++ << 8 | length;
                    segment[used++] = (byte) symbol;
                    segment[length]++;
                }
            }
            code <<= 1;
        }
        out.segment(JpegTables.HUFFMAN, segment, 0, used);
        return made;
    }

    /**
     * Huffman code lengths of at most sixteen bits; one symbol if nothing was counted. An extra symbol takes the code
     * of all ones, which the format forbids.
     */
    private static int[] lengths(int[] count) {
        long[] weights = new long[SYMBOLS + 1];
        long sum = 0;
        for (int i = 0; i < SYMBOLS; i++) {
            weights[i] = count[i];
            sum += count[i];
        }
        weights[0] += sum == 0 ? 1 : 0;
        weights[SYMBOLS] = 1;
        int[] lengths = huffman(weights);
        while (longest(lengths) > LONGEST) {
            // flatter weights give shorter codes
            for (int i = 0; i <= SYMBOLS; i++) {
                weights[i] = weights[i] == 0 ? 0 : weights[i] / 2 + 1;
            }
            lengths = huffman(weights);
        }
        int longest = longest(lengths);
        for (int i = 0; i < SYMBOLS && lengths[SYMBOLS] < longest; i++) {
            if (lengths[i] == longest) {
                lengths[i] = lengths[SYMBOLS];
                lengths[SYMBOLS] = longest;
            }
        }
        return lengths;
    }

    private static int longest(int[] lengths) {
        return Arrays.stream(lengths).max().orElse(0);
    }

    private static int[] huffman(long[] weights) {
        int count = weights.length;
        long[] left = weights.clone();
        int[] group = new int[count];
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
            group[i] = i;
        }
        while (true) {
            int least = -1;
            int second = -1;
            for (int i = 0; i < count; i++) {
                if (left[i] == 0) {
                    continue;
                }
                if (least < 0 || left[i] <= left[least]) {
                    second = least;
                    least = i;
                } else if (second < 0 || left[i] <= left[second]) {
                    second = i;
                }
            }
            if (second < 0) {
                return lengths;
            }
            left[least] += left[second];
            left[second] = 0;
            for (int i = 0; i < count; i++) {
                if (group[i] == least || group[i] == second) {
                    group[i] = least;
                    lengths[i]++;
                }
            }
        }
    }
}
