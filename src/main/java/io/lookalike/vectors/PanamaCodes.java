package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
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

    /** {@link #levels} takes codes whose length is a multiple of this. */
    static final int STRIDE = 64;

    private PanamaCodes() {}

    /** Whether a register holds eight words, so that {@link #levels} is worth it. */
    static boolean holdsStride() {
        return LongVector.SPECIES_PREFERRED.length() >= LONGS.length();
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
