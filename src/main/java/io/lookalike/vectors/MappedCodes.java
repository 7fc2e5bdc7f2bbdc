package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The loops of {@link Hamming} over codes in mapped memory; {@link ArrayCodes} holds the same loops for arrays.
 *
 * <p>Takes only mapped segments, because a second kind of memory would make the loops slow (see {@link Hamming}).
 * Stateless and thread-safe.
 */
final class MappedCodes {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt HALF = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MappedCodes() {}

    static void distances(MemorySegment codes, long offset, int codeBytes, int count, byte[] query, short[] out) {
        long[] q = Hamming.words(query);
        int most = Byte.SIZE * codeBytes;
        if (query.length < codeBytes) {
            firstBytes(codes, offset, codeBytes, count, q, query, most, out);
            return;
        }
        switch (codeBytes) {
            case 4 -> codes4(codes, offset, count, ArrayCodes.half(query, 0), most, out);
            case 8 -> codes8(codes, offset, count, q, out);
            case 16 -> codes16(codes, offset, count, q, most, out);
            case 32 -> codes32(codes, offset, count, q, most, out);
            case 64 -> codes64(codes, offset, count, q, most, out);
            case 128 -> codes128(codes, offset, count, q, most, out);
            case 1, 2, 3, 5, 6, 7 -> shortCodes(codes, offset, count, query, most, out);
            default -> codes(codes, offset, count, q, query, most, out);
        }
    }

    private static void codes4(MemorySegment codes, long offset, int count, int q, int most, short[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = Hamming.checked(Integer.bitCount(half(codes, offset + 4L * i) ^ q), most);
        }
    }

    /** Without the range check: 17 GB/s; with it 14.5; packing four distances into one store made it 14. */
    private static void codes8(MemorySegment codes, long offset, int count, long[] q, short[] out) {
        long q0 = q[0];
        for (int i = 0; i < count; i++) {
            out[i] = (short) bits(codes, offset + 8L * i, q0);
        }
    }

    private static void codes16(MemorySegment codes, long offset, int count, long[] q, int most, short[] out) {
        long q0 = q[0];
        long q1 = q[1];
        for (int i = 0; i < count; i++) {
            long at = offset + 16L * i;
            out[i] = Hamming.checked(bits(codes, at, q0) + bits(codes, at + 8, q1), most);
        }
    }

    private static void codes32(MemorySegment codes, long offset, int count, long[] q, int most, short[] out) {
        long q0 = q[0];
        long q1 = q[1];
        long q2 = q[2];
        long q3 = q[3];
        for (int i = 0; i < count; i++) {
            out[i] = Hamming.checked(bits(codes, offset + 32L * i, q0, q1, q2, q3), most);
        }
    }

    private static void codes64(MemorySegment codes, long offset, int count, long[] q, int most, short[] out) {
        long q0 = q[0];
        long q1 = q[1];
        long q2 = q[2];
        long q3 = q[3];
        long q4 = q[4];
        long q5 = q[5];
        long q6 = q[6];
        long q7 = q[7];
        for (int i = 0; i < count; i++) {
            long at = offset + 64L * i;
            out[i] = Hamming.checked(bits(codes, at, q0, q1, q2, q3) + bits(codes, at + 32, q4, q5, q6, q7), most);
        }
    }

    /** Sixteen words do not fit into the registers, so the query is read again for each code. */
    private static void codes128(MemorySegment codes, long offset, int count, long[] q, int most, short[] out) {
        for (int i = 0; i < count; i++) {
            long at = offset + 128L * i;
            int d = bits(codes, at, q[0], q[1], q[2], q[3]);
            d += bits(codes, at + 32, q[4], q[5], q[6], q[7]);
            d += bits(codes, at + 64, q[8], q[9], q[10], q[11]);
            out[i] = Hamming.checked(d + bits(codes, at + 96, q[12], q[13], q[14], q[15]), most);
        }
    }

    /** Any length from 8 bytes: four words at a time, then single words, then the remaining bytes. */
    private static void codes(
            MemorySegment codes, long offset, int count, long[] q, byte[] query, int most, short[] out) {
        int lastWord = query.length - Long.BYTES;
        long last = ArrayCodes.word(query, lastWord);
        int counted = Byte.SIZE * (Long.BYTES * q.length - lastWord);
        long at = offset;
        for (int i = 0; i < count; i++) {
            int d = 0;
            int w = 0;
            for (; w + 4 <= q.length; w += 4) {
                d = Hamming.checked(d + bits(codes, at + 8L * w, q[w], q[w + 1], q[w + 2], q[w + 3]), most);
            }
            for (; w < q.length; w++) {
                d = Hamming.checked(d + bits(codes, at + 8L * w, q[w]), most);
            }
            if (counted < Long.SIZE) {
                d += Long.bitCount((word(codes, at + lastWord) ^ last) >>> counted);
            }
            out[i] = Hamming.checked(d, most);
            at += query.length;
        }
    }

