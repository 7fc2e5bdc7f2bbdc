package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HammingTests {
    private static final int[] SIZES = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 32, 33, 40, 48, 63, 64, 65, 96, 127, 128, 129, 207, 256, 512,
        768, 1021, 4095
    };
    private static final short UNTOUCHED = -7;

    @TempDir
    private Path directory;

    @Test
    void whatIsNearIsFoundWithVectorRegistersAndWithout() {
        Random random = new Random(5);
        for (int count : new int[] {0, 1, 31, 32, 33, 64, 100, 1000}) {
            short[] distances = new short[count];
            for (int i = 0; i < count; i++) {
                distances[i] = (short) random.nextInt(Short.MAX_VALUE + 1);
            }
            for (int farthest : new int[] {0, 1, 1000, 20_000, Short.MAX_VALUE}) {
                int[] expected = IntStream.range(0, count)
                        .filter(i -> distances[i] <= farthest)
                        .toArray();
                int[] scalar = new int[count];
                int[] registers = new int[count];
                assertEquals(expected.length, Hamming.scalarWithin(distances, count, farthest, scalar));
                assertEquals(expected.length, PanamaCodes.within(distances, count, farthest, registers));
                assertArrayEquals(expected, Arrays.copyOf(scalar, expected.length));
                assertArrayEquals(expected, Arrays.copyOf(registers, expected.length));
            }
        }
    }

    @Test
    void distanceIsThatOfAPlainLoop() {
        Random random = new Random(1);
        for (int size : SIZES) {
            byte[] a = bytes(random, size);
            byte[] b = bytes(random, size);
            assertEquals(plain(a, 0, b), Hamming.distance(a, b), "size " + size);
            assertEquals(0, Hamming.distance(a, a.clone()));
        }
        assertEquals(0, Hamming.distance(new byte[0], new byte[0]));
        assertEquals(8 * 15, Hamming.distance(filled(15, 0x00), filled(15, 0xFF)));
    }

    @Test
    void distancesAreThoseOfAPlainLoopWhereverTheCodesLie() throws IOException {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            for (int size : SIZES) {
                for (int offset : new int[] {0, 1, 3, 8, 13}) {
                    // counts on both sides of the blocks in which codes are copied
                    int count = random.nextInt(3) == 0 ? random.nextInt(3) : random.nextInt(12_000 / size + 50);
                    byte[] codes = bytes(random, offset + count * size + random.nextInt(9));
                    byte[] query = bytes(random, size);
                    short[] expected = new short[count + 2];
                    Arrays.fill(expected, UNTOUCHED);
                    for (int i = 0; i < count; i++) {
                        expected[i] = (short) plain(codes, offset + i * size, query);
                    }
                    String where = "seed " + seed + " size " + size + " offset " + offset + " count " + count;
                    check(expected, MemorySegment.ofArray(codes), offset, query, where + " array");
                    check(
                            expected,
                            MemorySegment.ofArray(codes).asReadOnly(),
                            offset,
                            query,
                            where + " read-only array");
                    checkSlice(expected, codes, offset, query, where + " slice of an array");
                    checkLongs(expected, codes, offset, query, where + " array of longs");
                    try (Arena arena = Arena.ofConfined()) {
                        MemorySegment memory = arena.allocate(codes.length + 1L).copyFrom(MemorySegment.ofArray(codes));
                        check(expected, memory, offset, query, where + " native");
                        check(expected, mapped(codes, arena), offset, query, where + " mapped");
                    }
                }
            }
        }
    }

    @Test
    void distancesWithVectorRegistersAreThoseOfAPlainLoop() throws IOException {
        Random random = new Random(7);
        for (int size : new int[] {64, 128}) {
            for (int count : new int[] {0, 1, 15, 16, 17, 40, 1000}) {
                for (int offset : new int[] {0, 1, 20}) {
                    byte[] codes = bytes(random, offset + count * size);
                    byte[] query = bytes(random, size);
                    short[] expected = new short[count + 1];
                    Arrays.fill(expected, UNTOUCHED);
                    for (int i = 0; i < count; i++) {
                        expected[i] = (short) plain(codes, offset + i * size, query);
                    }
                    short[] out = new short[count + 1];
                    Arrays.fill(out, UNTOUCHED);
                    try (Arena arena = Arena.ofConfined()) {
                        PanamaCodes.distances(mapped(codes, arena), offset, size, count, query, out);
                    }
                    assertArrayEquals(expected, out, "size " + size + " count " + count + " offset " + offset);
                }
            }
        }
    }

    @Test
    void distancesOfCodesThatLieApart() throws IOException {
        Random random = new Random(4);
        for (int size : SIZES) {
            for (int offset : new int[] {0, 1, 20}) {
                int all = 40;
                byte[] codes = bytes(random, offset + all * size);
                byte[] query = bytes(random, size);
                int[] ords = random.ints(0, all).distinct().limit(25).sorted().toArray();
                int count = random.nextInt(ords.length + 1);
                short[] expected = new short[ords.length];
                Arrays.fill(expected, UNTOUCHED);
                for (int i = 0; i < count; i++) {
                    expected[i] = (short) plain(codes, offset + ords[i] * size, query);
                }
                short[] out = new short[ords.length];
                Arrays.fill(out, UNTOUCHED);
                try (Arena arena = Arena.ofConfined()) {
                    Hamming.distances(mapped(codes, arena).asSlice(offset), size, ords, count, query, out);
                }
                assertArrayEquals(expected, out, "size " + size + " offset " + offset + " count " + count);
            }
        }
    }

    @Test
    void aShortQueryIsComparedWithTheFirstBytes() throws IOException {
        Random random = new Random(6);
        int[] apart = {0, 3, 4, 9};
        for (int size : SIZES) {
            byte[] codes = bytes(random, 10 * size);
            for (int length : new int[] {1, size / 2, size - 1}) {
                if (length < 1 || length >= size) {
                    continue;
                }
                byte[] query = bytes(random, length);
                short[] expected = new short[10];
                for (int i = 0; i < expected.length; i++) {
                    byte[] first = Arrays.copyOfRange(codes, i * size, i * size + length);
                    expected[i] = (short) plain(first, 0, query);
                    byte[] code = Arrays.copyOfRange(codes, i * size, (i + 1) * size);
                    assertEquals(expected[i], Hamming.distanceOfFirst(query, code));
                }
                short[] out = new short[10];
                Hamming.distances(MemorySegment.ofArray(codes), 0, size, 10, query, out);
                assertArrayEquals(expected, out, "size " + size + " length " + length);
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment mapped = mapped(codes, arena);
                    Arrays.fill(out, UNTOUCHED);
                    Hamming.distances(mapped, 0, size, 10, query, out);
                    assertArrayEquals(expected, out, "mapped, size " + size + " length " + length);
                    Hamming.distances(mapped, size, apart, apart.length, query, out);
                }
                for (int i = 0; i < apart.length; i++) {
                    assertEquals(expected[apart[i]], out[i], "apart, size " + size + " length " + length);
                }
            }
        }
    }

    @Test
    void codesOfOnesAreAsFarAsTheyAreLong() {
        for (int size : SIZES) {
            short[] out = new short[3];
            Hamming.distances(MemorySegment.ofArray(filled(3 * size, 0xFF)), 0, size, 3, new byte[size], out);
            assertArrayEquals(new short[] {(short) (8 * size), (short) (8 * size), (short) (8 * size)}, out);
        }
    }

    @Test
    void blocksOfShortCodesFitIntoTheFirstCache() {
        assertEquals(2432, Hamming.block(8));
        assertEquals(1344, Hamming.block(16));
        assertEquals(16_384, Hamming.block(32));
        for (int size : SIZES) {
            int block = Hamming.block(size);
            assertEquals(0, block % 64, "size " + size);
            assertTrue(size > 16 || block * (size + 2) <= 24 * 1024, "size " + size);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        MemorySegment codes = MemorySegment.ofArray(new byte[64]);
        assertEquals(
                "codes have different lengths: [8] and [9] bytes",
                assertThrows(IllegalArgumentException.class, () -> Hamming.distance(new byte[8], new byte[9]))
                        .getMessage());
        assertEquals(
                "query has [9] bytes but the codes have [8]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Hamming.distances(codes, 0, 8, 1, new byte[9], new short[1]))
                        .getMessage());
        assertEquals(
                "query has [9] bytes but the codes have [8]",
                assertThrows(IllegalArgumentException.class, () -> Hamming.distanceOfFirst(new byte[9], new byte[8]))
                        .getMessage());
        for (int codeBytes : new int[] {0, 4096}) {
            assertEquals(
                    "codes must have [1..4095] bytes so that a distance fits a short; got [" + codeBytes + "]",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Hamming.distances(codes, 0, codeBytes, 0, new byte[codeBytes], new short[1]))
                            .getMessage());
        }
        for (int[] offsetAndCount : new int[][] {{0, 9}, {1, 8}, {-1, 1}, {0, -1}, {65, 0}}) {
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> Hamming.distances(codes, offsetAndCount[0], 8, offsetAndCount[1], new byte[8], new short[9]));
        }
        assertThrows(
                IndexOutOfBoundsException.class, () -> Hamming.distances(codes, 0, 8, 8, new byte[8], new short[7]));
    }

    private static void check(short[] expected, MemorySegment codes, long offset, byte[] query, String where) {
        short[] out = new short[expected.length];
        Arrays.fill(out, UNTOUCHED);
        Hamming.distances(codes, offset, query.length, expected.length - 2, query, out);
        assertArrayEquals(expected, out, where);
    }

    private static void checkSlice(short[] expected, byte[] codes, int offset, byte[] query, String where) {
        byte[] shifted = new byte[codes.length + 5];
        System.arraycopy(codes, 0, shifted, 5, codes.length);
        check(expected, MemorySegment.ofArray(shifted).asSlice(5), offset, query, where);
    }

    private static void checkLongs(short[] expected, byte[] codes, int offset, byte[] query, String where) {
        MemorySegment longs = MemorySegment.ofArray(new long[codes.length / Long.BYTES + 1]);
        MemorySegment.copy(MemorySegment.ofArray(codes), 0, longs, 0, codes.length);
        check(expected, longs, offset, query, where);
    }

    private MemorySegment mapped(byte[] codes, Arena arena) throws IOException {
        Path file = directory.resolve("codes");
        Files.write(file, codes);
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, codes.length, arena);
        }
    }

    private static int plain(byte[] codes, int at, byte[] query) {
        int distance = 0;
        for (int i = 0; i < query.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                if ((codes[at + i] >> bit & 1) != (query[i] >> bit & 1)) {
                    distance++;
                }
            }
        }
        return distance;
    }

    private static byte[] bytes(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** An Error would end the whole node. */
    @Test
    void aDistanceThatCannotBeIsAnException() {
        assertEquals(8, Hamming.checked(8, 8));
        assertEquals(
                "distance [9] above [8]",
                assertThrows(IllegalStateException.class, () -> Hamming.checked(9, 8))
                        .getMessage());
    }
}
