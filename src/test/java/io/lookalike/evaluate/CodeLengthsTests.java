package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateConfig.CodesConfig;
import io.lookalike.evaluate.EvaluateReport.CodeTable;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.LearnedCode;
import io.lookalike.learning.Planes;
import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import io.lookalike.vectors.TiedRanking;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.elasticsearch.test.ESTestCase;

public class CodeLengthsTests extends ESTestCase {
    private static final int DIMS = 32;

    /** Vectors around a centre apart from the origin, spread much wider in some directions than in others. */
    private static float[][] vectors(Random random, int count) {
        float[][] vectors = new float[count][DIMS];
        for (float[] vector : vectors) {
            for (int d = 0; d < DIMS; d++) {
                vector[d] = (float) (2 + random.nextGaussian() * (d < 16 ? 3 : .3));
            }
        }
        return vectors;
    }

    private static CodeTable compare(CodesConfig config, float[][] documents, float[][] queries, Metric metric) {
        return compare(config, new CodeSample(documents, null, documents.length), queries, null, metric);
    }

    private static CodeTable compare(
            CodesConfig config, CodeSample sample, float[][] queries, List<Set<String>> labels, Metric metric) {
        return new CodeLengths(config, 10, 5, metric, Normalization.NONE, Workers.alone(), Progress.NONE)
                .compare("v", sample, queries, labels);
    }

    private static CodesConfig config(List<Integer> bits, int numCandidates) {
        return new CodesConfig(null, bits, EvaluateConfig.UNLABELLED, numCandidates, 2000, 20);
    }

    public void testLearnedCodesRecallMore() {
        Random random = new Random(7);
        CodeTable table =
                compare(config(List.of(8, 16, 64), 60), vectors(random, 1500), vectors(random, 50), Metric.L2_NORM);
        assertEquals(1500, table.documents());
        assertEquals(50, table.queries());
        for (int bits : List.of(8, 16)) {
            double hyperplane = table.recalls().get(bits).get("hyperplane");
            assertTrue(table.toString(), table.recalls().get(bits).get("itq") > hyperplane + .02);
            assertTrue(table.toString(), table.recalls().get(bits).get("pca_sign") > hyperplane);
        }
        assertTrue(Double.isNaN(table.recalls().get(64).get("itq")));
        assertEquals(
                "as many bits as the vectors have dims, [32], are the most that [itq] makes",
                table.reasons().get("itq"));
    }

    public void testEnoughCandidatesRecallAll() {
        Random random = new Random(8);
        for (Metric metric :
                List.of(Metric.L2_NORM, Metric.COSINE, Metric.L1, Metric.DOT_PRODUCT, Metric.CORRELATION)) {
            CodeTable table = compare(config(List.of(8), 400), vectors(random, 300), vectors(random, 5), metric);
            table.recalls().get(8).forEach((method, recall) -> assertEquals(metric + method, 1, recall, 0));
        }
    }

    public void testVectorsThatVaryTooLittleAreAReasonNotAFailure() {
        float[][] documents = vectors(new Random(9), 300);
        for (float[] vector : documents) {
            for (int d = 4; d < DIMS; d++) {
                vector[d] = 1;
            }
        }
        CodeTable table = compare(config(List.of(8), 50), documents, vectors(new Random(10), 5), Metric.L2_NORM);
        assertTrue(Double.isNaN(table.recalls().get(8).get("pca_sign")));
        assertTrue(table.reasons().toString(), table.reasons().get("pca_sign").contains("vary in [4] directions only"));
        assertFalse(Double.isNaN(table.recalls().get(8).get("hyperplane")));
    }

    /** What is not learned from is searched, and changes no code. */
    public void testCodesAreLearnedFromTheFirst() {
        Random random = new Random(12);
        float[][] documents = vectors(random, 600);
        float[][] queries = vectors(random, 20);
        for (int i = 400; i < 600; i++) {
            // far away, in directions in which the others hardly vary
            for (int d = 16; d < DIMS; d++) {
                documents[i][d] += random.nextBoolean() ? 1000 : -1000;
            }
        }
        CodesConfig config = config(List.of(8), 30);
        CodeTable first = compare(config, new CodeSample(documents, null, 400), queries, null, Metric.L2_NORM);
        assertNull(first.rankings());
        assertEquals(600, first.documents());
        assertEquals(400, first.learned());
        CodeTable all = compare(config, documents, queries, Metric.L2_NORM);
        double learned = first.recalls().get(8).get("itq");
        assertTrue(first + " " + all, learned > all.recalls().get(8).get("itq") + .1);
    }

    /** Fewer planes are a prefix of more: a table has the same figures as each length alone. */
    public void testLengthsDoNotDependOnEachOther() {
        Random random = new Random(11);
        float[][] documents = vectors(random, 500);
        float[][] queries = vectors(random, 20);
        CodeTable both = compare(config(List.of(8, 16), 30), documents, queries, Metric.COSINE);
        CodeTable one = compare(config(List.of(8), 30), documents, queries, Metric.COSINE);
        assertEquals(one.recalls().get(8), both.recalls().get(8));
    }

    private static CodesConfig heads(List<Integer> bits) {
        return new CodesConfig(null, bits, List.of("itq", EvaluateConfig.HASH_HEAD), 60, 2000, 20);
    }

    /** Moves a vector in a direction in which vectors hardly vary, so that only labels tell that it matters. */
    private static List<String> label(float[] vector, int label) {
        vector[16] += label / 4 * 3;
        vector[17] += label % 4 * 3;
        return List.of("c" + label);
    }

    private static List<List<String>> labels(Random random, float[][] vectors) {
        return Arrays.stream(vectors)
                .map(vector -> label(vector, random.nextInt(12)))
                .toList();
    }