    private static void shortCodes(MemorySegment codes, long offset, int count, byte[] query, int most, short[] out) {
        long at = offset;
        for (int i = 0; i < count; i++) {
            int d = 0;
            for (int b = 0; b < query.length; b++) {
                d += Integer.bitCount((codes.get(ValueLayout.JAVA_BYTE, at + b) ^ query[b]) & 0xFF);
            }
            out[i] = Hamming.checked(d, most);
            at += query.length;
        }
    }

    /** Compares the first bytes of codes that are longer than the query. */
    private static void firstBytes(
            MemorySegment codes, long offset, int codeBytes, int count, long[] q, byte[] query, int most, short[] out) {
        for (int i = 0; i < count; i++) {
            long at = offset + (long) i * codeBytes;
            int d = bytes(codes, at, Long.BYTES * q.length, query);
            for (int w = 0; w < q.length; w++) {
                d = Hamming.checked(d + bits(codes, at + 8L * w, q[w]), most);
            }
            out[i] = Hamming.checked(d, most);
        }
    }

    /**
     * For scattered codes, cache misses take the time. So a separate loop reads the first and last words of all codes
     * (a cache line may end between them). It has so few instructions that many of its reads overlap. One code in 64 of
     * a million of 256 bits takes 6.5 ns like this, one in 16 6.2, one in 4 14; one loop for all words and lengths took
     * 13, 49 and 24, one with the four words written out 6.3, 5.3 and 15.
     */
    static void distances(MemorySegment codes, int codeBytes, int[] ords, int count, byte[] query, short[] out) {
        long[] q = Hamming.words(query);
        int most = Byte.SIZE * codeBytes;
        if (q.length < 2) {
            for (int i = 0; i < count; i++) {
                long at = (long) ords[i] * codeBytes;
                int d = q.length == 0 ? 0 : bits(codes, at, q[0]);
                out[i] = Hamming.checked(d + bytes(codes, at, Long.BYTES * q.length, query), most);
            }
            return;
        }
        long first = q[0];
        long last = q[q.length - 1];
        int lastWord = Long.BYTES * (q.length - 1);
        for (int i = 0; i < count; i++) {
            long at = (long) ords[i] * codeBytes;
            out[i] = Hamming.checked(bits(codes, at, first) + bits(codes, at + lastWord, last), most);
        }
        switch (query.length == codeBytes ? codeBytes : 0) {
            case 16 -> {}
            case 32 -> inner32(codes, ords, count, q, most, out);
            case 64 -> inner64(codes, ords, count, q, most, out);
            default -> inner(codes, codeBytes, ords, count, q, query, most, out);
        }
    }

    private static void inner32(MemorySegment codes, int[] ords, int count, long[] q, int most, short[] out) {
        long q1 = q[1];
        long q2 = q[2];
        for (int i = 0; i < count; i++) {
            long at = 32L * ords[i];
            out[i] = Hamming.checked(out[i] + bits(codes, at + 8, q1) + bits(codes, at + 16, q2), most);
        }
    }

    private static void inner64(MemorySegment codes, int[] ords, int count, long[] q, int most, short[] out) {
        long q1 = q[1];
        long q2 = q[2];
        long q3 = q[3];
        long q4 = q[4];
        long q5 = q[5];
        long q6 = q[6];
        for (int i = 0; i < count; i++) {
            long at = 64L * ords[i];
            int d = out[i] + bits(codes, at + 8, q1) + bits(codes, at + 16, q2);
            out[i] = Hamming.checked(d + bits(codes, at + 24, q3, q4, q5, q6), most);
        }
    }

    /** The words between the first and the last one, and the remaining bytes. */
    private static void inner(
            MemorySegment codes, int codeBytes, int[] ords, int count, long[] q, byte[] query, int most, short[] out) {
        for (int i = 0; i < count; i++) {
            long at = (long) ords[i] * codeBytes;
            int d = out[i];
            for (int w = 1; w + 1 < q.length; w++) {
                d = Hamming.checked(d + bits(codes, at + 8L * w, q[w]), most);
            }
            out[i] = Hamming.checked(d + bytes(codes, at, Long.BYTES * q.length, query), most);
        }
    }

    private static int bytes(MemorySegment codes, long at, int from, byte[] query) {
        int d = 0;
        for (int b = from; b < query.length; b++) {
            d += Integer.bitCount((codes.get(ValueLayout.JAVA_BYTE, at + b) ^ query[b]) & 0xFF);
        }
        return d;
    }

    private static int bits(MemorySegment codes, long at, long q0, long q1, long q2, long q3) {
        return bits(codes, at, q0) + bits(codes, at + 8, q1) + bits(codes, at + 16, q2) + bits(codes, at + 24, q3);
    }

    private static int bits(MemorySegment codes, long at, long q) {
        return Long.bitCount(word(codes, at) ^ q);
    }

    private static long word(MemorySegment codes, long at) {
        return codes.get(WORD, at);
    }

    private static int half(MemorySegment codes, long at) {
        return codes.get(HALF, at);
    }
}
