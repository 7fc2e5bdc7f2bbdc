package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.encoder.FieldNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Compares encoders with learned arrays to a plain computation. */
class LearnedEncoderTests {
    static {
        TestLogging.start();
    }

    private static final int BITS = 16;
    private static final int CLUSTERS = 3;

    private final Random random = new Random(3);

    @TempDir
    Path directory;

    private TestEncoders test;

    @BeforeEach
    void start() {
        test = new TestEncoders(directory, Runnable::run);
    }

    @AfterEach
    void stop() {
        test.close();
    }

    private List<Object> numbers(int count) {
        List<Object> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // with few digits, so that bfloat16 holds them
            numbers.add((random.nextInt(65) - 32) / 16f);
        }
        return numbers;
    }

    private static double at(List<Object> numbers, int i) {
        return (float) numbers.get(i);
    }

    private final List<Object> weights = numbers(6);
    private final List<Object> bias = numbers(2);
    private final List<Object> planes = numbers(2 * BITS);
    private final List<Object> thresholds = numbers(BITS);
    private final List<Object> center = numbers(2);
    private final List<Object> centroids = numbers(2 * CLUSTERS);

    /** Of 3 dims, which it projects to 2. */
    private Map<String, Object> body(String normalize, Map<String, Object> source) {
        Map<String, Object> body = new HashMap<>(source);
        body.put("project", List.of(Map.of("dims", 2, "weights", weights, "bias", bias, "normalize", normalize)));
        body.put(
                "hash",
                Map.of(
                        "type",
                        "planes",
                        "bits",
                        BITS,
                        "weights",
                        planes,
                        "thresholds",
                        thresholds,
                        "center",
                        center,
                        "scale",
                        .5));
        body.put("clusters", Map.of("count", CLUSTERS, "centroids", centroids, "assign", 2));
        return body;
    }

    private double[] projected(float[] vector, boolean normalized) {
        double[] made = new double[2];
        double squares = 0;
        for (int i = 0; i < 2; i++) {
            made[i] = at(bias, i);
            for (int d = 0; d < 3; d++) {
                made[i] += at(weights, 3 * i + d) * vector[d];
            }
            squares += made[i] * made[i];
        }
        for (int i = 0; normalized && i < 2; i++) {
            made[i] /= Math.sqrt(squares);
        }
        return made;
    }

    private void check(double[] expected, Encoding made) {
        double norm = 0;
        for (int d = 0; d < 2; d++) {
            assertEquals(expected[d], made.vector()[d], 1e-5);
            norm += (expected[d] - at(center, d)) * (expected[d] - at(center, d));
        }
        assertEquals(Math.sqrt(norm), made.norm(), 1e-5);
        assertEquals(.5, made.scale());
        for (int bit = 0; bit < BITS; bit++) {
            double product = 0;
            for (int d = 0; d < 2; d++) {
                product += at(planes, 2 * bit + d) * (expected[d] - at(center, d));
            }
            assertEquals(product, made.projections()[bit], 1e-4);
            if (Math.abs(product - at(thresholds, bit)) > 1e-4) {
                assertEquals(
                        product > at(thresholds, bit), (made.hash()[bit / 8] >> (7 - bit % 8) & 1) == 1, "bit " + bit);
            }
        }
        List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
        order.sort(Comparator.comparingDouble(c -> {
            double square = 0;
            for (int d = 0; d < 2; d++) {
                double difference = expected[d] - at(centroids, 2 * c + d);
                square += difference * difference;
            }
            return square;
        }));
        assertArrayEquals(order.stream().mapToInt(c -> c).toArray(), made.nearestClusters(99));
        assertEquals(List.of("" + order.get(0), "" + order.get(1)), made.clusters());
        assertEquals(made.clusters(), made.toMap().get("cluster"));
        assertTrue(FieldNames.ALL.containsAll(made.toMap().keySet()));
    }

    @Test
    void testVectorsAreProjectedHashedAndSorted() {
        for (String normalize : List.of("l2", "none")) {
            test.put(normalize, body(normalize, Map.of("model", "none", "dims", 3)));
            Encoder encoder = test.encoders().registry().encoder(normalize);
            assertEquals(3, encoder.inputDims());
            assertEquals(2, encoder.dims());
            assertEquals(CLUSTERS, encoder.clusters());
            assertEquals(normalize.equals("l2"), encoder.isNormalized());
            for (int round = 0; round < 50; round++) {
                float[] vector = {random.nextFloat(), random.nextFloat(), random.nextFloat()};
                check(projected(vector, normalize.equals("l2")), encoder.encodeVector("it", vector));
            }
        }
    }

    @Test
    void testPicturesAreToo() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("pictures", body("l2", Map.of("model", "means", "output", "embedding", "normalize", "none")));
        Encoder encoder = test.loaded("pictures");
        Encoding made = TestEncoders.encode(encoder, EncodersTests.picture(0x3366ff));
        check(projected(new float[] {0.2f, 0.4f, 1}, true), made);
        assertEquals(8, made.perceptual().length);
    }

    @Test
    void testWhatIsStoredGivesTheSameCodes() {
        test.put("e", body("l2", Map.of("model", "none", "dims", 3, "normalize", "l2")));
        Encoder encoder = test.encoders().registry().encoder("e");
        for (int round = 0; round < 50; round++) {
            float[] vector = {random.nextFloat(), random.nextFloat(), random.nextFloat()};
            Encoding made = encoder.encodeVector("it", vector);
            Encoding again = encoder.encodeStored("it", made.vector());
            assertEquals(made.toMap(), again.toMap());
            assertArrayEquals(made.projections(), again.projections());
            // with two dims there is no other value
            assertArrayEquals(
                    made.vector(), encoder.encodeVector("it", made.vector()).vector(), 1e-6f);
            assertEquals(
                    1,
                    Math.hypot(
                            encoder.encodeVector("it", new float[] {3, 4}).vector()[0],
                            encoder.encodeVector("it", new float[] {3, 4}).vector()[1]),
                    1e-6);
        }
    }

    @Test
    void testWhatAParentStoresIsGoneOnWith() {
        test.put("parent", body("l2", Map.of("model", "none", "dims", 3)));
        Map<String, Object> body = body("l2", Map.of("model", "none", "dims", 3));
        List<Object> stages = new ArrayList<>((List<?>) body.get("project"));
        stages.add(Map.of("dims", 1, "weights", List.of(1, 2)));
        body.put("project", stages);
        body.put("hash", Map.of("bits", 32));
        body.remove("clusters");
        test.put("child", body);
        Encoder parent = test.encoders().registry().encoder("parent");
        Encoder child = test.encoders().registry().encoder("child");
        assertEquals(1, child.stagesOf(parent));
        assertEquals(-1, parent.stagesOf(child));
        float[] vector = {1, -2, 3};
        Encoding expected = child.encodeVector("it", vector);
        float[] stored = parent.encodeVector("it", vector).vector();
        assertEquals(expected.toMap(), child.encodeAfter("it", stored, 1).toMap());
        assertNull(expected.nearestClusters(1));
        assertEquals(List.of(), expected.clusters());
        assertEquals(
                "it has [3] dims but encoder [child] goes on from [2]",
                refused(() -> child.encodeAfter("it", vector, 1)));
    }

    @Test
    void testVectorsThatDoNotFit() {
        test.put("e", body("none", Map.of("model", "none", "dims", 3)));
        Encoder encoder = test.encoders().registry().encoder("e");
        assertEquals(
                "[vector] has [4] dims but encoder [e] takes [3], or [2] as it stores them",
                refused(() -> encoder.encodeVector("[vector]", new float[4])));
        assertEquals(
                "[vector] has [3] dims but encoder [e] stores [2]",
                refused(() -> encoder.encodeStored("[vector]", new float[3])));
        assertEquals(
                "[vector] has [NaN] at [1]; all values must be finite",
                refused(() -> encoder.encodeStored("[vector]", new float[] {0, Float.NaN})));
        Map<String, Object> body = new HashMap<>(Map.of("model", "none", "dims", 3));
        body.put("project", List.of(Map.of("dims", 1, "weights", List.of(4, 4, 4))));
        test.put("large", body);
        assertEquals(
                "[project] of encoder [large] makes a vector that is not finite of [vector]; its values are too large",
                refused(() -> test.encoders().registry().encoder("large").encodeVector("[vector]", new float[] {
                    Float.MAX_VALUE, 1, 1
                })));
    }

    private static String refused(Executable work) {
        return assertThrows(IllegalArgumentException.class, work).getMessage();
    }

    @Test
    void testAHashOfAnotherTypeReplacesThatOfTheModel() throws IOException {
        TinyGraphs.put(
                directory,
                "seeded",
                TinyGraphs.means(),
                "{\"output\":\"embedding\",\"hash\":{\"bits\":128,\"seed\":9}}");
        Map<String, Object> hash = Map.of("type", "planes", "bits", 16, "weights", numbers(48));
        Map<String, Object> made =
                test.put("e", Map.of("model", "seeded", "hash", hash)).configMap();
        assertEquals(16, ((Map<?, ?>) made.get("hash")).get("bits"));
        assertEquals(
                test.encoders().registry().definition("e").fingerprint(),
                test.put("again", made).fingerprint());
    }
}
