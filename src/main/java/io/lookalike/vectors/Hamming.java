package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Hamming distances between binary codes: the number of bits in which two byte strings of equal length differ.
 *
 * <p>Codes are read as unaligned little-endian longs and counted with {@link Long#bitCount}; lengths of 4, 8, 16, 32,
 * 64 and 128 bytes have their own loops with a constant stride. There is a copy of these loops for each kind of memory:
 * {@link MappedCodes} reads mapped memory in place (with vector registers of 512 bits, {@link PanamaCodes} does so for
 * codes of 64 and 128 bytes), {@link ArrayCodes} reads byte arrays, and anything else is copied through a small array.
 * One loop for all would be shorter. But once it has seen both kinds of memory, the compiled code looks up the kind at
 * every read: 1 GB/s instead of 20.
 *
 * <p>Cost: for codes of 256 bits about 20 GB/s on one thread, from local memory, and with vector registers 28 GB/s for
 * 512 and 1,024 bits. Stateless and thread-safe.
 */
public final class Hamming {
    /** Codes that cannot be read in place are copied in blocks of this size, which fit into the L1 cache. */
    private static final int BLOCK_BYTES = 4096;

    /** A block of short codes and its distances, which fit into the L1 cache together. */
    private static final int SHORT_CODES_BYTES = 24 << 10;

    private static final int SHORT_CODE = 16;
    private static final int LONG_CODES = 1 << 14;

    /** How many distances are compared with a bound at once. */
    private static final int GROUP = 32;

    /** Little-endian, so that the lowest quarter is the first. */
    private static final ValueLayout.OfLong FOUR = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long QUARTERS = 0x0001_0001_0001_0001L;

    /** Codes of each call that warm up a loop. */
    private static final int WARM_UP = 64;

    private static final WarmUp WITHIN = new WarmUp();
    private static final WarmUp DISTANCES_64 = new WarmUp();
    private static final WarmUp DISTANCES_128 = new WarmUp();

    private Hamming() {}

    /**
     * The number of bits in which {@code a} and {@code b} differ.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public static int distance(byte[] a, byte[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "codes have different lengths: [" + a.length + "] and [" + b.length + "] bytes");
        }
        return distance(a, b, 0);
    }

    /**
     * The number of bits in which a query differs from the first bits of a code.
     *
     * @param code at least as long as the query
     * @throws IllegalArgumentException if it is shorter
     */
    public static int distanceOfFirst(byte[] query, byte[] code) {
        if (query.length > code.length) {
            throw tooLong(query.length, code.length);
        }
        return distance(query, code, 0);
    }

    /** @param from where the code in {@code b} begins */
    static int distance(byte[] a, byte[] b, int from) {
        int words = a.length / Long.BYTES;
        int distance = 0;
        for (int i = 0; i < words; i++) {
            distance += Long.bitCount(ArrayCodes.word(a, i * Long.BYTES) ^ ArrayCodes.word(b, from + i * Long.BYTES));
        }
        for (int i = words * Long.BYTES; i < a.length; i++) {
            distance += Integer.bitCount((a[i] ^ b[from + i]) & 0xFF);
        }
        return distance;
    }

    private static IllegalArgumentException tooLong(int query, int code) {
        return new IllegalArgumentException("query has [" + query + "] bytes but the codes have [" + code + "]");
    }

    /**
     * The best number of codes for callers to compare at once, before they read the distances: as many as fit into the
     * L1 cache if the codes are short, else 16,384.
     *
     * <p>64 bits: 25 GB/s, and 17.4 with the top 500; blocks of 16,384 have 22 and 14.8, blocks of 4,096 have 20 and
     * 14. 128 bits: 20.5 and 17.1; blocks of 16,384 have 20 and 15.5. From 256 bits on, the size hardly matters (256:
     * 20 and 17.8 in blocks that fit, 20.5 and 17.7) or large blocks win (512: 19 and 17.6, 21.2 and 19.5).
     *
     * @param codeBytes length of a code, at least 1
     * @return a multiple of 64, 1024..16384
     */
    public static int block(int codeBytes) {
        int fitting = SHORT_CODES_BYTES / (codeBytes + Short.BYTES);
        return codeBytes <= SHORT_CODE ? Math.min(fitting - fitting % Long.SIZE, LONG_CODES) : LONG_CODES;
    }

    /**
     * The distances of one query to many codes.
     *
     * @param codes memory that holds the codes end to end
     * @param offset of the first code, in bytes; need not be aligned
     * @param codeBytes length of a code, 1..4095 bytes
     * @param count number of codes; check for cancellation in the loop over {@linkplain #block blocks}
     * @param query of at most {@code codeBytes} bytes; a shorter one is compared with the first bytes of each code
     * @param out receives the distance of code i at index i, for i below {@code count}; the rest does not change
     * @throws IllegalArgumentException if the query is empty or has more than {@code codeBytes} bytes, or the length is
     *     out of its range
     * @throws IndexOutOfBoundsException if the codes do not lie within the memory, or {@code out} is too short
     */
    public static void distances(
            MemorySegment codes, long offset, int codeBytes, int count, byte[] query, short[] out) {
        check(codeBytes, query);
        long bytes = (long) count * codeBytes;
        Objects.checkFromIndexSize(offset, bytes, codes.byteSize());
        Objects.checkFromIndexSize(0, count, out.length);
        if (codes.isMapped()) {
            mapped(codes, offset, codeBytes, count, query, out);
        } else if (codes.heapBase().orElse(null) instanceof byte[] array) {
            // the address of a heap segment is its offset in the array
            ArrayCodes.distances(array, Math.toIntExact(codes.address() + offset), codeBytes, 0, count, query, out);
        } else {
            copied(codes, offset, codeBytes, count, query, out);
        }
    }

    /** With vector registers where a code fills one or two, and the loop for them is compiled. */
    private static void mapped(MemorySegment codes, long offset, int codeBytes, int count, byte[] query, short[] out) {
        WarmUp warmUp = query.length < codeBytes || !WarmUp.REGISTERS || !PanamaCodes.holds(codeBytes)
                ? null
                : codeBytes == PanamaCodes.STRIDE ? DISTANCES_64 : DISTANCES_128;
        boolean registers = warmUp != null && warmUp.next();
        if (registers && warmUp.isOver()) {
            PanamaCodes.distances(codes, offset, codeBytes, count, query, out);
            return;
        }
        MappedCodes.distances(codes, offset, codeBytes, count, query, out);
        if (registers) {
            PanamaCodes.distances(codes, offset, codeBytes, Math.min(count, WARM_UP), query, out);
        }
    }

    /**
     * The distances of one query to some scattered codes. Their reads overlap, so each costs a fraction of the latency
     * of memory.
     *
     * @param codes mapped memory that holds the codes end to end
     * @param codeBytes length of a code, 1..4095 bytes
     * @param ords which codes, by their position
     * @param count number of positions, from the first
     * @param query of at most {@code codeBytes} bytes; a shorter one is compared with the first bytes of each code
     * @param out receives the distance of code {@code ords[i]} at index i; the rest does not change
     * @throws IllegalArgumentException if the memory is not mapped, the query is empty or has more than
     *     {@code codeBytes} bytes, or the length is out of its range
     * @throws IndexOutOfBoundsException if a code does not lie within the memory, or an array is too short
     */
    public static void distances(MemorySegment codes, int codeBytes, int[] ords, int count, byte[] query, short[] out) {
        check(codeBytes, query);
        if (!codes.isMapped()) {
            throw new IllegalArgumentException("codes that lie apart must be in mapped memory");
        }
        Objects.checkFromIndexSize(0, count, ords.length);
        Objects.checkFromIndexSize(0, count, out.length);
        MappedCodes.distances(codes, codeBytes, ords, count, query, out);
    }

    private static void check(int codeBytes, byte[] query) {
        if (codeBytes < 1 || codeBytes > Short.MAX_VALUE / Byte.SIZE) {
            throw new IllegalArgumentException(
                    "codes must have [1..4095] bytes so that a distance fits a short; got [" + codeBytes + "]");
        }
        if (query.length < 1 || query.length > codeBytes) {
            throw tooLong(query.length, codeBytes);
        }
    }

    /**
     * Finds the distances that do not exceed a bound; usually there are few.
     *
     * <p>With vector registers, one register of distances is compared at once. Without, one branch skips thirty-two
     * distances. For this a long holds four distances, and a constant is added to each that sets the top bit of its
     * quarter if the distance exceeds the bound. Those within the bound lack this bit. 0.11 ns a distance; a branch for
     * each takes 0.27, and a loop over differences for the compiler to vectorise took 0.33 to 0.39.
     *
     * @param distances each 0..32767
     * @param count number of distances, from the first
     * @param farthest the greatest distance to find, 0..32767
     * @param positions receives the indices found, ascending; at least {@code count} long
     * @return how many were found
     * @throws IllegalArgumentException if the bound is out of its range
     * @throws IndexOutOfBoundsException if an array is shorter than {@code count}
     */
    public static int within(short[] distances, int count, int farthest, int[] positions) {
        if (farthest < 0 || farthest > Short.MAX_VALUE) {
            throw new IllegalArgumentException("[farthest] must be within [0..32767]; got [" + farthest + "]");
        }
        Objects.checkFromIndexSize(0, count, distances.length);
        Objects.checkFromIndexSize(0, count, positions.length);
        return WarmUp.REGISTERS && WITHIN.next()
                ? PanamaCodes.within(distances, count, farthest, positions)
                : scalarWithin(distances, count, farthest, positions);
    }

    static int scalarWithin(short[] distances, int count, int farthest, int[] positions) {
        MemorySegment memory = MemorySegment.ofArray(distances);
        long lift = (Short.MAX_VALUE - farthest) * QUARTERS;
        int found = 0;
        int from = 0;
        for (; from + GROUP <= count; from += GROUP) {
            if (allLifted(memory, Short.BYTES * (long) from, lift)) {
                continue;
            }
            for (int four = from; four < from + GROUP; four += 4) {
                long near = ~(memory.get(FOUR, Short.BYTES * (long) four) + lift) & QUARTERS << 15;
                for (; near != 0; near &= near - 1) {
                    positions[found++] = four + Long.numberOfTrailingZeros(near) / Short.SIZE;
                }
            }
        }
        for (; from < count; from++) {
            if (distances[from] <= farthest) {
                positions[found++] = from;
            }
        }
        return found;
    }

    private static boolean allLifted(MemorySegment distances, long at, long lift) {
        long lifted = -1;
        for (int i = 0; i < GROUP; i += 4) {
            lifted &= distances.get(FOUR, at + (long) Short.BYTES * i) + lift;
        }
        return (lifted & QUARTERS << 15) == QUARTERS << 15;
    }

    private static void copied(MemorySegment codes, long offset, int codeBytes, int count, byte[] query, short[] out) {
        int block = Math.max(1, BLOCK_BYTES / codeBytes);
        byte[] copy = new byte[block * codeBytes];
        for (int first = 0; first < count; first += block) {
            int n = Math.min(block, count - first);
            MemorySegment.copy(codes, ValueLayout.JAVA_BYTE, offset + (long) first * codeBytes, copy, 0, n * codeBytes);
            ArrayCodes.distances(copy, 0, codeBytes, first, n, query, out);
        }
    }

    /**
     * A distance of at most {@code most}, as a short. The loops over codes of several words end in this check, because
     * a second exit keeps the compiler from vectorising inside of a code: 22 GB/s instead of 7 (JDK 25 with AVX-512,
     * 256 bits; 16 instead of 7 for 128 bits). For codes of one word the check would only cost.
     */
    static short checked(int distance, int most) {
        if (distance > most) {
            throw new IllegalStateException("distance [" + distance + "] above [" + most + "]");
        }
        return (short) distance;
    }

    /** The query as little-endian longs, without the bytes after the last whole long. */
    static long[] words(byte[] query) {
        long[] words = new long[query.length / Long.BYTES];
        for (int i = 0; i < words.length; i++) {
            words[i] = ArrayCodes.word(query, i * Long.BYTES);
        }
        return words;
    }
}
