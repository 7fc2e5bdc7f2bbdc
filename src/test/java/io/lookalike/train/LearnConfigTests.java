package io.lookalike.train;

import io.lookalike.encoder.ConfigReader;
import java.util.List;
import java.util.Map;
import org.elasticsearch.test.ESTestCase;

public class LearnConfigTests extends ESTestCase {
    private static LearnConfig learn(Map<String, Object> body) {
        return LearnConfig.parse(new ConfigReader("_train", Map.of("learn", body)).object("learn"));
    }

    private static String refused(Map<String, Object> body) {
        return expectThrows(IllegalArgumentException.class, () -> learn(body)).getMessage();
    }

    public void testDefaultsAreFilledIn() {
        LearnConfig learn = learn(Map.of("pca", Map.of("dims", 30), "itq", Map.of(), "kmeans", Map.of("clusters", 9)));
        assertEquals(
                Map.of(
                        "pca", Map.of("dims", 30, "whiten", false),
                        "itq", Map.of("bits", 256, "iterations", 50),
                        "kmeans", Map.of("clusters", 9, "iterations", 20, "assign", 1)),
                learn.toMap(100));
        assertEquals(
                List.of("pca", "itq", "kmeans"), List.copyOf(learn.toMap(100).keySet()));
        assertEquals(30, learn.dims(100));
        LearnConfig planes = learn(Map.of("pca_planes", Map.of("bits", 512)));
        assertEquals(Map.of("pca_planes", Map.of("bits", 512, "dims", 64, "seed", 42L)), planes.toMap(100));
        assertEquals(Map.of("pca_planes", Map.of("bits", 512, "dims", 20, "seed", 42L)), planes.toMap(20));
        assertEquals(100, planes.dims(100));
    }

    public void testOneCodeAndAtLeastSomething() {
        assertEquals(
                "[learn] is empty; give at least one of [pca], [itq], [pca_sign], [pca_planes] and [kmeans]",
                refused(Map.of()));
        assertEquals(
                "[learn] has [itq] and [pca_planes]; an encoder has one code, give one of them",
                refused(Map.of("itq", Map.of(), "pca_planes", Map.of())));
        assertEquals(
                "unknown field [learn.lda]; [learn] takes [itq, kmeans, pca, pca_planes, pca_sign]",
                refused(Map.of("lda", Map.of())));
        assertEquals(
                "unknown field [learn.itq.dims]; [learn.itq] takes [bits, iterations]",
                refused(Map.of("itq", Map.of("dims", 3))));
        assertEquals("[learn.pca] must be an object; got [true]", refused(Map.of("pca", true)));
        assertEquals(
                "[learn.pca.whiten] must be [true] or [false]; got [yes]",
                refused(Map.of("pca", Map.of("dims", 4, "whiten", "yes"))));
        assertEquals(
                "[learn.pca_sign.bits] must be a multiple of [8]; got [20]",
                refused(Map.of("pca_sign", Map.of("bits", 20))));
        assertEquals(
                "[learn.kmeans.assign] must be an integer from [1] to [3]; got [4]",
                refused(Map.of("kmeans", Map.of("clusters", 3, "assign", 4))));
    }

    private static String refusedDims(Map<String, Object> body, int dims) {
        return expectThrows(IllegalArgumentException.class, () -> learn(body).requireDims(dims))
                .getMessage();
    }

    public void testDimsBoundDimsAndBits() {
        learn(Map.of("pca", Map.of("dims", 64), "itq", Map.of("bits", 64))).requireDims(64);
        assertEquals(
                "[learn.pca.dims] is [65] but vectors have [64] dims; give at most as many",
                refusedDims(Map.of("pca", Map.of("dims", 65)), 64));
        assertEquals(
                "[learn.itq.bits] is [72] but vectors have [70] dims, and each bit needs a component of its own; "
                        + "give at most [64], or use [pca_planes]",
                refusedDims(Map.of("itq", Map.of("bits", 72)), 70));
        assertEquals(
                "[learn.pca_sign.bits] is [64] but vectors have [32] dims after [pca], and each bit needs a "
                        + "component of its own; give at most [32], or use [pca_planes]",
                refusedDims(Map.of("pca", Map.of("dims", 32), "pca_sign", Map.of("bits", 64)), 70));
        assertEquals(
                "[learn.itq.bits] is [16] but vectors have [7] dims, and each bit needs a component of its own; use "
                        + "[pca_planes]",
                refusedDims(Map.of("itq", Map.of("bits", 16)), 7));
        learn(Map.of("pca_planes", Map.of("bits", 640))).requireDims(10);
        assertEquals(
                "[learn.pca_planes.dims] is [11] but vectors have [10] dims; give at most as many",
                refusedDims(Map.of("pca_planes", Map.of("dims", 11)), 10));
    }

    private static String refusedVectors(Map<String, Object> body, long vectors) {
        LearnConfig learn = learn(body);
        learn.requireVectors(learn.least(100), 100);
        expectThrows(IllegalArgumentException.class, () -> learn.requireVectors(learn.least(100) - 1, 100));
        return expectThrows(IllegalArgumentException.class, () -> learn.requireVectors(vectors, 100))
                .getMessage();
    }

    public void testFewVectorsAreRefused() {
        assertEquals(
                "cannot train [256] clusters from [120] vectors; supply at least [256] or lower "
                        + "[learn.kmeans.clusters]",
                refusedVectors(Map.of("kmeans", Map.of("clusters", 256)), 120));
        assertEquals(
                "cannot train [50] components from [50] vectors; supply at least [51] or lower [learn.pca.dims]",
                refusedVectors(Map.of("pca", Map.of("dims", 50)), 50));
        assertEquals(
                "cannot train [64] bits from [17] vectors; supply at least [65] or lower [learn.itq.bits]",
                refusedVectors(Map.of("itq", Map.of("bits", 64)), 17));
        // no lower setting would do
        assertEquals(
                "cannot train [64] bits from [16] vectors; supply at least [65]",
                refusedVectors(Map.of("itq", Map.of("bits", 64)), 16));
        assertEquals(
                "cannot train [2] clusters from [0] vectors; supply at least [2]",
                refusedVectors(Map.of("kmeans", Map.of("clusters", 2)), 0));
        assertEquals(
                "cannot train [9] components from [9] vectors; supply at least [10] or lower [learn.pca_planes.dims]",
                refusedVectors(Map.of("pca_planes", Map.of("bits", 64, "dims", 9)), 9));
    }
}