    private static List<Set<String>> sets(List<List<String>> labels) {
        return labels.stream().map(Set::copyOf).toList();
    }

    public void testHeadsRankByLabels() {
        Random random = new Random(13);
        float[][] documents = vectors(random, 1200);
        float[][] queries = vectors(random, 40);
        List<List<String>> labels = new ArrayList<>(labels(random, documents));
        List<Set<String>> asked = new ArrayList<>(sets(labels(random, queries)));
        labels.set(3, List.of());
        labels.set(4, List.of(labels.get(4).getFirst(), "another"));
        asked.set(5, Set.of());
        asked.set(6, Set.of("of no document"));
        CodeSample sample = new CodeSample(documents, labels, documents.length);
        CodeTable table = compare(heads(List.of(8, 16, 24)), sample, queries, asked, Metric.L2_NORM);
        assertEquals(40, table.queries());
        assertEquals(38, table.rankings().queries());
        for (int bits : List.of(16, 24)) {
            Map<String, Double> maps = table.rankings().averagePrecisions().get(bits);
            assertTrue(table.toString(), maps.get("hash_head") > .5);
            assertTrue(table.toString(), maps.get("itq") < .2);
            Map<String, Double> precisions = table.rankings().precisions().get(bits);
            assertTrue(table.toString(), precisions.get("hash_head") > precisions.get("itq") + .3);
            assertTrue(table.recalls().get(bits).get("hash_head") > 0);
        }
        assertTrue(Double.isNaN(table.recalls().get(8).get("hash_head")));
        assertTrue(Double.isNaN(table.rankings().averagePrecisions().get(8).get("hash_head")));
        assertEquals("a head makes codes of [16] to [512] bits", table.reasons().get("hash_head"));
        assertEquals(table, compare(heads(List.of(8, 16, 24)), sample, queries, asked, Metric.L2_NORM));
    }

    /** Against the ranking of all documents by the distance of codes that are made here. */
    public void testAllDocumentsAreRankedByCode() {
        Random random = new Random(14);
        float[][] documents = vectors(random, 200);
        float[][] queries = vectors(random, 7);
        List<List<String>> labels = labels(random, documents);
        List<Set<String>> asked = sets(labels(random, queries));
        CodesConfig config = new CodesConfig(null, List.of(16), List.of("pca_sign"), 20, 2000, 20);
        CodeTable table =
                compare(config, new CodeSample(documents, labels, documents.length), queries, asked, Metric.L2_NORM);
        LearnedCode learned = Planes.pcaSign(documents, 16, Workers.alone(), Progress.NONE);
        BinaryCode code = BinaryCode.learned(
                DIMS, 16, learned.weights(), learned.thresholds(), learned.center(), learned.scale());
        double map = 0;
        double precision = 0;
        for (int q = 0; q < queries.length; q++) {
            int[] all = new int[17];
            int[] relevant = new int[17];
            for (int i = 0; i < documents.length; i++) {
                int distance = Hamming.distance(code.hash(queries[q]), code.hash(documents[i]));
                all[distance]++;
                relevant[distance] += asked.get(q).contains(labels.get(i).getFirst()) ? 1 : 0;
            }
            map += TiedRanking.averagePrecision(all, relevant) / queries.length;
            precision += TiedRanking.precision(all, relevant, 10) / queries.length;
        }
        assertEquals(map, table.rankings().averagePrecisions().get(16).get("pca_sign"), 1e-12);
        assertEquals(precision, table.rankings().precisions().get(16).get("pca_sign"), 1e-12);
    }

    public void testLabelsThatCannotTeachAreAReasonWithCounts() {
        float[][] documents = vectors(new Random(15), 300);
        List<List<String>> labels = new ArrayList<>(Collections.nCopies(300, List.of()));
        assertEquals(
                "a head learns from [2] to [10000] labels; [0] of the [300] documents to learn from have a label, and "
                        + "these have [0] different ones",
                whyNoHead(documents, labels));
        labels.set(7, List.of("one"));
        labels.set(9, List.of("one"));
        assertEquals(
                "a head learns from [2] to [10000] labels; [2] of the [300] documents to learn from have a label, and "
                        + "these have [1] different ones",
                whyNoHead(documents, labels));
        for (int i = 0; i < 300; i++) {
            int row = i;
            labels.set(i, IntStream.range(0, 40).mapToObj(j -> row + "-" + j).toList());
        }
        assertEquals(
                "a head learns from [2] to [10000] labels; [300] of the [300] documents to learn from have a label, "
                        + "and these have [12000] different ones",
                whyNoHead(documents, labels));
    }

    private static String whyNoHead(float[][] documents, List<List<String>> labels) {
        CodeTable table = compare(
                heads(List.of(16)),
                new CodeSample(documents, labels, documents.length),
                vectors(new Random(16), 3),
                List.of(Set.of(), Set.of(), Set.of()),
                Metric.L2_NORM);
        assertTrue(Double.isNaN(table.recalls().get(16).get("hash_head")));
        assertEquals(0, table.rankings().queries());
        return table.reasons().get("hash_head");
    }

    /** A head learns from two documents, too: then none is held out. */
    public void testFewLabelledDocuments() {
        float[][] documents = vectors(new Random(17), 100);
        List<List<String>> labels = new ArrayList<>(Collections.nCopies(100, List.of()));
        labels.set(2, List.of("a"));
        labels.set(3, List.of("b"));
        CodeTable table = compare(
                heads(List.of(16)),
                new CodeSample(documents, labels, documents.length),
                vectors(new Random(18), 2),
                List.of(Set.of("a"), Set.of("b")),
                Metric.L2_NORM);
        assertEquals(2, table.rankings().queries());
        assertTrue(table.rankings().averagePrecisions().get(16).get("hash_head") > 0);
    }
}
