package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.Test;

/** Reads, refuses, writes and compares configurations with learned arrays. */
class LearnedConfigTests {
    static {
        TestLogging.start();
    }

    private final Random random = new Random(8);

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static String base64(float... values) {
        return FloatFormat.FLOAT32.toBase64(values);
    }

    private static List<Object> list(float... values) {
        List<Object> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    /** 8 dims to 4, 16 learned planes, 3 clusters. */
    private final float[] weights = numbers(32);

    private final float[] bias = numbers(4);
    private final float[] planes = numbers(64);
    private final float[] thresholds = numbers(16);
    private final float[] center = numbers(4);
    private final float[] centroids = numbers(12);

    private Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", "none");
        body.put("dims", 8);
        body.put(
                "project",
                List.of(new LinkedHashMap<>(
                        Map.of("dims", 4, "weights", base64(weights), "bias", base64(bias), "normalize", "l2"))));
        body.put(
                "hash",
                new LinkedHashMap<>(Map.of(
                        "type",
                        "planes",
                        "method",
                        "itq",
                        "bits",
                        16,
                        "center",
                        base64(center),
                        "weights",
                        base64(planes),
                        "thresholds",
                        base64(thresholds),
                        "scale",
                        0.25)));
        body.put(
                "clusters",
                new LinkedHashMap<>(
                        Map.of("count", 3, "centroids", FloatFormat.BFLOAT16.toBase64(centroids), "assign", 2)));
        body.put("training", Map.of("parent", "photos", "sample", 50_000));
        return body;
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> changed(String path, Object value) {
        Map<String, Object> body = body();
        Map<String, Object> at = body;
        String[] names = path.split("\\.", -1);
        for (int i = 0; i < names.length - 1; i++) {
            Object next = at.get(names[i]);
            at = (Map<String, Object>) (next instanceof List<?> list ? list.getFirst() : next);
        }
        if (value == null) {
            at.remove(names[names.length - 1]);
        } else {
            at.put(names[names.length - 1], value);
        }
        return body;
    }

    private static EncoderConfig parse(Map<String, Object> body) {
        return EncoderConfig.parse(body, null);
    }

    private static String fingerprint(Map<String, Object> body) {
        return EncoderDefinition.of("e", parse(body), "").fingerprint();
    }

    private void refused(String message, String path, Object value) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> parse(changed(path, value)))
                        .getMessage());
    }

    private static Map<String, Object> viaJson(Map<String, Object> map) throws IOException {
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            return XContentHelper.convertToMap(BytesReference.bytes(builder.map(map)), true, XContentType.JSON)
                    .v2();
        }
    }

    @Test
    void testEverythingSaid() {
        EncoderConfig config = parse(body());
        assertEquals(8, config.inputDims());
        assertEquals(4, config.dims());
        assertTrue(config.isNormalized());
        assertTrue(config.hasNorms());
        assertArrayEquals(weights, config.project().getFirst().map().weights());
        assertArrayEquals(bias, config.project().getFirst().map().bias());
        assertEquals(16, config.hash().bits());
        assertArrayEquals(center, config.hash().center());
        assertArrayEquals(planes, config.hash().planes().weights());
        assertArrayEquals(thresholds, config.hash().planes().thresholds());
        assertEquals(.25, config.hash().planes().scale());
        assertEquals(3, config.clusters().count());
        assertEquals(2, config.clusters().assigned());
        for (int i = 0; i < centroids.length; i++) {
            assertEquals(
                    FloatFormat.BFLOAT16.round(centroids[i]), config.clusters().values()[i]);
        }
        assertEquals(4L * (32 + 4 * (16 + 80 + 3)), config.weightBytes());
    }

    @Test
    void testWhatIsLeftOut() {
        Map<String, Object> body = body();
        body.put("project", List.of(Map.of("dims", 4, "weights", base64(weights))));
        body.put("hash", Map.of("type", "planes", "bits", 16, "weights", base64(planes)));
        body.put("clusters", Map.of("count", 3, "centroids", FloatFormat.BFLOAT16.toBase64(centroids)));
        EncoderConfig config = parse(body);
        assertFalse(config.isNormalized());
        assertEquals(1, config.clusters().assigned());
        assertEquals(
                "{dims=4, weights=" + base64(weights) + ", normalize=none}",
                config.project().getFirst().toMap().toString());
        // as for random planes, except for the length of the normals
        double lengths = 0;
        for (int bit = 0; bit < 16; bit++) {
            double squares = 0;
            for (int d = 0; d < 4; d++) {
                squares += (double) planes[4 * bit + d] * planes[4 * bit + d];
            }
            lengths += Math.sqrt(squares / 4);
        }
        assertEquals(
                1 / (lengths * Math.sqrt(2 / Math.PI)), config.hash().planes().scale(), 1e-12);
        body.remove("project");
        body.put("dims", 4);
        body.put("normalize", "l2");
        assertFalse(parse(body).hasNorms());
        body.put("project", List.of());
        assertFalse(parse(body).toMap().containsKey("project"));
    }

    @Test
    void testWhatIsWrittenIsReadBack() throws IOException {
        Map<String, Object> map = parse(body()).toMap();
        assertEquals(map, parse(map).toMap());
        assertEquals(map, parse(viaJson(map)).toMap());
        assertEquals(
                List.of(
                        "model",
                        "dims",
                        "normalize",
                        "project",
                        "hash",
                        "buckets",
                        "clusters",
                        "perceptual",
                        "training"),
                List.copyOf(map.keySet()));
        assertEquals(body().get("training"), map.get("training"));
    }

    @Test
    void testListsAndBytesMeanTheSame() {
        String expected = fingerprint(body());
        for (Object form : List.of(
                list(weights),
                List.of(
                        list(Arrays.copyOfRange(weights, 0, 8)),
                        list(Arrays.copyOfRange(weights, 8, 16)),
                        list(Arrays.copyOfRange(weights, 16, 24)),
                        list(Arrays.copyOfRange(weights, 24, 32))),
                Base64.getDecoder().decode(base64(weights)))) {
            assertEquals(expected, fingerprint(changed("project.weights", form)));
        }
        assertEquals(expected, fingerprint(changed("hash.thresholds", list(thresholds))));
        assertEquals(expected, fingerprint(changed("hash.center", list(center))));
        assertEquals(expected, fingerprint(changed("clusters.centroids", list(centroids))));
    }

    @Test
    void testTheCentreOfRandomPlanesMayBeBase64() {
        Map<String, Object> plain = Map.of("model", "none", "dims", 4, "hash", Map.of("center", list(center)));
        Map<String, Object> packed = Map.of("model", "none", "dims", 4, "hash", Map.of("center", base64(center)));
        assertEquals(fingerprint(plain), fingerprint(packed));
        assertEquals(list(center), ((Map<?, ?>) parse(packed).toMap().get("hash")).get("center"));
    }

    /** Fingerprints are stored in documents, so they must never change. */
    @Test
    void testGoldenFingerprint() {
        Map<String, Object> body = Map.of(
                "model",
                "none",
                "dims",
                2,
                "project",
                List.of(Map.of("dims", 1, "weights", List.of(1, -2), "bias", List.of(.5))),
                "hash",
                Map.of("type", "planes", "bits", 16, "weights", list(new float[16]), "scale", 1),
                "clusters",
                Map.of("count", 2, "centroids", List.of(1, 1.001)));
        assertEquals("2ac89a061d1320998d3d27f45f9c74208666a4b5d67fc619f0758cf22a350a3a", fingerprint(body));
    }

    @Test
    void testEveryArrayIsPartOfTheFingerprintAndTrainingIsNot() {
        String same = fingerprint(body());
        assertEquals(same, fingerprint(changed("training", null)));
        assertEquals(same, fingerprint(changed("training", Map.of("parent", "other"))));
        float[] one = {1};
        for (Object[] change : new Object[][] {
            {"project.weights", weights},
            {"project.bias", bias},
            {"hash.weights", planes},
            {"hash.thresholds", thresholds},
            {"hash.center", center},
            {"clusters.centroids", centroids}
        }) {
            float[] array = ((float[]) change[1]).clone();
            array[array.length - 1] += one[0];
            assertNotEquals(same, fingerprint(changed((String) change[0], list(array))), (String) change[0]);
        }
        assertNotEquals(same, fingerprint(changed("project.normalize", "none")));
        assertEquals(same, fingerprint(changed("project.activation", "none")));
        assertNotEquals(same, fingerprint(changed("project.activation", "relu")));
        assertNotEquals(same, fingerprint(changed("project.bias", null)));
        assertNotEquals(same, fingerprint(changed("hash.scale", .26)));
        assertNotEquals(same, fingerprint(changed("hash.method", "pca_sign")));
        assertNotEquals(same, fingerprint(changed("clusters.assign", 1)));
        assertNotEquals(same, fingerprint(changed("clusters", null)));
    }

    @Test
    void testArraysOfAnotherSize() {
        refused(
                "[project[0].weights] must have [32] numbers, [4] dims x [8] of the vectors that it takes; got [31]",
                "project.weights",
                base64(Arrays.copyOf(weights, 31)));
        refused(
                "[project[0].weights] is missing; give [32] numbers, [4] dims x [8] of the vectors that it takes, "
                        + "row by row, "
                        + "as base64 of little-endian float32 or as a list",
                "project.weights",
                null);
        refused("[project[0].bias] must have [4] numbers, [dims]; got [5]", "project.bias", list(new float[5]));
        refused(
                "[hash.weights] must have [64] numbers, [16] bits x [4] dims of the vectors; got [128]",
                "hash.weights",
                base64(numbers(128)));
        refused("[hash.thresholds] must have [16] numbers, [bits]; got [0]", "hash.thresholds", "");
        refused("[hash.center] has [8] dims but vectors have [4]", "hash.center", base64(numbers(8)));
        refused(
                "[clusters.centroids] must have [12] numbers, [3] clusters x [4] dims of the vectors; got [24]: "
                        + "base64 holds "
                        + "them as bfloat16, the upper two bytes of each float32",
                "clusters.centroids",
                base64(centroids));
        refused("[clusters.count] is missing; give an integer from [1] to [65536]", "clusters.count", null);
        refused("[clusters.assign] must be an integer from [1] to [3]; got [4]", "clusters.assign", 4);
        refused("[hash.bits] is missing; give an integer from [16] to [4096]", "hash.bits", null);
    }

    @Test
    void testArraysThatAreNone() {
        refused(
                "[hash.weights] must be a list of numbers, or base64 of little-endian float32; Illegal base64 "
                        + "character 21",
                "hash.weights",
                "!!!!");
        refused(
                "[hash.weights] must hold whole numbers of [4] bytes, little-endian float32; got [3] bytes",
                "hash.weights",
                "AAAA");
        refused(
                "[hash.weights] must be a list of numbers, or base64 of little-endian float32; got [an object]",
                "hash.weights",
                Map.of());
        float[] broken = planes.clone();
        broken[7] = Float.NaN;
        refused("[hash.weights[7]] must be a finite float32; got [NaN]", "hash.weights", base64(broken));
        broken[7] = Float.NEGATIVE_INFINITY;
        refused("[hash.weights[7]] must be a finite float32; got [-Infinity]", "hash.weights", base64(broken));
        refused(
                "[clusters.centroids[0]] must be a finite bfloat16; got [3.4028235E38]",
                "clusters.centroids",
                list(Float.MAX_VALUE));
        refused(
                "[hash.weights[1]] must be a list of numbers, as [0] is; got [1]",
                "hash.weights",
                List.of(List.of(1), 1));
        refused(
                "[hash.weights[2]] must be a finite number; got [x]",
                "hash.weights",
                List.of(List.of(1, 2), List.of("x")));
        refused(
                "[hash.scale] must be above [0]; got [0.0]; leave it out, and see [What an encoder holds] in "
                        + "docs/learning.md",
                "hash.scale",
                0);
        refused(
                "[hash.method] must be a word of lower-case letters, such as [itq], [pca_sign] or [pca_planes]; got "
                        + "[a b]",
                "hash.method",
                "a b");
        refused(
                "unknown field [hash.seed]; [hash] takes [bits, center, method, scale, thresholds, type, weights]",
                "hash.seed",
                1);
        refused("[training] must be an object; got [1]", "training", 1);
    }

    @Test
    void testStagesFollowEachOther() {
        Map<String, Object> body = body();
        body.put(
                "project",
                List.of(
                        Map.of("dims", 6, "weights", base64(numbers(48))),
                        Map.of("dims", 4, "weights", base64(numbers(24)), "normalize", "l2")));
        EncoderConfig config = parse(body);
        assertEquals(4, config.dims());
        assertEquals(config.toMap(), parse(config.toMap()).toMap());
        refused("[project] must be a list of at most [8] objects; got [an object]", "project", Map.of());
        refused("[project[0]] must be an object; got [1]", "project", List.of(1));
        Map<String, Object> stage = Map.of("dims", 8, "weights", base64(numbers(64)));
        refused(
                "[project] must be a list of at most [8] objects; got [a list of 9]",
                "project",
                Collections.nCopies(9, stage));
        refused(
                "unknown field [project[0].gain]; [project[0]] takes [activation, bias, dims, normalize, weights]",
                "project.gain",
                "relu");
    }

    @Test
    void testStagesInCommon() {
        EncoderConfig config = parse(body());
        Map<String, Object> longer = body();
        List<Object> stages = new ArrayList<>((List<?>) longer.get("project"));
        stages.add(Map.of("dims", 2, "weights", base64(numbers(8))));
        longer.put("project", stages);
        longer.remove("hash");
        longer.remove("clusters");
        Map<String, Object> none = Map.of("model", "none", "dims", 8, "hash", Map.of("bits", 32));
        assertEquals(1, parse(longer).stagesOf(config));
        assertEquals(0, parse(longer).stagesOf(parse(none)));
        assertEquals(0, parse(none).stagesOf(parse(Map.of("model", "none", "dims", 8))));
        assertEquals(-1, config.stagesOf(parse(longer)));
        assertEquals(-1, parse(none).stagesOf(config));
        assertEquals(-1, config.stagesOf(parse(Map.of("model", "none", "dims", 8, "normalize", "l2"))));
        assertEquals(-1, parse(longer).stagesOf(parse(changed("project.bias", null))));
    }

    @Test
    void testWhatIsTooLargeIsNamed() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", "none");
        body.put("dims", 1280);
        body.put("hash", Map.of("type", "planes", "bits", 2048, "weights", base64(new float[2048 * 1280])));
        body.put("clusters", Map.of("count", 256, "centroids", FloatFormat.BFLOAT16.toBase64(new float[256 * 1280])));
        assertEquals(
                "encoder [big] takes [N] bytes; at most [8388608] are allowed; the largest array is [hash.weights] "
                        + "with "
                        + "[10485760] bytes, a third more in base64: use fewer [bits], or fewer dims by a principal "
                        + "component "
                        + "analysis first",
                assertThrows(IllegalArgumentException.class, () -> EncoderDefinition.of("big", parse(body), ""))
                        .getMessage()
                        .replaceFirst("\\[\\d+\\]", "[N]"));
        body.put("hash", Map.of());
        body.put("clusters", Map.of("count", 3276, "centroids", FloatFormat.BFLOAT16.toBase64(new float[3276 * 1280])));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> EncoderDefinition.of("big", parse(body), ""))
                .getMessage()
                .contains("[clusters.centroids] with [8386560] bytes, a third more in base64: use fewer clusters"));
        body.put("clusters", Map.of("count", 3277, "centroids", FloatFormat.BFLOAT16.toBase64(new float[3277 * 1280])));
        assertEquals(
                "[clusters.count] is [3277]; vectors of [1280] dims take at most [3276], because each node holds "
                        + "[dims] "
                        + "numbers for each cluster",
                assertThrows(IllegalArgumentException.class, () -> parse(body)).getMessage());
    }
}
