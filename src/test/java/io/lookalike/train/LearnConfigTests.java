package io.lookalike.train;

import static org.hamcrest.Matchers.startsWith;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.task.Sampling;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
                "[learn] is empty; give at least one of [pca], [metric], [hash_head], [itq], [pca_sign], [pca_planes] "
                        + "and [kmeans]",
                refused(Map.of()));
        assertEquals(
                "[learn] has [itq] and [pca_planes]; an encoder has one code, give one of them",
                refused(Map.of("itq", Map.of(), "pca_planes", Map.of())));
        assertEquals(
                "unknown field [learn.lda]; [learn] takes [hash_head, itq, kmeans, metric, pca, pca_planes, pca_sign]",
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

    public void testHeads() {
        LearnConfig metric = learn(Map.of("metric", Map.of("label_field", "class", "hidden", 16)));
        assertEquals(
                Map.of(
                        "metric",
                        Map.ofEntries(
                                Map.entry("label_field", "class"),
                                Map.entry("dims", 100),
                                Map.entry("hidden", 16),
                                Map.entry("loss", Map.of("triplet", 1.0, "contrastive", 0.0, "classification", 1.0)),
                                Map.entry("margin", .2),
                                Map.entry("negatives", "semi_hard"),
                                Map.entry("hold_out", Map.of("share", .1, "by", "document")),
                                Map.entry("epochs", 20),
                                Map.entry("patience", 5),
                                Map.entry("seed", 1L))),
                metric.toMap(100));
        assertEquals(metric.toMap(100), learn(metric.toMap(100)).toMap(100));
        assertEquals(2, metric.stages());
        assertEquals(128, metric.dims(500));
        assertFalse(metric.hasCode());
        LearnConfig both = learn(Map.of(
                "pca", Map.of("dims", 50),
                "hash_head", Map.of("label_field", "class", "bits", 64, "dims", 20, "loss", Map.of("triplet", 2))));
        assertTrue(both.hasCode());
        assertEquals(20, both.dims(100));
        assertEquals(2, both.stages());
        assertEquals(List.of("pca", "hash_head"), List.copyOf(both.toMap(100).keySet()));
        assertEquals(both.toMap(100), learn(both.toMap(100)).toMap(100));
    }

    public void testHeadsThatAreRefused() {
        for (String head : List.of("metric", "hash_head")) {
            String name = "[learn." + head + ".";
            Map<String, Object> least = Map.of("label_field", "class", "bits", 32);
            Map<String, Object> body = new HashMap<>(least);
            if (head.equals("metric")) {
                body.remove("bits");
            }
            assertEquals(
                    name + "label_field] is missing; name the field that says what documents show",
                    refused(Map.of(head, Map.of())));
            Map<String, Object> wrong = new HashMap<>(body);
            wrong.put("hold_out", Map.of("share", .6));
            assertEquals(name + "hold_out.share] must be within [0..0.5]; got [0.6]", refused(Map.of(head, wrong)));
            wrong.put("hold_out", Map.of("by", "class"));
            assertEquals(
                    name + "hold_out.by] must be one of [document, label]; got [class]", refused(Map.of(head, wrong)));
            wrong.put("hold_out", Map.of());
            wrong.put("margin", -1);
            assertEquals(name + "margin] must be within [0..1000000]; got [-1.0]", refused(Map.of(head, wrong)));
            wrong.put("margin", 1);
            wrong.put("loss", Map.of("triplet", 0));
            if (head.equals("metric")) {
                assertEquals(
                        name + "loss] is zero; give at least one of [triplet], [contrastive] and [classification] a "
                                + "weight above [0]",
                        refused(Map.of(head, wrong)));
            } else {
                assertNotNull(learn(Map.of(head, wrong)));
            }
            wrong.put("loss", Map.of("softmax", 1));
            assertEquals(
                    "unknown field " + name + "loss.softmax]; " + name
                            + "loss] takes [classification, contrastive, triplet]",
                    refused(Map.of(head, wrong)));
        }
        assertEquals(
                "[learn.hash_head.bits] must be a multiple of [8]; got [36]",
                refused(Map.of("hash_head", Map.of("label_field", "class", "bits", 36))));
        assertEquals(
                "[learn.hash_head.bits] must be an integer from [16] to [512]; got [1024]",
                refused(Map.of("hash_head", Map.of("label_field", "class", "bits", 1024))));
        assertEquals(
                "[learn] has [metric] and [hash_head]; give one of them: [hash_head] learns vectors too",
                refused(Map.of(
                        "metric", Map.of("label_field", "class"),
                        "hash_head", Map.of("label_field", "class", "bits", 32))));
        assertEquals(
                "[learn] has [hash_head] and [itq]; an encoder has one code: give [metric] with [itq], or [hash_head] "
                        + "alone",
                refused(Map.of("itq", Map.of(), "hash_head", Map.of("label_field", "class", "bits", 32))));
    }

    private static Sampling.Sample sample(String... labels) {
        return new Sampling.Sample(
                new float[labels.length][2],
                Stream.of(labels).map(each -> List.of(each.split("\\+"))).toList());
    }

    private static HeadSample labelled(Map<String, Object> more, String... labels) {
        Map<String, Object> metric = new HashMap<>(more);
        metric.put("label_field", "class");
        return HeadSample.of(learn(Map.of("metric", metric)).head(), sample(labels));
    }

    public void testLabelsThatCannotCarryAHeadAreRefusedWithTheirCounts() {
        assertEquals(2, labelled(Map.of(), "a", "a", "b+a", "b").labels().count());
        assertEquals(
                "label field [class] has [1] labels with at least [2] vectors in a sample of [3], and a head learns to "
                        + "tell two or more apart; vectors by label: {a=3}",
                expectThrows(IllegalArgumentException.class, () -> labelled(Map.of(), "a", "a", "a"))
                        .getMessage());
        assertEquals(
                "label field [class] has [2] labels with only one vector in a sample of [6], of [4] labels: [c, d]; "
                        + "each needs two: index more documents of them, raise [sample], or leave these labels out by "
                        + "[learn.metric.min_documents] [2]",
                expectThrows(IllegalArgumentException.class, () -> labelled(Map.of(), "a", "a", "b", "b", "c", "d"))
                        .getMessage());
        HeadSample kept = labelled(Map.of("min_documents", 2), "a", "a", "b", "b", "c", "d+a");
        assertEquals(2, kept.rare());
        assertEquals(5, kept.vectors().length);
        assertEquals(List.of("a"), kept.texts().get(4));
        assertEquals(1, kept.leftOut());
        assertThat(
                expectThrows(
                                IllegalArgumentException.class,
                                () -> labelled(Map.of("min_documents", 3), "a", "a", "a", "b", "b"))
                        .getMessage(),
                startsWith("label field [class] has [1] labels with at least [3] vectors in a sample of [5]"));
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
