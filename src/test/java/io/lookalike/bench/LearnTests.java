package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.TestLogging;
import io.lookalike.learning.Itq;
import io.lookalike.learning.KMeans;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the learn benchmark counts with, and that its rival counts alike. */
class LearnTests {
    @TempDir
    Path folder;

    @BeforeAll
    static void logging() {
        TestLogging.start();
    }

    /** A mixture in which some directions vary more than others. */
    private static SearchData data() {
        SearchData even = SearchData.seeded(3, 3000, 32, 400);
        for (float[][] vectors : List.of(even.base, even.queries)) {
            for (float[] vector : vectors) {
                for (int d = 0; d < vector.length; d++) {
                    vector[d] *= 4f / (4 + d);
                }
            }
        }
        return new SearchData(
                even.base, even.queries, SearchTruth.nearest(even.base, even.queries, SearchData.NEAREST));
    }

    @Test
    void recallIsTheShareOfTheNearestAmongTheNearestCodes() {
        SearchData data = new SearchData(new float[5][1], new float[1][1], new int[][] {{2, 4, 0}});
        LearnCodes codes = new LearnCodes(new long[][] {{7, 0}, {1, 1}, {0, 1}, {0, 0}, {3, 0}}, new long[][] {{0, 0}});
        // distances 3, 2, 1, 0, 2: of the two at distance 2 the first is a candidate
        assertEquals(.5, codes.recall(data, 2, 3));
        assertEquals(1, codes.recall(data, 2, 4));
        assertEquals(2 / 3., codes.recall(data, 3, 4), 1e-9);
        assertEquals(1, codes.recall(data, 3, 9));
        assertEquals(.5, codes.found(data, 0, 2, 2, new int[] {4, 0, 1}));
    }

    @Test
    void everyKindAndLengthHasItsRowAndLearnedCodesFindMore() {
        SearchData data = data();
        Map<String, ObjectNode> rows = new HashMap<>();
        LearnBenchmark.codes(data, data.base, Workers.alone())
                .forEach(row -> rows.put(row.path("name").asText(), row));
        // no more signs of components than dims
        assertEquals(3 * LearnBenchmark.BITS.size() + 1, rows.size());
        for (int bits : LearnBenchmark.BITS) {
            double random = rows.get("codes_hyperplane_" + bits).path("value").asDouble();
            double itq = rows.get("codes_itq_" + bits).path("value").asDouble();
            // random planes, too, find nearly all with many bits
            assertTrue(bits <= 64 ? itq > random : itq > .99, bits + " bits: " + itq + " and " + random);
            assertEquals(random, rows.get("codes_itq_" + bits).path("baseline").asDouble());
        }
        assertTrue(LearnBenchmark.line(rows.get("codes_itq_64")).startsWith("codes_itq_64 "));
    }

    /** Few candidates of many nearest clusters are the same as of all codes. */
    @Test
    void clustersFindWhatTheirCodesFind() {
        SearchData data = data();
        LearnCodes codes = LearnCodes.of(
                LearnBenchmark.planes(Itq.learn(data.base, 64, 10, 1, Workers.alone(), Progress.NONE)), data);
        LearnClusters clusters =
                new LearnClusters(KMeans.learn(data.base, 50, 5, 1, Workers.alone(), Progress.NONE), data.base);
        LearnClusters.Found all = clusters.search(data, codes, 10, 200, 50);
        assertEquals(1, all.touched());
        assertEquals(codes.recall(data, 10, 200), all.recall(), .02);
        LearnClusters.Found few = clusters.search(data, codes, 10, 200, 5);
        assertTrue(few.touched() < .3 && few.touched() > .02, few::toString);
        assertTrue(few.recall() > .5 && few.recall() <= all.recall() + .02, few::toString);
        assertEquals(5, few.probes());
    }

    @Test
    void aForkReadsWhatWasWrittenAndTellsItsMemory() throws IOException {
        SearchData data = data();
        data.write(folder);
        float[][] rows = LearnFork.read(folder.resolve(SearchData.BASE), data.dims(), 100);
        assertTrue(Arrays.deepEquals(Arrays.copyOf(data.base, 100), rows));
        ObjectNode figures = LearnFork.measure(rows, 16, 3);
        assertTrue(figures.path("seconds").asDouble() > 0);
        assertTrue(figures.path("megabytes").asDouble() > 1);
    }

    @Test
    void faissIsMeasuredAlike() throws IOException, InterruptedException {
        if (Faiss.find().version().isEmpty()) {
            return;
        }
        SearchData data = data();
        data.write(folder);
        Map<Integer, Double> recalls = LearnFaiss.recalls(folder, data.dims(), 2000, 10, 3000, List.of(16, 32));
        // all are candidates
        assertEquals(Map.of(16, 1., 32, 1.), recalls);
        double found = LearnFaiss.recalls(folder, data.dims(), 3000, 10, 200, List.of(32))
                .get(32);
        assertTrue(found > .5 && found < 1, "recall " + found);
    }

    @Test
    void componentsOfEmbeddingsKeepTheirClasses() {
        Random random = new Random(5);
        float[][] vectors = new float[60][200];
        int[] labels = new int[60];
        for (int i = 0; i < 60; i++) {
            labels[i] = i % 3;
            for (int d = 0; d < 200; d++) {
                vectors[i][d] = (float) random.nextGaussian() + (d % 3 == labels[i] ? 3 : 0);
            }
        }
        ObjectNode row = LearnBenchmark.pca(new LearnEmbeddings("test", vectors, labels), Workers.alone());
        assertEquals(1, row.path("value").asDouble());
        assertEquals(1, row.path("baseline").asDouble());
        // no more directions than vectors
        assertEquals(1, row.path("explained").asDouble(), 1e-6);
    }

    @Test
    void embeddingsOfDrawnPicturesHaveLengthOne() throws IOException {
        LearnEmbeddings embeddings = LearnEmbeddings.of(Optional.empty());
        assertEquals(embeddings.labels().length, embeddings.vectors().length);
        List<Double> lengths = new ArrayList<>();
        for (float[] vector : embeddings.vectors()) {
            double square = 0;
            for (float x : vector) {
                square += (double) x * x;
            }
            lengths.add(square);
        }
        assertTrue(lengths.stream().allMatch(square -> Math.abs(square - 1) < 1e-4));
    }

    @Test
    void noPairOfHashesIsMissed() {
        try (ExecutorService executor = Executors.newFixedThreadPool(1)) {
            ObjectNode row = LearnDuplicates.measure(null, 5000, executor);
            assertEquals(0, row.path("missed").asLong());
            assertTrue(row.path("pairs").asLong() > 0);
            assertTrue(row.path("codes").asLong() > 2000);
        }
    }
}
