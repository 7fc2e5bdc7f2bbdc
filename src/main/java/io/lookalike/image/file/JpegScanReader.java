package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.List;

/**
 * Reads the scans of a JPEG, baseline or progressive, and adds their bits to the coefficients of the components (ITU-T
 * T.81, annexes F and G). For one picture and one thread.
 */
final class JpegScanReader {
    private static final int HIGHEST_BIT = 13;

    /** Positions of a scan's header and bits, and its tables. */
    record Scan(int at, int from, int to, JpegTables tables) {}

    private final Bytes in;
    private final List<JpegComponent> components;
    private final boolean progressive;
    private final int mcusAcross;
    private final int mcusDown;
    private final Runnable check;

    private JpegBits bits;
    /** The indexes of the scan's components. */
    private int[] which;

    private JpegCode[] firstCodes;
    private JpegCode[] otherCodes;
    /** The first and the last coefficient in the scan. */
    private int first;

    private int last;
    /** The lowest bit in the scan. */
    private int low;
    /** Whether the scan adds a bit to coefficients of earlier scans. */
    private boolean refined;

    private int restartInterval;
    private int untilRestart;
    private int restarts;
    /** How many of the next blocks have no bits in this scan. */
    private int emptyBlocks;

    JpegScanReader(
            Bytes in,
            List<JpegComponent> components,
            boolean progressive,
            int mcusAcross,
            int mcusDown,
            Runnable check) {
        this.in = in;
        this.components = components;
        this.progressive = progressive;
        this.mcusAcross = mcusAcross;
        this.mcusDown = mcusDown;
        this.check = check;
    }

    void read(Scan scan) throws Unreadable {
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
        int count = in.u8(scan.at() + 2);
        int parameters = scan.at() + 3 + 2 * count;
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
            which[i] = component(in.u8(scan.at() + 3 + 2 * i));
            JpegComponent component = components.get(which[i]);
            int codes = in.u8(scan.at() + 4 + 2 * i);
            if (component.factors == null) {
                component.factors = scan.tables().quantization(component.quantization);
            }
            component.predicted = 0;
            firstCodes[i] = first == 0 && !refined ? scan.tables().code(0, codes >> 4) : null;
            otherCodes[i] = last > 0 ? scan.tables().code(1, codes & 15) : null;
            for (int k = first; k <= Math.min(last, JpegComponent.SMOOTHED - 1); k++) {
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
            good = first == 0 && last == JpegComponent.BLOCK - 1 && low == 0 && high == 0;
        } else {
            boolean range = first == 0 ? last == 0 : last >= first && last < JpegComponent.BLOCK && count == 1;
            good = range && (high == 0 || high == low + 1) && low <= HIGHEST_BIT;
        }
        if (!good) {
            throw Unreadable.damaged("JPEG", "a scan of coefficients [" + first + "] to [" + last + "]");
        }
    }

    /** A scan of one component holds only the blocks with pixels. */
    private void readBlocks(JpegComponent component) throws Unreadable {
        for (int y = 0; y < component.high; y++) {
            check.run();
            for (int x = 0; x < component.wide; x++) {
                countToRestart();
                block(component, 0, JpegComponent.BLOCK * (y * component.across + x));
            }
        }
    }

    private void readMcus() throws Unreadable {
        for (int y = 0; y < mcusDown; y++) {
            check.run();
            for (int x = 0; x < mcusAcross; x++) {
                countToRestart();
                for (int i = 0; i < which.length; i++) {
                    JpegComponent component = components.get(which[i]);
                    for (int j = 0; j < component.blocks(); j++) {
                        block(component, i, component.place(x, y, j));
                    }
                }
            }
        }
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

    private void block(JpegComponent component, int i, int at) throws Unreadable {
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

    /** The first coefficient, which is sent as the difference from the last block's. */
    private int difference(JpegComponent component, int i) throws Unreadable {
        component.predicted += bits.signed(firstCodes[i].read(bits));
        return component.predicted;
    }

    private static int within(int k, int most) throws Unreadable {
        if (k > most) {
            throw Unreadable.damaged("JPEG", "a coefficient [" + k + "] behind the last one");
        }
        return k;
    }

    /** Reads a block of a baseline scan without its first coefficient (F.2.2.2). */
    private void others(short[] to, int at, JpegCode code) throws Unreadable {
        for (int k = 1; k < JpegComponent.BLOCK; k++) {
            int symbol = code.read(bits);
            if ((symbol & 15) != 0) {
                k += symbol >> 4;
                to[at + within(k, JpegComponent.BLOCK - 1)] = (short) bits.signed(symbol & 15);
            } else if (symbol == 0xf0) {
                k += 15;
            } else {
                return;
            }
        }
    }

    /** Reads a block of a first scan of coefficients (G.1.2.2). */
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

    /** Reads one more bit of the coefficients of a block (G.1.2.3). */
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
}
