package io.lookalike.pairs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A set of binary codes of one length.
 *
 * <p>Perceptual hashes repeat: every black frame and every blank scan has the same. The search for pairs works on
 * distinct codes, so equal ones cost nothing. Codes are found by an open-addressing hash table.
 *
 * <p>Adding takes some 30 ns a code. Memory: see {@link #bytes}. One thread adds all codes; after that, any number may
 * read.
 */
public final class CodeSet {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    /** The longest code. */
    private static final int MAX_BITS = 4096;

    private static final int SMALLEST_TABLE = 1 << 10;

    private final int bits;
    private final int words;
    private long[] codes;
    private int[] table;
    private int size;

    /**
     * @param bits length of each code, a multiple of 8, 8..4096
     * @throws IllegalArgumentException if the length is out of its range
     */
    public CodeSet(int bits) {
        if (bits < 8 || bits > MAX_BITS || bits % 8 != 0) {
            throw new IllegalArgumentException("[bits] must be a multiple of 8 within [8..4096]; got [" + bits + "]");
        }
        this.bits = bits;
        this.words = words(bits);
        this.codes = new long[words];
        this.table = new int[SMALLEST_TABLE];
    }

    /**
     * The most bytes that a set of this many distinct codes takes, also while it grows.
     *
     * @param count number of distinct codes
     * @param bits length of each
     */
    public static long bytes(int count, int bits) {
        long words = words(bits);
        long slots = Math.max(SMALLEST_TABLE, 4L * Integer.highestOneBit(Math.max(1, count)));
        // both the old and the new array exist while one grows
        return 5L * count * words * Long.BYTES / 2 + slots * Integer.BYTES * 3 / 2;
    }

    /**
     * Adds a code if it is new.
     *
     * @return its number, for the other methods: 0, 1, 2 … in the order of first addition
     * @throws IllegalArgumentException if the code has another length
     */
    public int add(byte[] code) {
        if (code.length * 8 != bits) {
            throw new IllegalArgumentException(
                    "code has [" + code.length * 8L + "] bits but the others have [" + bits + "]");
        }
        if ((size + 1) * words > codes.length) {
            codes = Arrays.copyOf(codes, Math.toIntExact((size + 1 + (long) size / 2) * words));
        }
        // written after the last code, where it stays if it is new
        int at = size * words;
        for (int word = 0; word < words; word++) {
            codes[at + word] = word(code, word);
        }
        int slot = slot(at);
        if (table[slot] != 0) {
            return table[slot] - 1;
        }
        table[slot] = ++size;
        if (size > table.length / 2) {
            grow();
        }
        return size - 1;
    }

    private static long word(byte[] code, int word) {
        int from = word * Long.BYTES;
        if (from + Long.BYTES <= code.length) {
            return (long) WORD.get(code, from);
        }
        long value = 0;
        for (int i = code.length - 1; i >= from; i--) {
            value = value << 8 | (code[i] & 0xFF);
        }
        return value;
    }

    /** The slot of the table that has the code at this position of the array, or the free slot for it. */
    private int slot(int at) {
        long hash = 0;
        for (int word = 0; word < words; word++) {
            hash = (hash ^ codes[at + word]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        int slot = (int) hash & (table.length - 1);
        while (table[slot] != 0 && !equal((table[slot] - 1) * words, at)) {
            slot = (slot + 1) & (table.length - 1);
        }
        return slot;
    }

    private boolean equal(int a, int b) {
        return Arrays.equals(codes, a, a + words, codes, b, b + words);
    }

    private void grow() {
        table = new int[table.length * 2];
        for (int code = 0; code < size; code++) {
            table[slot(code * words)] = code + 1;
        }
    }

    /** Number of distinct codes. */
    public int size() {
        return size;
    }

    /** Length of each code. */
    public int bits() {
        return bits;
    }

    /** A code by its number. */
    public byte[] code(int number) {
        byte[] code = new byte[bits / Byte.SIZE];
        for (int i = 0; i < code.length; i++) {
            code[i] = (byte) (codes[number * words + i / Long.BYTES] >>> (Byte.SIZE * (i % Long.BYTES)));
        }
        return code;
    }

    /** The number of bits in which two codes differ, by their numbers. */
    public int distance(int a, int b) {
        int distance = 0;
        for (int word = 0; word < words; word++) {
            distance += Long.bitCount(codes[a * words + word] ^ codes[b * words + word]);
        }
        return distance;
    }

    /** Longs that a code of so many bits takes. */
    static int words(int bits) {
        return (bits + Long.SIZE - 1) / Long.SIZE;
    }

    /** Longs that a code takes in {@link #codes}. */
    int words() {
        return words;
    }

    /** The codes one after another; longs after the last code are unused. */
    long[] codes() {
        return codes;
    }
}
