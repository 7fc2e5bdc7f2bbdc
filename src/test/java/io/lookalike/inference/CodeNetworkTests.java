package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.lookalike.TestLogging;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.image.Region;
import io.lookalike.image.file.ImageLimits;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.PlainActionFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Codes from an output of a network, beside vectors of the same or of another network. */
class CodeNetworkTests {
    static {
        TestLogging.start();
    }

    @TempDir
    Path directory;

    private TestEncoders test;

    @BeforeEach
    void open() {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        TinyGraphs.put(directory, "joint", TinyGraphs.patches(16), null);
        TinyGraphs.put(directory, "hashnet", TinyGraphs.patchesAlone(16), null);
        test = new TestEncoders(directory, Runnable::run);
    }

    @AfterEach
    void close() {
        test.close();
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static byte[] noise(int seed) throws IOException {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32 * 32; i++) {
            image.setRGB(i % 32, i / 32, random.nextInt(1 << 24));
        }
        return png(image);
    }

    private static byte[] plain(int rgb) throws IOException {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32 * 32; i++) {
            image.setRGB(i % 32, i / 32, rgb);
        }
        return png(image);
    }

    private static Map<String, Object> hash(Object... fields) {
        Map<String, Object> hash = new HashMap<>(Map.of("type", "model_output"));
        for (int i = 0; i < fields.length; i += 2) {
            hash.put((String) fields[i], fields[i + 1]);
        }
        return hash;
    }

    private static Map<String, Object> body(String model, Map<String, Object> hash) {
        return Map.of("model", model, "output", "embedding", "normalize", "none", "hash", hash);
    }

    private static byte[] above(double threshold, float[] values) {
        byte[] code = new byte[values.length / 8];
        for (int i = 0; i < values.length; i++) {
            code[i / 8] |= (byte) (values[i] > threshold ? 0x80 >> i % 8 : 0);
        }
        return code;
    }

    /** The output of the code as the vector of an encoder of its own. */
    private float[] values(String model, byte[] picture) {
        test.put("values", Map.of("model", model, "output", "code", "normalize", "none"));
        return TestEncoders.encode(test.loaded("values"), picture).vector();
    }

    private Encoding encode(String id, Map<String, Object> body, byte[] picture) {
        test.put(id, body);
        return TestEncoders.encode(test.loaded(id), picture);
    }

    @Test
    void aBitIsSetIfItsValueIsAboveTheThreshold() throws IOException {
        for (int seed = 0; seed < 5; seed++) {
            byte[] picture = noise(seed);
            for (double threshold : new double[] {0.4, 0.5, 0.55}) {
                String id = "t" + threshold;
                byte[] expected = above(threshold, values("hashnet", picture));
                Encoding two = encode(id, body("means", hash("model", "hashnet", "threshold", threshold)), picture);
                assertArrayEquals(expected, two.hash());
                test.put("alone", Map.of("model", "means", "output", "embedding", "normalize", "none"));
                assertArrayEquals(
                        TestEncoders.encode(test.loaded("alone"), picture).vector(), two.vector());
                Encoding one =
                        encode("one" + id, body("joint", hash("output", "code", "threshold", threshold)), picture);
                assertArrayEquals(expected, one.hash());
                assertEquals(3, one.vector().length);
                assertNull(one.projections());
                assertNull(one.norm());
                assertTrue(FieldNames.ALL.containsAll(one.toMap().keySet()));
            }
        }
    }

    @Test
    void aValueEqualToTheThresholdGivesNoBit() throws IOException {
        byte[] zeros = new byte[6];
        byte[] ones = new byte[6];
        Arrays.fill(ones, (byte) 0xff);
        float fifth = values("hashnet", plain(0x333333))[0];
        for (Object[] each : new Object[][] {
            {0xffffff, 1, zeros},
            {0xffffff, Math.nextDown(1f), ones},
            {0xffffff, -1e300, ones},
            {0xffffff, 1e300, zeros},
            {0x333333, (double) fifth, zeros},
            {0x333333, (double) Math.nextDown(fifth), ones},
            {0x333333, 0.2, fifth > 0.2f ? ones : zeros}
        }) {
            Map<String, Object> body = body("means", hash("model", "hashnet", "threshold", each[1]));
            String id = "e" + Integer.toUnsignedString(each[1].hashCode());
            assertArrayEquals(
                    (byte[]) each[2], encode(id, body, plain((int) each[0])).hash(), id);
        }
        // the default is 0
        Map<String, Object> grey = Map.of("scale", 1, "mean", List.of(51), "std", List.of(1));
        assertArrayEquals(
                zeros,
                encode("z", body("means", hash("model", "hashnet", "image", grey)), plain(0x333333))
                        .hash());
        assertArrayEquals(
                ones,
                encode("z", body("means", hash("model", "hashnet", "image", grey)), plain(0x343434))
                        .hash());
    }

    @Test
    void aModelThatMakesBothRunsOnce() throws IOException {
        encode("joint", body("joint", hash("output", "code")), noise(1));
        assertEquals(1, test.encoders().stats().batchSizes().sum());
        assertEquals(1, test.decoded());
        encode("two", body("means", hash("model", "hashnet")), noise(1));
        assertEquals(3, test.encoders().stats().batchSizes().sum());
        assertEquals(2, test.decoded());
        Map<String, Object> other = Map.of("mean", List.of(0.5));
        Encoding shifted = encode("other", body("joint", hash("output", "code", "image", other)), noise(1));
        assertEquals(5, test.encoders().stats().batchSizes().sum());
        assertArrayEquals(above(0.5, values("joint", noise(1))), shifted.hash());
    }

    @Test
    void picturesShareTheBatchesOfBothNetworks() throws IOException {
        List<Runnable> inference = new ArrayList<>();
        try (TestEncoders queued = new TestEncoders(directory, Runnable::run, inference::add)) {
            queued.put("two", body("means", hash("model", "hashnet", "threshold", 0.5)));
            queued.put("one", body("joint", hash("output", "code", "threshold", 0.5)));
            List<Encoding> made = new ArrayList<>();
            for (int seed = 0; seed < 6; seed++) {
                byte[] bytes = noise(seed);
                queued.encoders()
                        .ingest(
                                List.of("two", "one"),
                                "it",
                                bytes,
                                true,
                                (all, ticket, l) -> PictureEncoding.encode(
                                        all, "it", bytes, List.of(), ImageLimits.DEFAULT, ticket, l),
                                ActionListener.<List<List<Encoding>>>wrap(
                                        encodings -> encodings.forEach(made::addAll), e -> {
                                            throw new AssertionError(e);
                                        }));
            }
            while (!inference.isEmpty()) {
                inference.removeFirst().run();
            }
            assertEquals(12, made.size());
            assertEquals(18, queued.encoders().stats().batchSizes().sum());
            assertEquals(3, queued.encoders().stats().batchSizes().counts()[3], "three batches of six");
            for (int seed = 0; seed < 6; seed++) {
                byte[] expected = above(0.5, values("hashnet", noise(seed)));
                assertArrayEquals(expected, made.get(2 * seed).hash());
                assertArrayEquals(expected, made.get(2 * seed + 1).hash());
            }
        }
    }

    @Test
    void boxesHaveCodesOfTheirOwn() throws IOException {
        test.put("two", body("means", hash("model", "hashnet", "threshold", 0.5)));
        BufferedImage image = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 32; i++) {
            image.setRGB(i % 64, i / 64, i % 64 < 32 ? 0x404040 : 0xffffff);
        }
        PlainActionFuture<List<List<Encoding>>> future = new PlainActionFuture<>();
        PictureEncoding.encode(
                List.of(test.loaded("two")),
                "it",
                png(image),
                List.of(
                        new Region(0, 0, 32, 32, false, false, Map.of()),
                        new Region(32, 0, 32, 32, false, false, Map.of())),
                ImageLimits.DEFAULT,
                TestEncoders.ticket(Urgency.DOCUMENT),
                future);
        List<Encoding> made = future.actionGet().getFirst();
        byte[] ones = new byte[6];
        Arrays.fill(ones, (byte) 0xff);
        assertArrayEquals(new byte[6], made.get(0).hash());
        assertArrayEquals(ones, made.get(1).hash());
    }

    @Test
    void explanationsShowBothInputs() throws IOException {
        test.put("two", body("means", hash("model", "hashnet", "threshold", 0.5)));
        AtomicReference<Map<String, Object>> fed = new AtomicReference<>();
        PlainActionFuture<Encoding> future = new PlainActionFuture<>();
        PictureEncoding.explain(
                test.loaded("two"),
                "it",
                noise(1),
                ImageLimits.DEFAULT,
                TestEncoders.ticket(Urgency.QUERY),
                fed::set,
                future);
        future.actionGet();
        assertEquals(
                List.of("picture", "tensor", "preview", "hash"),
                List.copyOf(fed.get().keySet()));
        assertEquals(List.of(1, 3, 8, 8), ((Map<?, ?>) fed.get().get("tensor")).get("shape"));
        Map<?, ?> ofCode = (Map<?, ?>) fed.get().get("hash");
        assertEquals(List.of(1, 3, 16, 16), ((Map<?, ?>) ofCode.get("tensor")).get("shape"));
        assertEquals(Set.of("tensor", "preview"), ofCode.keySet());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> imageOf(EncoderDefinition definition) {
        return (Map<String, Object>) definition.configMap().get("image");
    }

    @Test
    void theDefinitionHoldsAllOfTheNetwork() {
        TinyGraphs.put(
                directory,
                "described",
                TinyGraphs.patches(16),
                "{\"output\":\"embedding\",\"image\":{\"normalization\":\"half\"},"
                        + "\"hash\":{\"type\":\"model_output\",\"output\":\"code\",\"threshold\":0.25}}");
        String sha256 = test.models.info("described").sha256();
        EncoderDefinition two = test.put("two", body("means", hash("model", "described")));
        assertEquals(Map.of("means", test.models.info("means").sha256(), "described", sha256), two.models());
        assertEquals("described", two.codeModel());
        Map<?, ?> made = (Map<?, ?>) two.configMap().get("hash");
        assertEquals(
                List.of("type", "model", "model_sha256", "output", "bits", "threshold", "image"),
                List.copyOf(made.keySet()));
        assertEquals(sha256, made.get("model_sha256"));
        assertEquals("code", made.get("output"));
        assertEquals(48, made.get("bits"));
        assertEquals(0.25, made.get("threshold"));
        assertEquals(List.of(0.5), ((Map<?, ?>) made.get("image")).get("mean"));
        // the stored form is a body that makes the same encoder
        assertEquals(two.fingerprint(), test.put("again", two.configMap()).fingerprint());
        // what the body says goes before model.json
        Map<String, Object> own = Map.of("mean", List.of(0), "std", List.of(1));
        Map<String, Object> changed = body("means", hash("model", "described", "threshold", 0, "image", own));
        made = (Map<?, ?>) test.put("own", changed).configMap().get("hash");
        assertEquals(0.0, made.get("threshold"));
        assertEquals(List.of(0.0), ((Map<?, ?>) made.get("image")).get("mean"));
        // the model's own defaults
        EncoderDefinition joint = test.put("joint", Map.of("model", "described"));
        assertEquals(Map.of("described", sha256), joint.models());
        made = (Map<?, ?>) joint.configMap().get("hash");
        assertEquals(0.25, made.get("threshold"));
        Map<String, Object> image = new HashMap<>(imageOf(joint));
        image.remove("background");
        assertEquals(image, made.get("image"));
        Map<?, ?> planes =
                (Map<?, ?>) test.put("planes", Map.of("model", "described", "hash", Map.of("type", "hyperplane")))
                        .configMap()
                        .get("hash");
        assertEquals(Set.of("type", "bits", "seed"), planes.keySet());
        // of another network, nothing of it is left
        made = (Map<?, ?>) test.put("third", Map.of("model", "described", "hash", hash("model", "hashnet")))
                .configMap()
                .get("hash");
        assertEquals(0.0, made.get("threshold"));
    }

    private String alike(Map<String, Object> body) {
        PlainActionFuture<DefinitionResolver.Resolved> future = new PlainActionFuture<>();
        test.encoders().resolver().resolve("x", body, future);
        return future.actionGet().warning();
    }

    @Test
    void codesThatDoNotTellPicturesApartAreFoundOut() {
        assertNull(alike(body("means", hash("model", "hashnet", "threshold", 0.5))));
        assertNull(alike(body("joint", hash("output", "code", "threshold", 0.5))));
        for (Map<String, Object> hash : List.of(
                hash("model", "hashnet", "threshold", 2),
                hash("model", "hashnet", "threshold", 0.5, "image", Map.of("scale", 1)),
                hash("model", "joint", "output", "code", "threshold", -1))) {
            String why = alike(body("means", hash));
            assertTrue(
                    why.startsWith("two different pictures that were drawn to try it have the same code: pictures look "
                            + "alike to output [code] of model ["),
                    why);
        }
    }

    @Test
    void everyPartOfTheNetworkIsPartOfTheFingerprint() {
        Map<String, Object> base = body("means", hash("model", "hashnet"));
        List<String> fingerprints = new ArrayList<>();
        fingerprints.add(test.put("a", base).fingerprint());
        fingerprints.add(test.put("b", body("means", hash("model", "hashnet", "threshold", 0.5)))
                .fingerprint());
        fingerprints.add(test.put("c", body("means", hash("model", "joint", "output", "code")))
                .fingerprint());
        Map<String, Object> image = Map.of("channels", "bgr");
        fingerprints.add(test.put("d", body("means", hash("model", "hashnet", "image", image)))
                .fingerprint());
        TinyGraphs.put(directory, "hashnet", TinyGraphs.patchesAlone(24), null);
        Map<String, Object> resize = Map.of("resize", Map.of("width", 16, "height", 16));
        try (TestEncoders there = new TestEncoders(directory, Runnable::run)) {
            fingerprints.add(there.put("e", base).fingerprint());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> there.put("f", body("means", hash("model", "hashnet", "image", resize))));
        }
        assertEquals(fingerprints.size(), Set.copyOf(fingerprints).size());
        assertEquals(
                fingerprints.getFirst(),
                test.put("g", body("means", hash("model", "hashnet", "output", "code", "bits", 48, "threshold", 0.0)))
                        .fingerprint());
    }

    @Test
    void anotherModelOnThisNodeIsRefused() throws IOException {
        EncoderDefinition made = test.put("x", body("means", hash("model", "hashnet")));
        Path other = directory.resolve("other");
        TinyGraphs.put(other, "means", TinyGraphs.means(), null);
        try (TestEncoders there = new TestEncoders(other, Runnable::run)) {
            there.adopt(made);
            String lacking = assertThrows(ElasticsearchStatusException.class, () -> there.loaded("x"))
                    .getMessage();
            assertTrue(lacking.contains("hashnet"), lacking);
        }
        TinyGraphs.put(other, "hashnet", TinyGraphs.patches(16), null);
        try (TestEncoders there = new TestEncoders(other, Runnable::run)) {
            there.adopt(made);
            assertEquals(
                    "model [hashnet] on this node has SHA-256 ["
                            + there.models.info("hashnet").sha256() + "] but encoder [x] was made with ["
                            + made.models().get("hashnet")
                            + "]; put the same model.onnx into config/lookalike/models/hashnet on every node and "
                            + "restart it",
                    assertThrows(ElasticsearchStatusException.class, () -> there.loaded("x"))
                            .getMessage());
        }
    }

    @Test
    void vectorsAloneHaveNoCode() {
        test.put("two", body("means", hash("model", "hashnet")));
        Encoder encoder = test.encoders().registry().encoder("two");
        Encoding made = encoder.encodeVector("it", new float[] {1, 2, 3});
        assertNull(made.hash());
        assertArrayEquals(new float[] {1, 2, 3}, made.vector());
        assertEquals(10, made.buckets().size());
        assertEquals(
                List.of("vector", "buckets", "encoder"),
                List.copyOf(made.toMap().keySet()));
        assertEquals(
                "encoder [two] takes the codes of pictures from model [hashnet], and makes none of vectors; index "
                        + "pictures with the processor [image_embedding], or name another encoder",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> encoder.encodeForDocument("it", new float[] {1, 2, 3}))
                        .getMessage());
    }

    @Test
    void mappingsHaveTheBitsOfTheOutputAndNoNorm() {
        EncoderDefinition made = test.put("two", body("means", hash("model", "hashnet")));
        Map<?, ?> fields = (Map<?, ?>) Mappings.find(Mappings.of(made, "photo", Mappings.Graph.NONE, false), "photo")
                .get("properties");
        assertEquals(48, ((Map<?, ?>) fields.get("hash")).get("dims"));
        assertTrue(fields.containsKey("buckets"));
        assertEquals(null, fields.get("norm"));
    }

    private void refused(String message, Map<String, Object> body) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> test.put("x", body))
                        .getMessage());
    }

    @Test
    void mistakesAreExplained() {
        String start = "in [hash] of type [model_output]: ";
        refused(
                "[hash.type] [model_output] needs pictures; an encoder with \"model\":\"none\" takes vectors",
                Map.of("model", "none", "dims", 3, "hash", hash("model", "hashnet")));
        refused(
                start + "output [embedding] of model [means] has shape [1, 3]; a code needs [1, D], a bit for each "
                        + "value, and D must be a multiple of [8] from [16] to [4096]; name another [hash.output]",
                body("means", hash("output", "embedding")));
        TinyGraphs.put(
                directory, "map", TinyGraphs.shaped(DataType.FLOAT, new long[] {-1, 3, 8, 8}, "m", -1, 8, 4, 4), null);
        refused(
                start + "output [m] of model [map] has shape [1, 8, 4, 4]; a code needs [1, D], a bit for each "
                        + "value, and D must be a multiple of [8] from [16] to [4096]; name another [hash.output]",
                body("means", hash("model", "map")));
        refused(
                start + "model [joint] has outputs [code float32[-1, 48], embedding float32[-1, 3]]; name the one to "
                        + "use in [output]",
                body("means", hash("model", "joint")));
        refused(
                start + "model [joint] has no output [sign]; it has [code float32[-1, 48], embedding float32[-1, 3]]",
                body("means", hash("model", "joint", "output", "sign")));
        refused(
                start + "[hash.bits] is [64] but output [code] of model [hashnet] has [48] values; leave [hash.bits] "
                        + "out",
                body("means", hash("model", "hashnet", "bits", 64)));
        refused(
                start + "[hash.threshold] must be a finite number; got [half]",
                body("means", hash("model", "hashnet", "threshold", "half")));
        refused(
                start + "[hash.image.background] cannot differ from that of the vectors; set [image.background]",
                body("means", hash("model", "hashnet", "image", Map.of("background", "white"))));
        String sha256 = test.models.info("hashnet").sha256();
        refused(
                start + "[hash.model_sha256] is [abc] but model [hashnet] here has [" + sha256
                        + "]; put the same model there, or take it out of the body to create another encoder",
                body("means", hash("model", "hashnet", "model_sha256", "abc")));
        refused(
                start + "unknown field [hash.seed]; [hash] takes [bits, image, model, model_sha256, output, threshold, "
                        + "type]",
                body("means", hash("model", "hashnet", "seed", 1)));
        refused(
                "unknown field [hash.model]; [hash] takes [bits, center, seed, type]",
                body("means", Map.of("model", "hashnet")));
        assertThrows(IllegalArgumentException.class, () -> test.put("x", body("means", hash("model", "missing"))));
        assertNotEquals(null, test.encoders().registry().definition("default"));
    }
}
