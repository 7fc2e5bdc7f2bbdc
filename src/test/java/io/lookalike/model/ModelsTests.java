package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ModelsTests {
    private static final long[] ONE = {1, 3, 8, 8};
    private static final byte[] JSON = "{\"output\":\"embedding\"}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path temporary;

    private Path directory;
    private Models models;

    @BeforeEach
    void open() throws IOException {
        directory = Files.createDirectory(temporary.resolve("models"));
        models = models(Map.of("builtin-1/model.onnx", Graphs.means(-1), "builtin-1/model.json", JSON));
    }

    @AfterEach
    void close() {
        models.close();
    }

    @Test
    void listsDirectoriesThatHoldAModel() throws IOException {
        add("zebra", Graphs.means(-1));
        add("mobilenet_v2", Graphs.means(-1));
        add("builtin-7", Graphs.means(-1));
        add("ResNet50", Graphs.means(-1));
        add("a b", Graphs.means(-1));
        Files.createDirectory(directory.resolve("empty"));
        Files.write(directory.resolve("file"), JSON);
        assertEquals(List.of("ResNet50", "builtin-1", "builtin-2", "mobilenet_v2", "zebra"), models.ids());
        assertTrue(models.exists("zebra"));
        assertTrue(models.exists("builtin-1"));
        assertTrue(models.exists("builtin-2"));
        for (String id : Arrays.asList("empty", "file", "builtin-7", "a b", "..", "a/../zebra", "", null)) {
            assertFalse(models.exists(id), id);
        }
    }

    @Test
    void needsNoDirectory() throws IOException {
        Files.delete(directory);
        assertEquals(List.of("builtin-1", "builtin-2"), models.ids());
        assertMessage(
                "no such model [x]; known models are [builtin-1, builtin-2];"
                        + " put model.onnx into config/lookalike/models/x/ on every node",
                () -> models.get("x"));
    }

    @Test
    void followsSymbolicLinks() throws IOException {
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.write(elsewhere.resolve("model.onnx"), Graphs.means(-1));
        Files.createSymbolicLink(directory.resolve("linked"), elsewhere);
        assertEquals(List.of("builtin-1", "builtin-2", "linked"), models.ids());
        assertEquals("linked", models.info("linked").id());
    }

    @Test
    void refusesNamesThatLeaveTheDirectory() throws IOException {
        Files.write(temporary.resolve("model.onnx"), Graphs.means(-1));
        for (String id :
                Arrays.asList("..", "../models", "a/b", "a..b", "/etc", "", "A b", "a b", "a".repeat(101), null)) {
            assertMessage(
                    "[" + id + "] is no name for a model; a name has at most [100] of A-Z, a-z, 0-9, [_], [.] and [-],"
                            + " begins with a letter or digit and has no [..]",
                    () -> models.get(id));
        }
    }

    @Test
    void refusesToListTooManyDirectories() throws IOException {
        for (int i = 0; i <= Models.MAX_DIRECTORIES; i++) {
            Files.createDirectory(directory.resolve("m" + i));
        }
        assertMessage(
                "[config/lookalike/models] holds more than [1000] directories; take unused ones out",
                () -> models.ids());
    }

    @Test
    void describesTheBuiltinModel() throws Exception {
        ModelInfo info = models.info("builtin-1");
        assertEquals("builtin-1", info.id());
        assertEquals(sha256(Graphs.means(-1)), info.sha256());
        assertEquals(Graphs.means(-1).length, info.bytes());
        assertEquals(List.of(new TensorInfo("input", "float32", new long[] {-1, 3, 8, 8})), info.inputs());
        assertEquals(
                List.of(
                        new TensorInfo("embedding", "float32", new long[] {-1, 3}),
                        new TensorInfo("doubled", "float32", new long[] {-1, 3})),
                info.outputs());
        assertEquals(Map.of("labels", "red,green,blue"), info.metadata());
        assertArrayEquals(JSON, info.defaults());
    }

    @Test
    void describesADirectory() throws Exception {
        add("fixed", Graphs.means(2));
        ModelInfo info = models.info("fixed");
        assertEquals(sha256(Graphs.means(2)), info.sha256());
        assertEquals(List.of(new TensorInfo("input", "float32", new long[] {2, 3, 8, 8})), info.inputs());
        assertNull(info.defaults());
        assertSame(models.get("fixed"), models.get("fixed"));
    }

    @Test
    void readsDefaultsButDoesNotDigestThem() throws Exception {
        Files.write(add("a", Graphs.means(-1)).resolve("model.json"), JSON);
        assertArrayEquals(JSON, models.info("a").defaults());
        assertEquals(sha256(Graphs.means(-1)), models.info("a").sha256());
    }

    @Test
    void refusesLongDefaults() throws IOException {
        Files.write(add("a", Graphs.means(-1)).resolve("model.json"), new byte[ModelFiles.MAX_DEFAULTS + 1]);
        assertMessage("cannot load model [a]: [model.json] is longer than [1048576] bytes", () -> models.get("a"));
    }

    @Test
    void refusesDefaultsThatAreNoFile() throws IOException {
        Path json = add("a", Graphs.means(-1)).resolve("model.json");
        assertNull(models.defaults("a"));
        assertFalse(models.hasOwnDefaults("a"));
        assertFalse(models.hasOwnDefaults("builtin-1"));
        Files.createDirectory(json);
        assertMessage("cannot read [model.json] of model [a]: [model.json] is no file", () -> models.defaults("a"));
        Files.delete(json);
        Files.createSymbolicLink(json, Path.of("gone.json"));
        assertTrue(assertThrows(ModelException.class, () -> models.defaults("a"))
                .getMessage()
                .startsWith("cannot read [model.json] of model [a]: "));
        Files.delete(json);
        Files.write(json, JSON);
        assertTrue(models.hasOwnDefaults("a"));
    }

    @Test
    void loadsWeightsBesideTheModel() throws IOException {
        byte[] weights = new byte[16];
        Path place = add("a", Graphs.externalWeights());
        Files.write(place.resolve("weights.bin"), weights);
        Path other = add("b", Graphs.externalWeights());
        weights[3] = 0x40; // 2.0, little end first
        Files.write(other.resolve("weights.bin"), weights);
        float[] input = {1, 2, 3, 4};
        assertArrayEquals(
                input, models.get("a").run("output", input, new long[] {1, 4}).data());
        assertArrayEquals(
                new float[] {3, 2, 3, 4},
                models.get("b").run("output", input, new long[] {1, 4}).data());
        assertEquals(Graphs.externalWeights().length + 16, models.info("a").bytes());
        assertNotEquals(models.info("a").sha256(), models.info("b").sha256());
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        byte[] whole = Graphs.means(-1);
        Map<String, byte[]> broken = Map.of(
                "empty", new byte[0],
                "text", "not a model".getBytes(StandardCharsets.UTF_8),
                "truncated", Arrays.copyOf(whole, whole.length / 2),
                "unknown", Graphs.unknownOperator(),
                "missing-weights", Graphs.externalWeights());
        for (Map.Entry<String, byte[]> each : broken.entrySet()) {
            add(each.getKey(), each.getValue());
            ModelException e = assertThrows(ModelException.class, () -> models.get(each.getKey()));
            assertTrue(e.getMessage().startsWith("cannot load model [" + each.getKey() + "]: "), e.getMessage());
            assertFalse(e.getMessage().contains("Error code"), e.getMessage());
        }
        assertTrue(assertThrows(ModelException.class, () -> models.get("unknown"))
                .getMessage()
                .contains("Teleport"));
        assertTrue(assertThrows(ModelException.class, () -> models.get("missing-weights"))
                .getMessage()
                .contains("weights.bin"));
        assertEquals(
                3, models.get("builtin-1").run("embedding", new float[192], ONE).data().length);
    }

    @Test
    void saysWhatIsNoModel() throws IOException {
        String again = ") is no ONNX model or is cut short; export it or copy it again";
        add("a", new byte[0]);
        assertMessage("cannot load model [a]: [model.onnx] (0 bytes" + again, () -> models.get("a"));
        add("a", new byte[] {8});
        assertMessage("cannot load model [a]: [model.onnx] (1 bytes, starts with 08" + again, () -> models.get("a"));
        add("a", "<html>".getBytes(StandardCharsets.UTF_8));
        assertMessage(
                "cannot load model [a]: [model.onnx] (6 bytes, starts with 3c 68 74 6d" + again, () -> models.get("a"));
        byte[] whole = Graphs.means(-1);
        add("a", Arrays.copyOf(whole, whole.length - 1));
        assertMessage(
                "cannot load model [a]: [model.onnx] (" + (whole.length - 1) + " bytes, starts with 08 07 3a d7"
                        + again,
                () -> models.get("a"));
        add(
                "a",
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".getBytes(StandardCharsets.UTF_8));
        assertMessage(
                "cannot load model [a]: [model.onnx] (64 bytes, starts with 76 65 72 73) is no ONNX model or is cut "
                        + "short;"
                        + " it is a pointer of Git LFS: fetch the file itself with [git lfs pull]",
                () -> models.get("a"));
    }

    @Test
    void refusesAFileThatIsTooLongForOnnx() throws IOException {
        Path place = Files.createDirectories(directory.resolve("a"));
        try (SeekableByteChannel sparse = Files.newByteChannel(
                place.resolve("model.onnx"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            sparse.position(OnnxFile.MAX_BYTES).write(ByteBuffer.allocate(1));
        }
        assertMessage(
                "cannot load model [a]: [model.onnx] has [2147483648] bytes; an ONNX file holds at most "
                        + "[2147483647], export"
                        + " the model with its weights in another file beside it",
                () -> models.get("a"));
    }

    @Test
    void takesWeightsFromItsOwnDirectoryAlone() throws IOException {
        Files.write(directory.resolve("secret"), new byte[16]);
        Path below = Files.createDirectories(directory.resolve("a/below"));
        Files.write(below.resolve("secret"), new byte[16]);
        for (String location : List.of(
                "../secret",
                "../a/weights.bin",
                "..",
                ".",
                "",
                "below/secret",
                "below\\secret",
                "below/../weights.bin",
                "model.json",
                directory.resolve("secret").toString(),
                "*/_ORT_MEM_ADDR_/*")) {
            add("a", Graphs.externalWeights(location, 16));
            assertMessage(
                    "cannot load model [a]: [model.onnx] keeps weights in [" + location
                            + "], which is not the name of a file beside it; export the model with all files in one"
                            + " directory",
                    () -> models.get("a"));
        }
        add("a", Graphs.externalWeights("weights.bin", 16));
        assertMessage(
                "cannot load model [a]: [model.onnx] keeps weights in [weights.bin], which is missing; copy it into the"
                        + " directory of the model",
                () -> models.get("a"));
        Files.write(directory.resolve("a/weights.bin"), new byte[10]);
        assertMessage(
                "cannot load model [a]: [model.onnx] keeps weights in [weights.bin], which has [10] bytes but needs "
                        + "[16];"
                        + " copy it again",
                () -> models.get("a"));
        Files.write(directory.resolve("a/weights.bin"), new byte[16]);
        add("a", Graphs.externalWeights("weights.bin", -16));
        assertMessage(
                "cannot load model [a]: the [offset] or [length] of a tensor's weights is no valid number; "
                        + "export it again",
                () -> models.get("a"));
        add("a", Graphs.externalWeights("./weights.bin", 16));
        assertEquals(
                4,
                models.get("a").run("output", new float[4], new long[] {1, 4}).data().length);
    }

    @Test
    void survivesRandomDamage() throws IOException {
        byte[] whole = Graphs.means(-1);
        for (int seed = 0; seed < 60; seed++) {
            byte[] damaged = whole.clone();
            Random random = new Random(seed);
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            String id = "damaged" + seed;
            add(id, damaged);
            try {
                models.get(id); // some damage does no harm
            } catch (ModelException e) {
                assertTrue(e.getMessage().startsWith("cannot load model [" + id + "]: "), e.getMessage());
            }
        }
        assertEquals(
                3, models.get("builtin-1").run("embedding", new float[192], ONE).data().length);
    }

    @Test
    void triesAgainAfterAFailure() throws IOException {
        Path place = add("a", new byte[] {1, 2, 3});
        assertThrows(ModelException.class, () -> models.get("a"));
        Files.write(place.resolve("model.onnx"), Graphs.means(-1));
        assertEquals("a", models.get("a").info().id());
    }

    @Test
    void turnsErrorsIntoExceptions() {
        try (Models planted = TestModels.open(directory, 1, temporary, name -> {
            throw new StackOverflowError("planted");
        })) {
            assertMessage("cannot load model [builtin-1]: StackOverflowError: planted", () -> planted.get("builtin-1"));
        }
    }

    @Test
    void saysThatTheBuiltinModelIsMissing() {
        try (Models without = models(Map.of())) {
            assertMessage(
                    "cannot load model [builtin-1]: this build of the plugin does not hold it",
                    () -> without.get("builtin-1"));
        }
    }

    @Test
    void loadsOnceForManyCallers() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        CountDownLatch waiting = new CountDownLatch(4);
        try (Models slow = TestModels.open(directory, 1, temporary, name -> {
                    if (name.endsWith(".onnx")) {
                        opened.incrementAndGet();
                    }
                    return Graphs.builtin(Map.of("builtin-1/model.onnx", Graphs.means(-1)))
                            .apply(name);
                });
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<OnnxModel>> futures = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                futures.add(threads.submit(() -> {
                    waiting.countDown();
                    waiting.await();
                    return slow.get("builtin-1");
                }));
            }
            for (Future<OnnxModel> each : futures) {
                assertSame(slow.get("builtin-1"), each.get());
            }
        }
        assertEquals(1, opened.get());
    }

    @Test
    void aStopEndsTheWaitForOneThatLoads() throws Exception {
        CountDownLatch loads = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (Models slow = TestModels.open(directory, 1, temporary, name -> {
            loads.countDown();
            awaitHere(go);
            return Graphs.builtin(Map.of("builtin-1/model.onnx", Graphs.means(-1)))
                    .apply(name);
        })) {
            Thread loader = new Thread(() -> slow.get("builtin-1"));
            loader.start();
            loads.await();
            Stop stop = new Stop();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread waiter = new Thread(() -> {
                try {
                    slow.get("builtin-1", stop);
                } catch (Throwable e) {
                    thrown.set(e);
                }
            });
            waiter.start();
            while (waiter.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            stop.now();
            waiter.join();
            assertSame(StoppedException.class, thrown.get().getClass());
            go.countDown();
            loader.join();
            assertEquals("builtin-1", slow.get("builtin-1").info().id());
        }
    }

    private static void awaitHere(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theUsualLimitLeavesMemoryForOthers() {
        assertEquals(2L << 30, Models.defaultMaxMemory(1L << 30, 64L << 30));
        assertEquals(512L << 20, Models.defaultMaxMemory(1L << 30, 2L << 30));
        assertEquals(128L << 20, Models.defaultMaxMemory(1L << 30, 1L << 30));
    }

    @Test
    void refusesWorkAfterClose() {
        OnnxModel model = models.get("builtin-1");
        models.close();
        models.close();
        assertMessage("model [builtin-1] is closed", () -> model.run("embedding", new float[192], ONE));
        assertMessage("model [builtin-1] cannot be loaded: the node is stopping", () -> models.get("builtin-1"));
    }

    @Test
    void keepsTheContextClassLoader() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        ClassLoader foreign = ClassLoader.getPlatformClassLoader();
        thread.setContextClassLoader(foreign);
        try {
            models.get("builtin-1").run("embedding", new float[192], ONE);
            assertSame(foreign, thread.getContextClassLoader());
        } finally {
            thread.setContextClassLoader(before);
        }
        assertEquals("true", System.getProperty("ai.djl.offline"));
        assertEquals("true", System.getProperty("OPT_OUT_TRACKING"));
    }

    private Models models(Map<String, byte[]> resources) {
        return TestModels.open(directory, 1, temporary, Graphs.builtin(resources));
    }

    private Path add(String id, byte[] model) throws IOException {
        Path place = Files.createDirectories(directory.resolve(id));
        Files.write(place.resolve("model.onnx"), model);
        return place;
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static void assertMessage(String expected, Executable executable) {
        assertEquals(expected, assertThrows(ModelException.class, executable).getMessage());
    }
}
