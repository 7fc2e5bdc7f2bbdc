package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/**
 * The valid tables at some point of a JPEG (ITU-T T.81, B.2.4): the position of the latest table of each number.
 *
 * <p>At most four quantization and eight Huffman tables. For one thread.
 */
final class JpegTables {

    static final int QUANTIZATION = 0xdb;
    static final int HUFFMAN = 0xc4;
    static final int RESTART = 0xdd;

    private static final int KINDS = 4;
    private static final int ABSENT = -1;

    private final Bytes in;
    private final int[] quantization;
    /** Tables of first coefficients, then of the others. */
    private final int[] huffman;

    private int restartInterval;

    private JpegTables(Bytes in, int[] quantization, int[] huffman, int restartInterval) {
        this.in = in;
        this.quantization = quantization;
        this.huffman = huffman;
        this.restartInterval = restartInterval;
    }

    /** Without any table. */
    static JpegTables none(Bytes in) {
        int[] four = new int[KINDS];
        int[] eight = new int[2 * KINDS];
        Arrays.fill(four, ABSENT);
        Arrays.fill(eight, ABSENT);
        return new JpegTables(in, four, eight, 0);
    }

    JpegTables copy() {
        return new JpegTables(in, quantization.clone(), huffman.clone(), restartInterval);
    }

    /** MCUs between two restart markers; 0 if there are none. */
    int restartInterval() {
        return restartInterval;
    }

    /** Records the tables of a segment; ignores other segments. {@code at} is the position of its length. */
    void read(int marker, int at, int length) throws Unreadable {
        switch (marker) {
            case QUANTIZATION -> readQuantization(at + 2, at + length);
            case HUFFMAN -> readHuffman(at + 2, at + length);
            case RESTART -> {
                if (length != 4) {
                    throw Unreadable.damaged("JPEG", "a restart interval of [" + length + "] bytes");
                }
                restartInterval = in.u16(at + 2);
            }
            default -> {}
        }
    }

    private void readQuantization(int from, int to) throws Unreadable {
        for (int at = from; at < to; at += 1 + quantizationBytes(at)) {
            int number = in.u8(at) & 15;
            if (number >= KINDS || at + 1 + quantizationBytes(at) > to) {
                throw Unreadable.damaged("JPEG", "a quantization table [" + number + "] of too few bytes");
            }
            quantization[number] = at;
        }
    }

    private int quantizationBytes(int at) throws Unreadable {
        return in.u8(at) >> 4 == 0 ? 64 : 128;
    }

    private void readHuffman(int from, int to) throws Unreadable {
        for (int at = from; at < to; ) {
            int kind = in.u8(at);
            if (at + 17 > to || (kind & 15) >= KINDS || kind >> 4 > 1) {
                throw Unreadable.damaged("JPEG", "a Huffman table [" + kind + "] of too few bytes");
            }
            int symbols = 0;
            for (int i = 1; i <= 16; i++) {
                symbols += in.u8(at + i);
            }
            if (symbols > 256 || at + 17 + symbols > to) {
                throw Unreadable.damaged("JPEG", "a Huffman table of [" + symbols + "] symbols");
            }
            huffman[(kind >> 4) * KINDS + (kind & 15)] = at;
            at += 17 + symbols;
        }
    }

    /** The 64 factors of a table, in the order of the file. */
    int[] quantization(int number) throws Unreadable {
        int at = number < KINDS ? quantization[number] : ABSENT;
        if (at < 0) {
            throw Unreadable.damaged("JPEG", "it has no quantization table [" + number + "]");
        }
        int[] factors = new int[64];
        boolean bytes = in.u8(at) >> 4 == 0;
        for (int i = 0; i < factors.length; i++) {
            factors[i] = bytes ? in.u8(at + 1 + i) : in.u16(at + 1 + 2 * i);
        }
        return factors;
    }

    /** A Huffman table of first coefficients ({@code kind} 0) or of others (1). */
    JpegCode code(int kind, int number) throws Unreadable {
        int at = number < KINDS ? huffman[kind * KINDS + number] : ABSENT;
        if (at < 0) {
            throw Unreadable.damaged("JPEG", "it has no Huffman table [" + number + "]");
        }
        return new JpegCode(in, at, kind == 0 ? 15 : 255);
    }
}
