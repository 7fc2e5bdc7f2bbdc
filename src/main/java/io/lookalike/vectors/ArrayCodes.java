package io.lookalike.vectors;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The loops of {@link Hamming} over codes in a byte array; {@link MappedCodes} holds the same loops for mapped memory.
 *
 * <p>Distances are written from index {@code first} on, because a caller may pass the codes block by block. Stateless
 * and thread-safe.
 */
final class ArrayCodes {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle HALF = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private ArrayCodes() {}

    static void distances(byte[] codes, int offset, int codeBytes, int first, int count, byte[] query, short[] out) {
        long[] q = Hamming.words(query);
        int most = Byte.SIZE * codeBytes;
        if (query.length < codeBytes) {
            for (int i = 0; i < count; i++) {
                out[first + i] = Hamming.checked(Hamming.distance(query, codes, offset + i * codeBytes), most);
            }
            return;
        }
        switch (codeBytes) {
            case 4 -> codes4(codes, offset, first, count, ArrayCodes.half(query, 0), most, out);
            case 8 -> codes8(codes, offset, first, count, q, out);
            case 16 -> codes16(codes, offset, first, count, q, most, out);
            case 32 -> codes32(codes, offset, first, count, q, most, out);
            case 64 -> codes64(codes, offset, first, count, q, most, out);
            case 128 -> codes128(codes, offset, first, count, q, most, out);
            case 1, 2, 3, 5, 6, 7 -> shortCodes(codes, offset, first, count, query, most, out);
            default -> codes(codes, offset, first, count, q, query, most, out);
        }
    }

    private static void codes4(byte[] codes, int offset, int first, int count, int q, int most, short[] out) {
        for (int i = 0; i < count; i++) {
            out[first + i] = Hamming.checked(Integer.bitCount(half(codes, offset + 4 * i) ^ q), most);
        }
    }

    /** Without the range check, see {@link MappedCodes}; the loop over half words is faster with it. */
    private static void codes8(byte[] codes, int offset, int first, int count, long[] q, short[] out) {
        long q0 = q[0];
        for (int i = 0; i < count; i++) {
            out[first + i] = (short) bits(codes, offset + 8 * i, q0);
        }
    }

    private static void codes16(byte[] codes, int offset, int first, int count, long[] q, int most, short[] out) {
        long q0 = q[0];
        long q1 = q[1];
        for (int i = 0; i < count; i++) {
            int at = offset + 16 * i;
            out[first + i] = Hamming.checked(bits(codes, at, q0) + bits(codes, at + 8, q1), most);
        }
    }

    private static void codes32(byte[] codes, int offset, int first, int count, long[] q, int most, short[] out) {
        long q0 = q[0];
        long q1 = q[1];
        long q2 = q[2];
        long q3 = q[3];
        for (int i = 0; i < count; i++) {
            out[first + i] = Hamming.checked(bits(codes, offset + 32 * i, q0, q1, q2, q3), most);
        }
    }

    private static void codes64(byte[] codes, int offset, int first, int count, long[] q, int most, short[] out) {
        long q0 = q[0];
        long q1 = q[1];
        long q2 = q[2];
        long q3 = q[3];
        long q4 = q[4];
        long q5 = q[5];
        long q6 = q[6];
        long q7 = q[7];
        for (int i = 0; i < count; i++) {
            int at = offset + 64 * i;
            out[first + i] =
                    Hamming.checked(bits(codes, at, q0, q1, q2, q3) + bits(codes, at + 32, q4, q5, q6, q7), most);
        }
    }

    /** Sixteen words do not fit into the registers, so the query is read again for each code. */
    private static void codes128(byte[] codes, int offset, int first, int count, long[] q, int most, short[] out) {
        for (int i = 0; i < count; i++) {
            int at = offset + 128 * i;
            int d = bits(codes, at, q[0], q[1], q[2], q[3]);
            d += bits(codes, at + 32, q[4], q[5], q[6], q[7]);
            d += bits(codes, at + 64, q[8], q[9], q[10], q[11]);
            out[first + i] = Hamming.checked(d + bits(codes, at + 96, q[12], q[13], q[14], q[15]), most);
        }
    }

    /** Any length from 8 bytes: four words at a time, then single words, then the remaining bytes. */
    private static void codes(
            byte[] codes, int offset, int first, int count, long[] q, byte[] query, int most, short[] out) {
        int lastWord = query.length - Long.BYTES;
        long last = ArrayCodes.word(query, lastWord);
        int counted = Byte.SIZE * (Long.BYTES * q.length - lastWord);
        int at = offset;
        for (int i = 0; i < count; i++) {
            int d = 0;
            int w = 0;
            for (; w + 4 <= q.length; w += 4) {
                d = Hamming.checked(d + bits(codes, at + 8 * w, q[w], q[w + 1], q[w + 2], q[w + 3]), most);
            }
            for (; w < q.length; w++) {
                d = Hamming.checked(d + bits(codes, at + 8 * w, q[w]), most);
            }
            if (counted < Long.SIZE) {
                d += Long.bitCount((word(codes, at + lastWord) ^ last) >>> counted);
            }
            out[first + i] = Hamming.checked(d, most);
            at += query.length;
        }
    }

    private static void shortCodes(
            byte[] codes, int offset, int first, int count, byte[] query, int most, short[] out) {
        int at = offset;
        for (int i = 0; i < count; i++) {
            int d = 0;
            for (int b = 0; b < query.length; b++) {
                d += Integer.bitCount((codes[at + b] ^ query[b]) & 0xFF);
            }
            out[first + i] = Hamming.checked(d, most);
            at += query.length;
        }
    }

    private static int bits(byte[] codes, int at, long q0, long q1, long q2, long q3) {
        return bits(codes, at, q0) + bits(codes, at + 8, q1) + bits(codes, at + 16, q2) + bits(codes, at + 24, q3);
    }

    private static int bits(byte[] codes, int at, long q) {
        return Long.bitCount(word(codes, at) ^ q);
    }

    static long word(byte[] codes, int at) {
        return (long) WORD.get(codes, at);
    }

    static int half(byte[] codes, int at) {
        return (int) HALF.get(codes, at);
    }
}
