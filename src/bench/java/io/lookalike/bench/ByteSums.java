package io.lookalike.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Measures how fast one thread can read mapped memory from Java: sums of its longs, computed in several ways. The
 * fastest is the upper limit for any scan of codes.
 *
 * <p>A sum of {@code LongVector}s with four accumulators was also tried: 17 GB/s, and these reach 28 to 32 (JDK 25 with
 * AVX-512). Each loop is a method over one mebibyte, so that it is compiled by its second call. Stateless.
 */
enum ByteSums {
    ONE_LONG("longs, one sum") {
        @Override
        long block(MemorySegment memory, long offset, int longs) {
            long sum = 0;
            for (int i = 0; i < longs; i++) {
                sum += memory.get(WORD, offset + 8L * i);
            }
            return sum;
        }
    },
    FOUR_LONGS("longs, four sums") {
        @Override
        long block(MemorySegment memory, long offset, int longs) {
            long a = 0;
            long b = 0;
            long c = 0;
            long d = 0;
            for (int i = 0; i < longs / 4; i++) {
                long at = offset + 32L * i;
                a += memory.get(WORD, at);
                b += memory.get(WORD, at + 8);
                c += memory.get(WORD, at + 16);
                d += memory.get(WORD, at + 24);
            }
            return a + b + c + d + rest(memory, offset, longs, 4);
        }
    },
    EIGHT_LONGS("longs, eight sums") {
        @Override
        long block(MemorySegment memory, long offset, int longs) {
            long a = 0;
            long b = 0;
            long c = 0;
            long d = 0;
            long e = 0;
            long f = 0;
            long g = 0;
            long h = 0;
            for (int i = 0; i < longs / 8; i++) {
                long at = offset + 64L * i;
                a += memory.get(WORD, at);
                b += memory.get(WORD, at + 8);
                c += memory.get(WORD, at + 16);
                d += memory.get(WORD, at + 24);
                e += memory.get(WORD, at + 32);
                f += memory.get(WORD, at + 40);
                g += memory.get(WORD, at + 48);
                h += memory.get(WORD, at + 56);
            }
            return a + b + c + d + e + f + g + h + rest(memory, offset, longs, 8);
        }
    };

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK_LONGS = 1 << 17;

    private final String label;

    ByteSums(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** The sum of all longs, without bytes after the last whole long. */
    long sum(MemorySegment memory) {
        long longs = memory.byteSize() / Long.BYTES;
        long sum = 0;
        for (long first = 0; first < longs; first += BLOCK_LONGS) {
            sum += block(memory, Long.BYTES * first, (int) Math.min(BLOCK_LONGS, longs - first));
        }
        return sum;
    }

    abstract long block(MemorySegment memory, long offset, int longs);

    /** The sum of the longs after the last whole group. */
    private static long rest(MemorySegment memory, long offset, int longs, int group) {
        long sum = 0;
        for (int i = longs - longs % group; i < longs; i++) {
            sum += memory.get(WORD, offset + 8L * i);
        }
        return sum;
    }
}
