package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops over distances and codes with vector registers; {@link Hamming} and {@link SignedSums} have equal ones without.
 *
 * <p>Must only be loaded if the module {@code jdk.incubator.vector} is present. Stateless and thread-safe.
 */
final class PanamaCodes {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_512;

    /** The bytes of a register; {@link #levels} takes codes whose length is a multiple of this. */
    static final int STRIDE = 64;

    private PanamaCodes() {}

    /** Whether a register holds eight words, so that {@link #levels} is worth it. */
    static boolean holdsStride() {
        return LongVector.SPECIES_PREFERRED.length() >= LONGS.length();
    }

    /** Codes that lie this far ahead are touched, so that they are on their way when they are compared. */
    private static final int AHEAD = 16;

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Receives what was touched, so that the compiler does not leave it out; never read. */
    private static long unused;

    /** Whether {@link #distances} takes codes of this length. */
    static boolean holds(int codeBytes) {
        return (codeBytes == STRIDE || codeBytes == 2 * STRIDE) && holdsStride();
    }

    /**
     * The distances of mapped codes that lie end to end.
     *
     * <p>28 GB/s, where one bit count a word takes 16.5 and registers alone 20: processors fetch ahead too little by
     * themselves. Touching does not help a loop that waits for its bit counts.
     *
     * @param codeBytes {@code STRIDE} or {@code 2 STRIDE}, also the length of the query
     */
    static void distances(MemorySegment codes, long offset, int codeBytes, int count, byte[] query, short[] out) {
        unused = codeBytes == STRIDE
                ? distances64(codes, offset, count, query, out)
                : distances128(codes, offset, count, query, out);
    }

    private static long distances64(MemorySegment codes, long offset, int count, byte[] query, short[] out) {
        LongVector q = word(query, 0);
        long touched = 0;
        int i = 0;
        long at = offset;
        for (; i < count - AHEAD; i++, at += STRIDE) {
            touched ^= codes.get(WORD, at + (long) AHEAD * STRIDE);
            out[i] = (short) differing(codes, at, q).reduceLanes(VectorOperators.ADD);
        }
        for (; i < count; i++, at += STRIDE) {
            out[i] = (short) differing(codes, at, q).reduceLanes(VectorOperators.ADD);
        }
        return touched;
    }

    private static long distances128(MemorySegment codes, long offset, int count, byte[] query, short[] out) {
        LongVector q0 = word(query, 0);
        LongVector q1 = word(query, STRIDE);
        long touched = 0;
        int i = 0;
        long at = offset;
        for (; i < count - AHEAD; i++, at += 2 * STRIDE) {
            long ahead = at + 2L * AHEAD * STRIDE;
            touched ^= codes.get(WORD, ahead) ^ codes.get(WORD, ahead + STRIDE);
            out[i] = (short) differing(codes, at, q0)
                    .add(differing(codes, at + STRIDE, q1))
                    .reduceLanes(VectorOperators.ADD);
        }
        for (; i < count; i++, at += 2 * STRIDE) {
            out[i] = (short) differing(codes, at, q0)
                    .add(differing(codes, at + STRIDE, q1))
                    .reduceLanes(VectorOperators.ADD);
        }
        return touched;
    }

    private static LongVector word(byte[] query, int at) {
        return LongVector.fromMemorySegment(LONGS, MemorySegment.ofArray(query), at, ByteOrder.LITTLE_ENDIAN);
    }

    /** The number of differing bits in each word. */
    private static LongVector differing(MemorySegment codes, long at, LongVector query) {
        return LongVector.fromMemorySegment(LONGS, codes, at, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, query)
                .lanewise(VectorOperators.BIT_COUNT);
    }

    /** {@link Hamming#within} without its checks. */
    static int within(short[] distances, int count, int farthest, int[] positions) {
        int found = 0;
        int from = 0;
        ShortVector bound = ShortVector.broadcast(SHORTS, (short) farthest);
        for (; from + SHORTS.length() <= count; from += SHORTS.length()) {
            long near = ShortVector.fromArray(SHORTS, distances, from)
                    .compare(VectorOperators.LE, bound)
                    .toLong();
            for (; near != 0; near &= near - 1) {
                positions[found++] = from + Long.numberOfTrailingZeros(near);
            }
        }
        for (; from < count; from++) {
            if (distances[from] <= farthest) {
                positions[found++] = from;
            }
        }
        return found;
    }

    /**
     * The number of set bits of a code, and its count over the planes of {@link SignedSums}, as {@code bits << 32 |
     * levels}.
     *
     * @param planes {@code [codeBytes / STRIDE][count][8]} words
     */
    static long levels(MemorySegment codes, long at, int codeBytes, long[] planes, int count) {
        LongVector bits = LongVector.zero(LONGS);
        LongVector levels = LongVector.zero(LONGS);
        int plane = 0;
        for (int b = 0; b < codeBytes; b += STRIDE) {
            LongVector word = LongVector.fromMemorySegment(LONGS, codes, at + b, ByteOrder.LITTLE_ENDIAN);
            bits = bits.add(word.lanewise(VectorOperators.BIT_COUNT));
            for (int p = 0; p < count; p++, plane += LONGS.length()) {
                LongVector counted =
                        word.and(LongVector.fromArray(LONGS, planes, plane)).lanewise(VectorOperators.BIT_COUNT);
                levels = levels.add(counted.lanewise(VectorOperators.LSHL, p));
            }
        }
        return bits.reduceLanes(VectorOperators.ADD) << 32 | levels.reduceLanes(VectorOperators.ADD);
    }
}
