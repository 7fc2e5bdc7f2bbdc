package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.vectors.NearestCodes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that the scan benchmark compares finds the same distances. */
class ScanTests {
    private static final int[] BITS = {64, 128, 256, 512, 1024};

    /** More than one block of any length of codes, and no whole number of them. */
    private static final int CODES = 16_384 + 1021;

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void writeCodes() throws IOException {
        path = folder.resolve("codes.bin");
        CodeFile.write(path, CODES * 1024L / 8 + 3);
    }

    @Test
    void oursAndLucenesAreThoseOfAPlainLoop() throws IOException {
        for (int bits : BITS) {
            try (CodeFile file = new CodeFile(path, bits, CODES)) {
                int[] expected = plain(file);
                int[] ours = new int[CODES];
                Scans.distances(file, (first, count, distances) -> copy(first, count, distances, ours));
                assertArrayEquals(expected, ours, "ours, " + bits + " bits");
                int[] lucenes = new int[CODES];
                Scans.lucene(file, (first, count, distances) -> copy(first, count, distances, lucenes));
                assertArrayEquals(expected, lucenes, "Lucene's, " + bits + " bits");
            }
        }
    }

    @Test
    void theNearestHaveTheSmallestDistances() throws IOException {
        for (int bits : BITS) {
            try (CodeFile file = new CodeFile(path, bits, CODES)) {
                NearestCodes nearest = Scans.nearest(file, 500);
                int[] sorted = IntStream.of(nearest.distances()).sorted().toArray();
                assertArrayEquals(
                        IntStream.of(plain(file)).sorted().limit(500).toArray(),
                        Arrays.copyOf(sorted, 500),
                        bits + " bits");
                assertEquals(sorted[499], nearest.cut());
            }
        }
    }

    @Test
    void faissFindsTheSame() throws IOException, InterruptedException {
        Faiss.Found found = Faiss.find();
        assumeTrue(found.version().isPresent(), () -> "no Faiss: " + found.reason());
        for (int bits : BITS) {
            try (CodeFile file = new CodeFile(path, bits, 2000);
                    Faiss faiss = new Faiss(file, 2000)) {
                assertTrue(faiss.nanos() > 0);
                assertArrayEquals(plain(file), faiss.distances(), bits + " bits");
            }
        }
    }

    @Test
    void everySumIsThatOfAPlainLoop() throws IOException {
        for (long bytes : new long[] {0, 7, 8, 63, 64, 65, 207, (1 << 20) + 48}) {
            try (CodeFile file = new CodeFile(path, 8, (int) bytes)) {
                byte[] array = file.codes.toArray(ValueLayout.JAVA_BYTE);
                long expected = 0;
                for (int i = 0; i < array.length / 8 * 8; i++) {
                    expected += (array[i] & 0xFFL) << (8 * (i % 8));
                }
                for (ByteSums way : ByteSums.values()) {
                    assertEquals(expected, way.sum(file.codes), way + ", " + bytes + " bytes");
                }
            }
        }
    }

    @Test
    void theSameCodesAreWrittenEveryTime() throws IOException {
        Path again = folder.resolve("again.bin");
        CodeFile.write(again, Files.size(path));
        assertEquals(-1, Files.mismatch(path, again));
        try (CodeFile file = new CodeFile(path, 256, CODES)) {
            MemorySegment halves = file.codes;
            assertTrue(halves.asSlice(0, file.bytes() / 2).mismatch(halves.asSlice(file.bytes() / 2)) >= 0);
        }
    }

    @Test
    void aForksMeasurementsBecomeARow() throws IOException {
        try (CodeFile file = new CodeFile(path, 256, CODES)) {
            JsonNode fork = ScanFork.measure(file, 2, false);
            assertEquals(2, fork.path("rounds").size());
            ScanFigures figures = new ScanFigures(new ScanBenchmark.Size(256, CODES), List.of(fork, fork));
            ObjectNode row = figures.row();
            assertEquals("scan", row.path("name").asText());
            assertEquals(256, row.path("bits").asInt());
            assertEquals(CODES, row.path("codes").asInt());
            Stream.of(
                            "gb_per_s",
                            "limit_gb_per_s",
                            "ratio_to_limit",
                            "ratio_to_limit_with_top_500",
                            "ratio_to_lucene",
                            "first_query_ms")
                    .forEach(name -> assertTrue(row.path(name).asDouble() > 0, name));
            assertTrue(row.has("ratio_to_faiss") && row.path("ratio_to_faiss").isNull());
            assertFalse(figures.table().contains("Faiss"));
        }
    }

    private static void copy(int first, int count, short[] distances, int[] all) {
        for (int i = 0; i < count; i++) {
            all[first + i] = distances[i];
        }
    }

    private static int[] plain(CodeFile file) throws IOException {
        byte[] bytes = Files.readAllBytes(file.file);
        int[] distances = new int[file.count];
        for (int i = 0; i < file.count * file.codeBytes; i++) {
            int differing = (bytes[i] ^ file.query[i % file.codeBytes]) & 0xFF;
            distances[i / file.codeBytes] += Integer.bitCount(differing);
        }
        return distances;
    }
}
