package io.lookalike.evaluate;

import io.lookalike.evaluate.EvaluateConfig.CodesConfig;
import io.lookalike.evaluate.EvaluateReport.CodeTable;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.List;
import java.util.Random;
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
        return new CodeLengths(config, 10, 5, metric, Normalization.NONE, Workers.alone(), Progress.NONE)
                .compare("v", new CodeSample(documents, documents.length), queries);
    }

    private static CodesConfig config(List<Integer> bits, int numCandidates) {
        return new CodesConfig(null, bits, EvaluateConfig.METHODS, numCandidates, 2000, 20);
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
                documents[i][d] += 1000;
            }
        }
        CodesConfig config = config(List.of(8), 30);
        CodeTable first = new CodeLengths(
                        config, 10, 5, Metric.L2_NORM, Normalization.NONE, Workers.alone(), Progress.NONE)
                .compare("v", new CodeSample(documents, 400), queries);
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
}
