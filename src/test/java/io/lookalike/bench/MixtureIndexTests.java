package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Term;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmarks over millions of documents measure, on thousands. */
class MixtureIndexTests {
    private static final int DOCUMENTS = 20_021;
    private static final int FEWER = 3000;

    @TempDir
    static Path folder;

    private static final List<String> SAID = new ArrayList<>();

    @BeforeAll
    static void write() throws Exception {
        Mixture mixture = new Mixture();
        for (int documents : new int[] {FEWER, DOCUMENTS}) {
            Path index = folder.resolve(Integer.toString(documents));
            MixtureIndex.write(index, mixture, documents, SAID::add, FilterBenchmark.SHARES);
        }
    }

    private static Path index() {
        return folder.resolve(Integer.toString(DOCUMENTS));
    }

    private static LeafReader onlyLeaf(DirectoryReader reader) {
        assertEquals(1, reader.leaves().size());
        return reader.leaves().getFirst().reader();
    }

    @Test
    void everyDocumentHasItsVectorAndItsCode() throws IOException {
        Mixture mixture = new Mixture();
        Set<String> expected = new HashSet<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            float[] vector = mixture.vector(i);
            expected.add(Arrays.toString(vector) + Arrays.toString(mixture.code(vector)));
        }
        assertEquals(DOCUMENTS, expected.size());
        try (DirectoryReader reader = MixtureIndex.open(index())) {
            LeafReader leaf = onlyLeaf(reader);
            FloatVectorValues vectors = leaf.getFloatVectorValues(MixtureIndex.VECTOR);
            ByteVectorValues codes = leaf.getByteVectorValues(MixtureIndex.CODE);
            assertEquals(DOCUMENTS, vectors.size());
            assertEquals(DOCUMENTS, codes.size());
            for (int ord = 0; ord < DOCUMENTS; ord++) {
                assertTrue(expected.remove(
                        Arrays.toString(vectors.vectorValue(ord)) + Arrays.toString(codes.vectorValue(ord))));
            }
        }
        assertTrue(SAID.getLast().startsWith("20,021 documents written in "), SAID::toString);
    }

    @Test
    void vectorsCrowd() {
        Mixture mixture = new Mixture();
        int[] nearest = IntStream.rangeClosed(1, 20)
                .map(q -> {
                    byte[] code = mixture.code(mixture.vector(-q));
                    return IntStream.range(0, DOCUMENTS)
                            .map(i -> BruteForce.hamming(code, mixture.code(mixture.vector(i))))
                            .min()
                            .orElseThrow();
                })
                .toArray();
        // of random codes the nearest of 20,000 would differ in 96 bits, of two about one centre in 52 on average
        assertTrue(IntStream.of(nearest).max().orElseThrow() < 60, () -> Arrays.toString(nearest));
        assertTrue(IntStream.of(nearest).min().orElseThrow() > 10, () -> Arrays.toString(nearest));
    }

    @Test
    void termsKeepTheirShares() throws IOException {
        assertEquals(DOCUMENTS, kept(1));
        // fewer than candidates are wanted, and more
        assertTrue(kept(.01) > Probe.K && kept(.01) < Probe.NUM_CANDIDATES && kept(.1) > 2 * Probe.NUM_CANDIDATES);
        for (double share : FilterBenchmark.SHARES) {
            double deviation = Math.sqrt(DOCUMENTS * share * (1 - share));
            assertTrue(Math.abs(kept(share) - DOCUMENTS * share) <= 4 * deviation, share + " keeps " + kept(share));
        }
    }

    private static int kept(double share) throws IOException {
        try (DirectoryReader reader = MixtureIndex.open(index())) {
            return reader.docFreq(new Term(MixtureIndex.KEPT, MixtureIndex.term(share)));
        }
    }

    @Test
    void bruteForceNoticesWhatIsWrong() throws IOException {
        Probe probe = Probe.of(new Mixture(), 1)[0];
        try (DirectoryReader reader = MixtureIndex.open(index())) {
            BruteForce all = BruteForce.search(reader, probe, null);
            assertEquals(Probe.K, all.scores().size());
            assertTrue(all.agrees(all.scores()));
            assertTrue(BruteForce.search(reader, probe, 1.0).agrees(all.scores()));
            assertFalse(BruteForce.search(reader, probe, .01).agrees(all.scores()));
            assertFalse(all.agrees(BruteForce.search(reader, probe, .01).scores()));
        }
    }

    @Test
    void plainReadsReadAllCodes() throws IOException {
        try (DirectoryReader reader = MixtureIndex.open(index())) {
            CodeReads reads = new CodeReads(new StagedSearcher(reader, Runnable::run), 2);
            long expected = 0;
            ByteVectorValues codes = onlyLeaf(reader).getByteVectorValues(MixtureIndex.CODE);
            for (int ord = 0; ord < DOCUMENTS; ord++) {
                LongBuffer longs = ByteBuffer.wrap(codes.vectorValue(ord))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer();
                while (longs.hasRemaining()) {
                    expected += longs.get();
                }
            }
            CodeReads.Read read = reads.read(reads.fastest());
            assertEquals(expected, read.sum());
            assertTrue(read.millis() > 0);
        }
    }

    @Test
    void searchesOfEachSizeBecomeARow() throws IOException {
        JsonNode fork = ScaleFork.measure(folder, 2, 10, FEWER, DOCUMENTS);
        ScaleFigures fewer = new ScaleFigures(FEWER, List.of(fork, fork));
        ScaleFigures more = new ScaleFigures(DOCUMENTS, List.of(fork, fork));
        for (ScaleFigures figures : List.of(fewer, more)) {
            ObjectNode row = figures.row();
            assertEquals("scale", row.path("name").asText());
            Stream.of("candidates_ms", "read_codes_ms", "times_reading_codes", "p50_ms")
                    .forEach(name -> assertTrue(row.path(name).asDouble() > 0, name));
            assertTrue(row.path("candidates_ms").asDouble() < row.path("p50_ms").asDouble(), row::toString);
            double bytes = row.path("bytes_per_document").asDouble();
            assertTrue(bytes > 544 && bytes < 552, row::toString);
            assertTrue(row.path("heap_bytes_per_document").isNumber());
        }
        assertEquals(DOCUMENTS, more.row().path("codes").asInt());
        assertTrue(more.line().startsWith("20,021 "), more::line);
        assertTrue(
                ScaleFigures.growth(fewer, more)
                        .startsWith("from 3,000 to 20,021 codes, 6.67 times as many, the p50 grows "),
                () -> ScaleFigures.growth(fewer, more));
    }

    @Test
    void searchesWithEachFilterBecomeARow() throws IOException {
        FilterFigures figures = new FilterFigures(List.of(FilterFork.measure(index(), 2, 10)));
        for (double share : FilterBenchmark.SHARES) {
            ObjectNode row = figures.row(share);
            assertEquals("filter", row.path("name").asText());
            assertEquals(share, row.path("kept").asDouble());
            assertTrue(row.path("same_as_brute_force").asBoolean(), row::toString);
            assertEquals(kept(share), row.path("documents_kept").asInt());
            Stream.of("p50_ms", "unfiltered_p50_ms", "ratio_to_unfiltered")
                    .forEach(name -> assertTrue(row.path(name).asDouble() > 0, name));
        }
        assertFalse(figures.table().contains("NOT"), figures::table);
        assertEquals(2 + FilterBenchmark.SHARES.length, figures.table().lines().count());
    }
}
