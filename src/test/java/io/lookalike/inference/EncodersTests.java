package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.lookalike.TestLogging;
import io.lookalike.admin.TransportPutEncoderAction;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FieldNames;
import io.lookalike.image.Region;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Models;
import io.lookalike.model.Stop;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.TaskCancelHelper;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodersTests {
    static {
        TestLogging.start();
    }

    private static final Map<String, Object> VECTORS = Map.of("model", "none", "dims", 3);

    @TempDir
    Path directory;

    private TestEncoders test;

    @BeforeEach
    void open() {
        test = new TestEncoders(directory, Runnable::run);
    }

    @AfterEach
    void close() {
        test.close();
    }

    static byte[] picture(int rgb) throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64; i++) {
            image.setRGB(i % 8, i / 8, rgb);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private Map<String, Object> config(String id) {
        return test.encoders().registry().definition(id).configMap();
    }

    private static String refused(Class<? extends Exception> type, Runnable call) {
        return assertThrows(type, call::run).getMessage();
    }

    @Test
    void testAPictureBecomesAVector() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("plain", Map.of("model", "means", "output", "doubled", "normalize", "none"));
        test.put("unit", Map.of("model", "means", "output", "doubled"));
        byte[] bytes = picture(0x3366ff);
        Encoding plain = TestEncoders.encode(test.loaded("plain"), bytes);
        assertArrayEquals(new float[] {0.4f, 0.8f, 2f}, plain.vector(), 1e-6f);
        Encoding unit = TestEncoders.encode(test.loaded("unit"), bytes);
        float length = (float) Math.sqrt(0.16 + 0.64 + 4);
        assertArrayEquals(new float[] {0.4f / length, 0.8f / length, 2f / length}, unit.vector(), 1e-6f);
        assertEquals(
                List.of(
                        "vector", "hash", "buckets", "phash", "quality", "detail", "encoder", "width", "height",
                        "format"),
                List.copyOf(unit.toMap().keySet()));
        assertTrue(FieldNames.ALL.containsAll(unit.toMap().keySet()));
        assertEquals(8, unit.width());
        assertEquals("png", unit.format());
        assertEquals(test.encoders().registry().definition("unit").fingerprint(), unit.fingerprint());
        Encoding phash = PictureEncoding.perceptual(
                test.encoders().registry().encoder("unit"),
                "it",
                bytes,
                ImageLimits.DEFAULT,
                TestEncoders.ticket(Urgency.QUERY));
        assertArrayEquals(unit.perceptual(), phash.perceptual());
        assertEquals(
                List.of("phash", "quality", "detail", "encoder", "width", "height", "format"),
                List.copyOf(phash.toMap().keySet()));
    }

    @Test
    void testAVectorOfTheModelIsThatOfThePicture() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("unit", Map.of("model", "means", "output", "embedding"));
        Encoder encoder = test.loaded("unit");
        Encoding picture = TestEncoders.encode(encoder, picture(0x3366ff));
        Encoding vector = encoder.encodeVector("it", new float[] {0.2f, 0.4f, 1});
        assertArrayEquals(picture.vector(), vector.vector(), 1e-6f);
        assertArrayEquals(picture.hash(), vector.hash());
        assertEquals(picture.buckets(), vector.buckets());
    }

    @Test
    void testVectorsThatDoNotFit() {
        test.put("v", VECTORS);
        Encoder encoder = test.encoders().registry().encoder("v");
        assertEquals(
                "[vector] has [2] dims but encoder [v] takes [3]",
                refused(IllegalArgumentException.class, () -> encoder.encodeVector("[vector]", new float[2])));
        assertEquals(
                "[vector] has [NaN] at [1]; all values must be finite",
                refused(
                        IllegalArgumentException.class,
                        () -> encoder.encodeVector("[vector]", new float[] {0, Float.NaN, 0})));
        assertEquals(
                "encoder [v] has no model and cannot encode [image]; give it a vector, or name an encoder with a model",
                refused(
                        IllegalArgumentException.class,
                        () -> PictureEncoding.encode(
                                encoder,
                                "[image]",
                                new byte[1],
                                ImageLimits.DEFAULT,
                                TestEncoders.ticket(Urgency.DOCUMENT),
                                ActionListener.noop())));
        assertEquals(
                "encoder [v] makes no perceptual hash of [image]; name an encoder with [perceptual], or give "
                        + "[query_hash]",
                refused(
                        IllegalArgumentException.class,
                        () -> PictureEncoding.perceptual(
                                encoder,
                                "[image]",
                                new byte[1],
                                ImageLimits.DEFAULT,
                                TestEncoders.ticket(Urgency.QUERY))));
        float[] zero = new float[3];
        assertArrayEquals(zero, encoder.encodeVector("[vector]", zero).vector());
    }

    /** A white drawing on transparency vanishes over white, but not over the background of new encoders. */
    @Test
    void testTheBackgroundIsThatOfTheEncoder() throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 32; i++) {
            image.setRGB(i % 8, i / 8, 0xffffffff);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        Map<String, Object> body = Map.of("model", "means", "output", "embedding", "normalize", "none");
        test.put("now", body);
        Map<String, Object> white = new HashMap<>(body);
        white.put("image", Map.of("background", "white"));
        test.put("white", white);
        Encoding now = TestEncoders.encode(test.loaded("now"), out.toByteArray());
        Encoding before = TestEncoders.encode(test.loaded("white"), out.toByteArray());
        assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f}, now.vector(), 1e-6f);
        assertArrayEquals(new float[] {1, 1, 1}, before.vector(), 1e-6f);
        assertEquals(64 * 100 / 90, now.quality());
        assertEquals(0, before.quality());
        assertTrue(before.vanished());
        assertFalse(now.vanished());
        for (List<String> ids : List.of(List.of("now", "white"), List.of("white", "now", "white"))) {
            List<Encoder> encoders = new ArrayList<>();
            for (String id : ids) {
                encoders.add(test.loaded(id));
            }
            PlainActionFuture<List<List<Encoding>>> together = new PlainActionFuture<>();
            PictureEncoding.encode(
                    encoders,
                    "it",
                    out.toByteArray(),
                    List.of(
                            new Region(0, 0, 8, 8, false, false, Map.of()),
                            new Region(0, 0, 8, 2, false, false, Map.of())),
                    ImageLimits.DEFAULT,
                    TestEncoders.ticket(Urgency.DOCUMENT),
                    together);
            List<List<Encoding>> made = together.actionGet();
            for (int e = 0; e < ids.size(); e++) {
                boolean light = ids.get(e).equals("white");
                float whole = light ? 1 : 0.5f;
                assertArrayEquals(
                        new float[] {whole, whole, whole}, made.get(e).get(0).vector(), 1e-6f);
                assertArrayEquals(new float[] {1, 1, 1}, made.get(e).get(1).vector(), 1e-6f);
                assertEquals(light, made.get(e).get(0).vanished());
                assertFalse(made.get(e).get(1).vanished(), "plain white whatever it lies on");
            }
        }
        assertEquals("contrast", ((Map<?, ?>) config("now").get("image")).get("background"));
        assertEquals("white", ((Map<?, ?>) config("default").get("image")).get("background"));
        assertEquals(
                -1,
                test.encoders()
                        .registry()
                        .encoder("now")
                        .stagesOf(test.encoders().registry().encoder("white")));
    }

    /** No model has run. */
    @Test
    void testAVectorOfZerosIsNotBlamedOnTheModel() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("now", Map.of("model", "means", "output", "embedding"));
        assertEquals(
                "the vector of field [v] for encoder [now] is all zeros, and has no direction to compare; "
                        + "leave it out, or send a vector that is not",
                refused(
                        IllegalArgumentException.class,
                        () -> test.encoders().registry().encoder("now").encodeForDocument("field [v]", new float[3])));
    }

    /**
     * A repeated PUT and the PUT of an export make the same encoder as in the first release, which had only a white
     * background.
     */
    @Test
    void testWhatWasPutBeforeKeepsItsBackground() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        Map<String, Object> body = Map.of("model", "means", "output", "embedding");
        EncoderDefinition white = test.put(
                "white", Map.of("model", "means", "output", "embedding", "image", Map.of("background", "white")));
        Map<String, Object> stored = white.configMap();
        ((Map<?, ?>) stored.get("image")).remove("background");
        EncoderDefinition before = new EncoderDefinition(
                "white",
                white.modelSha256(),
                Strings.toString(JsonXContent.contentBuilder().map(stored)),
                white.fingerprint());
        assertEquals(white.fingerprint(), putAgain(body, null, before));
        assertEquals(white.fingerprint(), putAgain(stored, white.fingerprint(), null));
        String contrast = test.put("contrast", body).fingerprint();
        assertEquals(contrast, putAgain(body, null, null));
        assertEquals(contrast, putAgain(body, null, white));
        assertNotEquals(contrast, white.fingerprint());
        Map<String, Object> said = new HashMap<>(body);
        said.put("image", Map.of("background", "contrast"));
        assertEquals(contrast, putAgain(said, null, before));
        assertEquals(contrast, putAgain(said, contrast, null));
        Map<String, Object> vectors = new HashMap<>(VECTORS);
        TransportPutEncoderAction.keepBackground(vectors, "any", null);
        assertEquals(VECTORS, vectors);
    }

    private String putAgain(Map<String, Object> body, String fingerprint, EncoderDefinition existing) {
        Map<String, Object> own = new HashMap<>(body);
        TransportPutEncoderAction.keepBackground(own, fingerprint, existing);
        return test.encoders().resolver().resolve("again", own, new Stop()).fingerprint();
    }

    @Test
    void testABodyLiesOverTheDefaultsOfTheModel() {
        TinyGraphs.put(
                directory,
                "means",
                TinyGraphs.means(),
                "{\"output\":\"doubled\",\"image\":{\"scale\":0.5,\"blur\":{\"kernel\":3,\"sigma\":2}},"
                        + "\"hash\":{\"bits\":64}}");
        test.put("as-it-is", Map.of("model", "means"));
        assertEquals("doubled", config("as-it-is").get("output"));
        assertEquals(64, ((Map<?, ?>) config("as-it-is").get("hash")).get("bits"));
        assertEquals(0.5, ((Map<?, ?>) config("as-it-is").get("image")).get("scale"));

        Map<String, Object> image = new HashMap<>(Map.of("scale", 0.25));
        image.put("blur", null);
        test.put("changed", Map.of("model", "means", "output", "embedding", "image", image));
        assertEquals("embedding", config("changed").get("output"));
        assertEquals(0.25, ((Map<?, ?>) config("changed").get("image")).get("scale"));
        assertFalse(((Map<?, ?>) config("changed").get("image")).containsKey("blur"));
        assertEquals(64, ((Map<?, ?>) config("changed").get("hash")).get("bits"));
    }

    @Test
    void testDefaultsThatAreBroken() {
        Map<String, String> broken = Map.of(
                "{", "Unexpected end of file",
                "[]", "it does not begin with {",
                "5", "it does not begin with {",
                "", "it is empty",
                "{\"output\":\"doubled\"} {}", "more text follows the object",
                "{\"model\":\"other\"}", "it names model [other]; take [model] out of it",
                "{\"image\":{\"mean\":[1,}}", "Unexpected character");
        broken.forEach((json, reason) -> {
            TinyGraphs.put(directory, "broken", TinyGraphs.means(), json);
            String message = refused(IllegalArgumentException.class, () -> test.put("x", Map.of("model", "broken")));
            assertTrue(message.startsWith("model.json of model [broken] is not a valid JSON object: "), message);
            assertTrue(message.contains(reason), message);
        });
    }

    @Test
    void testDefaultsThatArePutRightCountAtOnce() {
        TinyGraphs.put(directory, "m", TinyGraphs.means(), "{\"outptu\":\"doubled\"}");
        String message = refused(IllegalArgumentException.class, () -> test.put("x", Map.of("model", "m")));
        assertTrue(message.startsWith("model [m] has outputs "), message);
        assertTrue(message.endsWith("]; what the body leaves out is taken from model.json of model [m]"), message);
        TinyGraphs.put(directory, "m", TinyGraphs.means(), "{\"output\":\"doubled\"}");
        test.put("x", Map.of("model", "m"));
        assertEquals("doubled", config("x").get("output"));
    }

    @Test
    void testEncodersAreFoundAndMissed() {
        Encoders encoders = test.encoders();
        test.put("a", VECTORS);
        assertTrue(encoders.registry().exists("a"));
        assertTrue(encoders.registry().exists("default"));
        assertFalse(encoders.registry().exists("b"));
        String message =
                "no such encoder [b]; known encoders are [a, default]; create it with PUT /_lookalike/encoder/b";
        assertEquals(
                message,
                refused(
                        ResourceNotFoundException.class,
                        () -> encoders.registry().definition("b")));
        assertEquals(
                message,
                refused(
                        ResourceNotFoundException.class,
                        () -> encoders.registry().encoder("b")));
        for (int i = 0; i < 30; i++) {
            test.put("many" + i, VECTORS);
        }
        assertTrue(encoders.registry().noSuchEncoder("b").contains("] and [12] more; create it"));
    }

    @Test
    void testADeletedEncoderServesNobody() {
        Encoders encoders = test.encoders();
        test.put("a", VECTORS);
        Encoder before = encoders.registry().encoder("a");
        assertSame(before, encoders.registry().encoder("a"));
        test.delete("a");
        assertThrows(ResourceNotFoundException.class, () -> encoders.registry().encoder("a"));
        test.put("a", Map.of("model", "none", "dims", 5));
        Encoder after = encoders.registry().encoder("a");
        assertEquals(5, after.dims());
        assertEquals(encoders.registry().definition("a").fingerprint(), after.fingerprint());
        assertEquals(3, before.dims()); // running work keeps its encoder
        test.delete("a");
        test.put("a", VECTORS);
        assertNotSame(before, encoders.registry().encoder("a"));
        assertEquals(before.fingerprint(), encoders.registry().encoder("a").fingerprint());
    }

    /** A named normalization replaces the model's numbers, and numbers replace its name. */
    @Test
    void testNormalizationsOfABodyGoBeforeThoseOfAModel() {
        String numbers = "{\"output\":\"embedding\",\"image\":{\"scale\":1,\"mean\":[3],\"std\":[2]}}";
        TinyGraphs.put(directory, "numbers", TinyGraphs.means(), numbers);
        String name = "{\"output\":\"embedding\",\"image\":{\"normalization\":\"half\"}}";
        TinyGraphs.put(directory, "name", TinyGraphs.means(), name);
        test.put("a", Map.of("model", "numbers", "image", Map.of("normalization", "half")));
        test.put("b", Map.of("model", "name"));
        test.put("c", Map.of("model", "name", "image", Map.of("scale", 1, "mean", List.of(3), "std", List.of(2))));
        test.put("d", Map.of("model", "numbers"));
        assertEquals(config("b").get("image"), config("a").get("image"));
        assertEquals(config("d").get("image"), config("c").get("image"));
        assertNotEquals(config("a").get("image"), config("c").get("image"));
    }

    @Test
    void testAnotherModelOnThisNode() throws IOException {
        TinyGraphs.put(directory, "m", TinyGraphs.means(), null);
        EncoderDefinition made = test.put("x", Map.of("model", "m", "output", "embedding"));
        Path other = directory.resolve("other");
        TinyGraphs.put(other, "m", TinyGraphs.identity(DataType.FLOAT, 1, 3, 8, 8), null);
        try (TestEncoders there = new TestEncoders(other, Runnable::run)) {
            there.adopt(made);
            String message = refused(ElasticsearchStatusException.class, () -> there.loaded("x"));
            assertEquals(
                    "model [m] on this node has SHA-256 ["
                            + there.models.info("m").sha256()
                            + "] but encoder [x] was made with [" + made.modelSha256()
                            + "]; put the same model.onnx into config/lookalike/models/m on every node and restart it",
                    message);
        }
    }

    private String alike(String model, Map<String, Object> image) {
        PlainActionFuture<DefinitionResolver.Resolved> future = new PlainActionFuture<>();
        test.encoders().resolver().resolve("x", Map.of("model", model, "output", "embedding", "image", image), future);
        return future.actionGet().warning();
    }

    private String warning(Map<String, Object> body) {
        PlainActionFuture<DefinitionResolver.Resolved> future = new PlainActionFuture<>();
        test.encoders().resolver().resolve("x", new HashMap<>(body), future);
        return future.actionGet().warning();
    }

    @Test
    void testCodesThatAreTooShortAreFoundOut() {
        String warning = warning(Map.of("model", "builtin-2", "hash", Map.of("bits", 64)));
        assertTrue(warning.startsWith("codes of [64] bits find [0."), warning);
        assertTrue(warning.endsWith(": try [hash.bits] [1024], or a greater [num_candidates] in searches"), warning);
        for (Map<String, Object> hash : List.<Map<String, Object>>of(Map.of(), Map.of("bits", 1024))) {
            assertNull(warning(Map.of("model", "builtin-2", "hash", hash)));
        }
    }

    @Test
    void testAModelToWhichPicturesLookAlikeIsFoundOut() {
        TinyGraphs.put(directory, "large", TinyGraphs.means(300, 500), null);
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        assertEquals(null, alike("means", Map.of()));
        assertEquals(null, alike("means", Map.of("normalization", "imagenet")));
        assertEquals(null, alike("large", Map.of("center_crop", Map.of("width", 500, "height", 300))));
        for (Map<String, Object> wrong :
                List.<Map<String, Object>>of(Map.of("mean", List.of(123.7)), Map.of("mean", List.of(-50)))) {
            String why = alike("means", wrong);
            assertTrue(
                    why.startsWith("two different pictures that were drawn to try it have vectors with cosine ["), why);
            assertTrue(why.contains("]: pictures look alike to model [means]; see in POST"), why);
        }
    }

    @Test
    void testVectorsNeedNoModel() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        EncoderDefinition made = test.put("x", Map.of("model", "means", "output", "embedding"));
        float[] vector = {0.2f, 0.4f, 1};
        Encoding here = test.loaded("x").encodeVector("it", vector);
        try (TestEncoders there = new TestEncoders(directory.resolve("other"), Runnable::run)) {
            there.adopt(made);
            List<Encoding> found = new ArrayList<>();
            there.encoders()
                    .search(
                            "x",
                            "it",
                            null,
                            false,
                            null,
                            (e, ticket, l) -> l.onResponse(e.encodeVector("it", vector)),
                            ActionListener.<Encoding>wrap(found::add, e -> assertFalse(true, "nothing fails: " + e)));
            assertEquals(here.toMap(), found.getFirst().toMap());
            assertEquals(
                    here.toMap(),
                    there.encoders()
                            .registry()
                            .ready("x")
                            .encodeVector("it", vector)
                            .toMap());
            byte[] hash = PictureEncoding.perceptual(
                            there.encoders().registry().encoder("x"),
                            "it",
                            picture(0x3366ff),
                            ImageLimits.DEFAULT,
                            TestEncoders.ticket(Urgency.QUERY))
                    .perceptual();
            assertEquals(8, hash.length);
            String missing = refused(ElasticsearchStatusException.class, () -> there.loaded("x"));
            assertTrue(missing.startsWith("no such model [means]; known models are "), missing);
        }
    }

    @Test
    void testABrokenModelIsReadOnceInAWhile() {
        TinyGraphs.put(directory, "m", TinyGraphs.means(), null);
        EncoderDefinition made = test.put("x", Map.of("model", "m", "output", "embedding"));
        Path other = directory.resolve("other");
        try (TestEncoders there = new TestEncoders(other, Runnable::run)) {
            there.adopt(made);
            String missing = refused(ElasticsearchStatusException.class, () -> there.loaded("x"));
            assertTrue(missing.startsWith("no such model [m]; known models are "), missing);
            TinyGraphs.put(other, "m", TinyGraphs.means(), null);
            assertEquals(missing, refused(ElasticsearchStatusException.class, () -> there.loaded("x")));
            there.clock.addAndGet(Lazy.RETRY_NANOS);
            assertEquals(3, there.loaded("x").dims());
        }
    }

    @Test
    void testStartedEncodersHoldABoundedPartOfTheHeap() {
        Encoders encoders = test.encoders();
        Map<String, Object> large = Map.of(
                "model",
                "none",
                "dims",
                4096,
                "hash",
                Map.of("bits", 1024),
                "buckets",
                Map.of("tables", 10, "bits", 8));
        long each = 4L * 4096 * (1024 + 80);
        int room = Math.toIntExact(Runtime.getRuntime().maxMemory() / 4 / each);
        for (int i = 0; i <= room; i++) {
            test.put("e" + i, large);
        }
        Encoder first = encoders.registry().encoder("e0");
        for (int i = 1; i < room; i++) {
            encoders.registry().encoder("e" + i);
        }
        assertSame(first, encoders.registry().encoder("e0"));
        encoders.registry().encoder("e" + room);
        assertNotSame(first, encoders.registry().encoder("e0"));
    }

    @Test
    void testErrorsOfADecoderOrALibraryFailTheirWorkAlone() {
        test.put("a", VECTORS);
        for (Error planted :
                List.of(new StackOverflowError(), new NoClassDefFoundError("x"), new OutOfMemoryError("planted"))) {
            Encoders.Work<Encoding> work = (encoder, ticket, l) -> {
                throw planted;
            };
            List<Exception> failures = new ArrayList<>();
            ActionListener<Encoding> listener = ActionListener.wrap(
                    encoding -> assertFalse(true, "no encoding can come of an error"), failures::add);
            test.encoders()
                    .ingest(
                            List.of("a"),
                            "field [image]",
                            "AAAA",
                            false,
                            (e, t, l) -> work.run(e.getFirst(), t, l),
                            listener);
            test.encoders().search("a", "[query_image]", "AAAA", false, null, work, listener);
            assertEquals(
                    "cannot process field [image]: " + planted, failures.get(0).getMessage());
            assertEquals(
                    "cannot process [query_image]: " + planted, failures.get(1).getMessage());
            failures.forEach(
                    each -> assertTrue(ExceptionsHelper.maybeError(each).isEmpty()));
        }
    }

    @Test
    void testOnlyTheThreadThatAppliesIsApplying() {
        assertFalse(test.encoders().registry().isApplying());
        test.put("a", VECTORS);
        assertFalse(test.encoders().registry().isApplying());
        test.applyHere();
        assertTrue(test.encoders().registry().isApplying());
    }

    @Test
    void testSettings() {
        assertEquals(50_000_000, LookalikeSettings.MAX_PIXELS.get(Settings.EMPTY));
        for (String wrong : List.of("0", "-1", "700000001", "x", "99999999999999999999")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> LookalikeSettings.MAX_PIXELS.get(Settings.builder()
                            .put("lookalike.image.max_pixels", wrong)
                            .build()),
                    wrong);
        }
        assertEquals(
                700_000_000,
                LookalikeSettings.MAX_PIXELS.get(Settings.builder()
                        .put("lookalike.image.max_pixels", 700_000_000)
                        .build()));
    }

    @Test
    void testPicturesOfAllEncodersWithAModelShareBatches() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        List<Runnable> inference = new ArrayList<>();
        try (TestEncoders queued = new TestEncoders(directory, Runnable::run, inference::add)) {
            queued.put("one", Map.of("model", "means", "output", "embedding"));
            queued.put(
                    "other",
                    Map.of("model", "means", "output", "embedding", "normalize", "none", "hash", Map.of("bits", 64)));
            List<Encoding> made = new ArrayList<>();
            ActionListener<Encoding> listener =
                    ActionListener.wrap(made::add, e -> assertFalse(true, "nothing fails: " + e));
            int[] colours = {0x3366ff, 0x102030, 0xffffff};
            for (int i = 0; i < colours.length; i++) {
                byte[] bytes = picture(colours[i]);
                queued.encoders()
                        .ingest(
                                List.of(i == 1 ? "other" : "one"),
                                "it",
                                bytes,
                                true,
                                (e, ticket, l) -> PictureEncoding.encode(
                                        e.getFirst(), "it", bytes, ImageLimits.DEFAULT, ticket, l),
                                listener);
            }
            assertEquals(List.of(), made);
            inference.forEach(Runnable::run);
            assertEquals(3, made.size());
            EncodingStats stats = queued.encoders().stats();
            assertEquals(3, stats.batchSizes().sum());
            assertEquals(1, stats.batchSizes().counts()[2], "one batch of three");
            assertEquals(3, stats.count(EncodingStats.Outcome.OK));
            for (int i = 0; i < colours.length; i++) {
                Encoding alone = TestEncoders.encode(alike(i == 1 ? "other" : "one"), picture(colours[i]));
                assertArrayEquals(alone.vector(), made.get(i).vector(), 1e-6f);
                assertArrayEquals(alone.hash(), made.get(i).hash());
            }
        }
    }

    private Encoder alike(String id) {
        test.put("one", Map.of("model", "means", "output", "embedding"));
        test.put(
                "other",
                Map.of("model", "means", "output", "embedding", "normalize", "none", "hash", Map.of("bits", 64)));
        return test.loaded(id);
    }

    @Test
    void testABatchMakesTheSameVectors() throws IOException {
        List<Runnable> inference = new ArrayList<>();
        Random random = new Random(42);
        try (TestEncoders queued = new TestEncoders(directory, Runnable::run, inference::add)) {
            Encoder encoder = queued.loaded("default");
            List<byte[]> pictures = new ArrayList<>();
            List<Encoding> together = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                pictures.add(noise(random));
                PictureEncoding.encode(
                        encoder,
                        "it",
                        pictures.get(i),
                        ImageLimits.DEFAULT,
                        TestEncoders.ticket(Urgency.DOCUMENT),
                        ActionListener.wrap(together::add, e -> assertFalse(true, "nothing fails: " + e)));
            }
            inference.forEach(Runnable::run);
            assertEquals(1, queued.encoders().stats().batchSizes().counts()[3], "one batch of four");
            for (int i = 0; i < 4; i++) {
                float[] alone = TestEncoders.encode(test.loaded("default"), pictures.get(i))
                        .vector();
                double product = 0;
                for (int d = 0; d < alone.length; d++) {
                    product += (double) alone[d] * together.get(i).vector()[d];
                }
                assertEquals(1, product, 1e-6);
            }
        }
    }

    private static byte[] noise(Random random) throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 1200; i++) {
            image.setRGB(i % 40, i / 40, random.nextInt(1 << 24));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static final Map<String, Object> LOOP = Map.of("model", "loop-negative", "output", "y");

    private void loop() throws IOException {
        try (InputStream in = Models.class.getResourceAsStream("loop-negative.onnx")) {
            TinyGraphs.put(directory, "loop-negative", in.readAllBytes(), null);
        }
    }

    /** The noise of the batch check has both signs and sends this model into an endless loop. */
    @Test
    void testAFirstUseThatDoesNotEndKeepsNobodyElseWaiting() throws Exception {
        loop();
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        try (ExecutorService generic = Executors.newCachedThreadPool();
                TestEncoders there = new TestEncoders(directory, Runnable::run, Runnable::run, generic)) {
            EncoderDefinition made = there.put("loop", LOOP);
            there.put("one", Map.of("model", "means", "output", "embedding"));
            byte[] bytes = picture(0x3366ff);
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            for (int i = 0; i < 3; i++) {
                encode(there, "loop", bytes, told);
            }
            encode(there, "one", bytes, told);
            assertEquals("3 dims", told.take(), "no thread of the documents' waits for the loop");
            assertEquals(List.of(), there.encoders().figures().get("set_aside"));
            String why =
                    "model [loop-negative] takes longer than [1m], the limit of [lookalike.inference.start_timeout], "
                            + "to be loaded and tried; export it without what takes so long, give it smaller "
                            + "pictures, or raise the limit";
            assertEquals("503 " + why, afterTheStartTimeout(there, told));
            for (int i = 0; i < 2; i++) {
                assertEquals("503 " + why, told.take());
            }
            encode(there, "loop", bytes, told);
            assertEquals("503 " + why, told.take(), "without another try");
            assertEquals(why, there.encoders().asideFor("loop-negative"));
            assertEquals(
                    List.of(Map.of("model", made.model(), "encoder", "loop", "reason", why)),
                    there.encoders().figures().get("set_aside"));
            assertEquals(null, there.encoders().asideFor("means"));
        }
    }

    /**
     * Advances the clock until the run has timed out: repeatedly, because its thread may not have started; and no
     * further, because a run that takes long to stop would count as lost.
     */
    private static String afterTheStartTimeout(TestEncoders there, BlockingQueue<String> told) throws Exception {
        for (int i = 0; i < 6_000; i++) {
            if (((Map<?, ?>) there.encoders().figures().get("inference"))
                    .get("timed_out")
                    .equals(0L)) {
                there.clock.addAndGet(LookalikeSettings.START_TIMEOUT
                                .getDefault(Settings.EMPTY)
                                .nanos()
                        + 1);
                there.encoders().sweep();
            }
            String said = told.poll(10, TimeUnit.MILLISECONDS);
            if (said != null) {
                return said;
            }
        }
        throw new AssertionError("nothing was told");
    }

    private static void encode(TestEncoders there, String encoder, byte[] bytes, BlockingQueue<String> told) {
        there.encoders()
                .ingest(
                        List.of(encoder),
                        "it",
                        bytes,
                        true,
                        (e, ticket, l) ->
                                PictureEncoding.encode(e.getFirst(), "it", bytes, ImageLimits.DEFAULT, ticket, l),
                        ActionListener.<Encoding>wrap(
                                made -> told.add(made.vector().length + " dims"),
                                e -> told.add(ExceptionsHelper.status(e).getStatus() + " " + e.getMessage())));
    }

    @Test
    void testWhatWaitsForAFirstUseWaitsNoLongerThanItMay() throws Exception {
        loop();
        try (ExecutorService generic = Executors.newCachedThreadPool();
                TestEncoders there = new TestEncoders(directory, Runnable::run, Runnable::run, generic)) {
            there.put("loop", LOOP);
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            there.maxWait(TimeValue.timeValueSeconds(5));
            encode(there, "loop", picture(0x3366ff), told);
            there.clock.addAndGet(TimeValue.timeValueSeconds(5).nanos());
            there.encoders().sweep();
            assertEquals(null, told.poll());
            there.clock.incrementAndGet();
            there.encoders().sweep();
            assertEquals(
                    "429 it waited for [5s] for its encoder and at most [5s] are allowed; send it again later, send "
                            + "smaller bulks, or raise [lookalike.queue.max_wait]",
                    told.take());
            there.encoders().close();
            assertEquals(null, told.poll());
        }
    }

    @Test
    void testAnEncoderThatIsDeletedMeanwhileDoesNotStay() throws Exception {
        EncoderDefinition definition = test.put("v", VECTORS);
        try (ExecutorService users = Executors.newFixedThreadPool(2)) {
            AtomicBoolean ended = new AtomicBoolean();
            for (int i = 0; i < 2; i++) {
                users.execute(() -> {
                    while (!ended.get()) {
                        try {
                            test.encoders().registry().encoder("v");
                        } catch (ResourceNotFoundException e) {
                            Thread.onSpinWait();
                        }
                    }
                });
            }
            for (int i = 0; i < 1000; i++) {
                test.delete("v");
                test.adopt(definition);
            }
            test.delete("v");
            ended.set(true);
        }
        assertEquals(List.of(), test.encoders().figures().get("encoders"));
    }

    @Test
    void testABrokenPictureKeepsNobodyWaiting() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("one", Map.of("model", "means", "output", "embedding"));
        List<Exception> failures = new ArrayList<>();
        test.encoders()
                .ingest(
                        List.of("one"),
                        "it",
                        "AAAA",
                        true,
                        (e, ticket, l) ->
                                PictureEncoding.encode(e.getFirst(), "it", new byte[3], ImageLimits.DEFAULT, ticket, l),
                        ActionListener.<Encoding>wrap(x -> assertFalse(true), failures::add));
        assertEquals(1, failures.size());
        assertEquals(1, test.encoders().stats().count(EncodingStats.Outcome.UNDECODABLE));
        assertEquals(
                3, TestEncoders.encode(test.loaded("one"), picture(0x3366ff)).vector().length);
    }

    @Test
    void testTheBoxesOfAPictureAreBoundedByTheirPixels() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("m", Map.of("model", "means", "output", "embedding"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(new BufferedImage(3500, 3500, BufferedImage.TYPE_BYTE_GRAY), "png", out));
        List<Region> boxes = Collections.nCopies(17, new Region(0, 0, 1, 1, true, false, Map.of()));
        assertEquals(
                "the boxes of field [image] have [208250000] pixels in all; at most [200000000] are allowed, send "
                        + "fewer or "
                        + "smaller boxes, or a smaller picture",
                refused(
                        IllegalArgumentException.class,
                        () -> PictureEncoding.encode(
                                List.of(test.loaded("m")),
                                "field [image]",
                                out.toByteArray(),
                                boxes,
                                ImageLimits.DEFAULT,
                                TestEncoders.ticket(Urgency.DOCUMENT),
                                ActionListener.noop())));
    }

    @Test
    void testDecodingEndsWhenItsTaskIsCancelled() throws IOException {
        TinyGraphs.put(directory, "means", TinyGraphs.means(), null);
        test.put("m", Map.of("model", "means", "output", "embedding"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB), "png", out));
        CancellableTask task = new CancellableTask(1, "", "", "", TaskId.EMPTY_TASK_ID, Map.of());
        Ticket ticket = new Ticket("[query_image]", Urgency.QUERY, task, System::nanoTime, () -> Long.MAX_VALUE);
        Encoder encoder = test.encoders().registry().encoder("m");
        assertEquals(
                64,
                PictureEncoding.perceptual(encoder, "[query_image]", out.toByteArray(), ImageLimits.DEFAULT, ticket)
                        .width());
        TaskCancelHelper.cancel(task, "the client left");
        assertEquals(
                "task cancelled [the client left]",
                refused(
                        TaskCancelledException.class,
                        () -> PictureEncoding.perceptual(
                                encoder, "[query_image]", out.toByteArray(), ImageLimits.DEFAULT, ticket)));
    }
}
