package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTests {
    private static final int PIXELS = 64;

    @TempDir
    Path directory;

    private Models models;

    @BeforeEach
    void open() {
        models = TestModels.open(directory, 2, directory);
    }

    @AfterEach
    void close() {
        models.close();
    }

    @Test
    void givesTheOutputThatWasNamed() throws IOException {
        OnnxModel model = load(Graphs.means(-1));
        for (int batch : new int[] {1, 2, 7, 33}) {
            float[] input = Graphs.random(batch, batch * 3 * PIXELS);
            Tensor embedding = model.run("embedding", input, new long[] {batch, 3, 8, 8});
            Tensor doubled = model.run("doubled", input, new long[] {batch, 3, 8, 8});
            assertArrayEquals(new long[] {batch, 3}, embedding.shape());
            assertArrayEquals(new long[] {batch, 3}, doubled.shape());
            assertArrayEquals(means(input), embedding.data(), 1e-6f);
            for (int i = 0; i < embedding.data().length; i++) {
                assertEquals(2 * embedding.data()[i], doubled.data()[i]);
            }
        }
    }

    @Test
    void givesEachRowOfABatchItsOwn() throws IOException {
        for (long fixed : new long[] {-1, 1, 2, 5}) {
            models.close();
            open();
            OnnxModel model = load(Graphs.means(fixed));
            assertEquals(Math.max(0, fixed), model.fixedBatch());
            for (int count : new int[] {1, 2, 5, 7}) {
                float[][] rows = new float[count][];
                for (int i = 0; i < count; i++) {
                    rows[i] = Graphs.random(10 * count + i, 3 * PIXELS);
                }
                List<Tensor> made = model.runAll(List.of("embedding"), rows, new long[] {1, 3, 8, 8}, new Stop());
                assertEquals(count, made.size());
                for (int i = 0; i < count; i++) {
                    assertArrayEquals(new long[] {1, 3}, made.get(i).shape());
                    assertArrayEquals(means(rows[i]), made.get(i).data(), 1e-6f, fixed + " " + count);
                }
            }
        }
    }

    @Test
    void oneRunGivesSeveralOutputs() throws IOException {
        for (long fixed : new long[] {-1, 1, 2}) {
            models.close();
            open();
            OnnxModel model = load(Graphs.means(fixed));
            float[][] rows = {Graphs.random(1, 3 * PIXELS), Graphs.random(2, 3 * PIXELS), Graphs.random(3, 3 * PIXELS)};
            List<Tensor> made = model.runAll(
                    List.of("doubled", "embedding", "embedding"), rows, new long[] {1, 3, 8, 8}, new Stop());
            assertEquals(3, made.size());
            for (int i = 0; i < 3; i++) {
                float[] means = means(rows[i]);
                Tensor doubled = made.get(i);
                assertArrayEquals(means, doubled.next().data(), 1e-6f);
                assertArrayEquals(means, doubled.next().next().data(), 1e-6f);
                assertNull(doubled.next().next().next());
                assertArrayEquals(new long[] {1, 3}, doubled.next().shape());
                for (int d = 0; d < 3; d++) {
                    assertEquals(2 * doubled.next().data()[d], doubled.data()[d]);
                }
            }
        }
    }

    @Test
    void refusesABatchOfAnotherShape() throws IOException {
        OnnxModel model = load(Graphs.means(-1));
        float[][] rows = {new float[192], new float[192]};
        assertMessage(
                "model [m] takes input [input] of shape [-1, 3, 8, 8]; got [2, 192]",
                () -> model.runAll(List.of("embedding"), rows, new long[] {1, 192}, new Stop()));
        assertMessage(
                "model [m] has no output [logits]; its outputs are [embedding, doubled]",
                () -> model.runAll(List.of("logits"), rows, new long[] {1, 3, 8, 8}, new Stop()));
    }

    @Test
    void refusesAnOutputWithoutAnEntryForEachRow() throws IOException {
        OnnxModel model = load(Graphs.reshape(3, 2));
        assertMessage(
                "model [m] makes an output of shape [3, 2] of [2] pictures; its first axis must be their number",
                () -> model.runAll(List.of("output"), new float[2][3], new long[] {1, 3}, new Stop()));
    }

    @Test
    void leavesTheInputAlone() throws IOException {
        float[] input = Graphs.random(1, 3 * PIXELS);
        float[] before = input.clone();
        load(Graphs.means(-1)).run("embedding", input, new long[] {1, 3, 8, 8});
        assertArrayEquals(before, input);
    }

    @Test
    void refusesAShapeThatDoesNotFit() throws IOException {
        OnnxModel model = load(Graphs.means(2));
        assertEquals(
                6,
                model.run("embedding", new float[384], new long[] {2, 3, 8, 8}).data().length);
        assertMessage(
                "model [m] takes input [input] of shape [2, 3, 8, 8]; got [1, 3, 8, 8]",
                () -> model.run("embedding", new float[192], new long[] {1, 3, 8, 8}));
        assertMessage(
                "model [m] takes input [input] of shape [2, 3, 8, 8]; got [2, 192]",
                () -> model.run("embedding", new float[384], new long[] {2, 192}));
        assertMessage(
                "shape [2, 3, 8, 8] holds [384] numbers; got [10]",
                () -> model.run("embedding", new float[10], new long[] {2, 3, 8, 8}));
        for (long[] shape : new long[][] {{0, 3, 8, 8}, {-2, 3, 8, -8}, {1L << 40, 1L << 40, 1, 1}}) {
            ModelException e = assertThrows(ModelException.class, () -> model.run("embedding", new float[384], shape));
            assertTrue(e.getMessage().endsWith("must have positive numbers with a product below 2^31"), e.getMessage());
        }
    }

    @Test
    void refusesAnOutputThatIsNotThere() throws IOException {
        OnnxModel model = load(Graphs.means(-1));
        assertMessage(
                "model [m] has no output [logits]; its outputs are [embedding, doubled]",
                () -> model.run("logits", new float[192], new long[] {1, 3, 8, 8}));
        assertMessage(
                "model [m] has no output [null]; its outputs are [embedding, doubled]",
                () -> model.run(null, new float[192], new long[] {1, 3, 8, 8}));
    }

    @Test
    void refusesTwoInputs() throws IOException {
        OnnxModel model = load(Graphs.twoInputs());
        assertEquals(2, model.info().inputs().size());
        assertMessage(
                "model [m] has [2] inputs [left, right]; it must have one, the picture",
                () -> model.run("output", new float[4], new long[] {1, 4}));
    }

    @Test
    void refusesTypesThatHoldNoPicture() throws IOException {
        OnnxModel input = load(Graphs.cast(DataType.BOOL, DataType.FLOAT));
        assertMessage(
                "model [m] has input [input] of type [bool]; it must be one of [float32, float16, float64, uint8, "
                        + "int8, int32,"
                        + " int64]",
                () -> input.run("output", new float[4], new long[] {1, 4}));
        models.close();
        open();
        OnnxModel output = load(Graphs.cast(DataType.FLOAT, DataType.STRING));
        assertMessage(
                "model [m] has output [output] of type [string]; every output must be a tensor of one of"
                        + " [float32, float16, bfloat16, float64, uint8, int8, int32, int64, bool]",
                () -> output.run("output", new float[4], new long[] {1, 4}));
    }

    @Test
    void takesEveryInputType() throws IOException {
        float[] values = {0, 1.4f, 254.6f, 300};
        assertArrayEquals(values, pass(DataType.FLOAT, DataType.FLOAT, values));
        assertArrayEquals(values, pass(DataType.FLOAT16, DataType.FLOAT, values), 0.1f);
        assertArrayEquals(values, pass(DataType.DOUBLE, DataType.FLOAT, values));
        assertArrayEquals(new float[] {0, 1, 255, 300}, pass(DataType.INT32, DataType.FLOAT, values));
        assertArrayEquals(new float[] {0, 1, 255, 300}, pass(DataType.INT64, DataType.FLOAT, values));
        assertArrayEquals(new float[] {0, 1, 255, 255}, pass(DataType.UINT8, DataType.FLOAT, values));
        assertArrayEquals(new float[] {0, 1, 127, 127}, pass(DataType.INT8, DataType.FLOAT, values));
        assertArrayEquals(
                new float[] {0, 0, 0, 1},
                pass(DataType.UINT8, DataType.FLOAT, new float[] {-5, Float.NaN, -0.4f, 0.6f}));
    }

    @Test
    void givesEveryOutputTypeAsFloats() throws IOException {
        float[] values = {0, 1, 64, 3};
        for (DataType type : new DataType[] {
            DataType.FLOAT,
            DataType.FLOAT16,
            DataType.BFLOAT16,
            DataType.DOUBLE,
            DataType.UINT8,
            DataType.INT8,
            DataType.INT32,
            DataType.INT64
        }) {
            assertArrayEquals(values, pass(DataType.FLOAT, type, values), type.name());
        }
        assertArrayEquals(new float[] {0, 1, 1, 1}, pass(DataType.FLOAT, DataType.BOOL, values));
    }

    @Test
    void saysWhyARunFailedAndGoesOn() throws IOException {
        OnnxModel model = load(Graphs.failing());
        for (int i = 0; i < 3; i++) {
            ModelException e =
                    assertThrows(ModelException.class, () -> model.run("output", new float[9], new long[] {3, 3}));
            assertTrue(e.getMessage().startsWith("cannot run model [m] on an input of shape [3, 3]: "), e.getMessage());
            assertTrue(e.getMessage().contains("Reshape"), e.getMessage());
            float[] input = {1, 2, 3, 4, 5, 6};
            assertArrayEquals(
                    input, model.run("output", input, new long[] {2, 3}).data());
        }
    }

    @Test
    void boundsWhatIsCopiedToTheHeap() throws IOException {
        OnnxModel model = load(Graphs.repeat(TensorConverter.MAX_OUTPUT + 1));
        assertMessage(
                "cannot run model [m] on an input of shape [1]: output [output] has ["
                        + (TensorConverter.MAX_OUTPUT + 1) + "] numbers; at most [" + TensorConverter.MAX_OUTPUT
                        + "] are read",
                () -> model.run("output", new float[1], new long[] {1}));
    }

    @Test
    void givesTheSameFromManyThreads() throws Exception {
        OnnxModel model = load(Graphs.means(-1));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> futures = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int seed = 1000 * t;
                futures.add(threads.submit(() -> {
                    int equal = 0;
                    for (int i = 0; i < 200; i++) {
                        int batch = 1 + i % 3;
                        float[] input = Graphs.random(seed + i, batch * 3 * PIXELS);
                        float[] output = model.run("embedding", input, new long[] {batch, 3, 8, 8})
                                .data();
                        assertArrayEquals(means(input), output, 1e-6f);
                        equal++;
                    }
                    return equal;
                }));
            }
            for (Future<Integer> each : futures) {
                assertEquals(200, each.get());
            }
        }
    }

    @Test
    void endsALoopThatHasNoEnd() throws Exception {
        OnnxModel model = load(resource("loop-always.onnx"));
        Stop stop = new Stop();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = endless(model, stop, thrown);
        assertEquals(null, thrown.get());
        stop.now();
        thread.join();
        assertEquals(StoppedException.class, thrown.get().getClass());
        assertThrows(
                StoppedException.class,
                () -> model.runAll(List.of("y"), new float[1][3 * 32 * 32], new long[] {1, 3, 32, 32}, stop),
                "nothing begins after it");
    }

    @Test
    void aStopIsOneRunsAlone() throws Exception {
        OnnxModel model = load(resource("loop-white.onnx"));
        Stop stop = new Stop();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = endless(model, stop, thrown);
        Stop other = new Stop();
        float[][] black = new float[1][3 * 32 * 32];
        List<Tensor> made = model.runAll(List.of("y"), black, new long[] {1, 3, 32, 32}, other);
        other.now();
        assertEquals(null, thrown.get());
        stop.now();
        thread.join();
        assertArrayEquals(
                made.getFirst().data(),
                model.runAll(List.of("y"), black, new long[] {1, 3, 32, 32}, new Stop())
                        .getFirst()
                        .data());
    }

    @Test
    void closingWaitsForNoRun() throws Exception {
        OnnxModel model = load(resource("loop-always.onnx"));
        Stop stop = new Stop();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = endless(model, stop, thrown);
        models.close();
        assertMessage(
                "model [m] is closed",
                () -> model.runAll(List.of("y"), new float[1][3072], new long[] {1, 3, 32, 32}, new Stop()));
        assertEquals(null, thrown.get(), "its session is still there");
        stop.now();
        thread.join();
        assertEquals(StoppedException.class, thrown.get().getClass());
    }

    /** Runs a white picture, and is seen to work on it. */
    private static Thread endless(OnnxModel model, Stop stop, AtomicReference<Throwable> thrown) {
        float[] white = new float[3 * 32 * 32];
        Arrays.fill(white, 1);
        Thread thread = new Thread(() -> {
            try {
                model.runAll(List.of("y"), new float[][] {white}, new long[] {1, 3, 32, 32}, stop);
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        thread.start();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        while (thread.isAlive() && threads.getThreadCpuTime(thread.threadId()) < 100_000_000) {
            Thread.onSpinWait();
        }
        return thread;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = OnnxModelTests.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    private float[] pass(DataType from, DataType to, float[] values) throws IOException {
        models.close();
        open();
        return load(Graphs.cast(from, to))
                .run("output", values, new long[] {1, 4})
                .data();
    }

    /** Whatever sizes are computed from: what a graph states, and what is in a picture. */
    @Test
    void runsThatWantTooMuchMemoryFail() throws IOException {
        OnnxModel fill = load(Graphs.fill());
        long[] one = {1};
        assertArrayEquals(
                new float[1], fill.run("output", new float[] {100}, one).data());
        for (int i = 0; i < 3; i++) {
            String told = assertThrows(ModelException.class, () -> fill.run("output", new float[] {3000}, one))
                    .getMessage();
            assertTrue(
                    told.matches("cannot run model \\[m] on an input of shape \\[1]: its node \\[ConstantOfShape] wants"
                            + " \\[3145728000] bytes of native memory, and \\[\\d+] are left; use a smaller model or "
                            + "smaller"
                            + " pictures, or raise \\[lookalike.model.max_memory]"),
                    told);
        }
        assertArrayEquals(
                new float[1], fill.run("output", new float[] {1500}, one).data());
    }

    /** What loading would compute takes neither memory nor time: it is left to runs, which have limits. */
    @Test
    void constantsAreNotComputedWhileAModelLoads() throws IOException {
        for (String hostile : List.of("fold-3gb", "mem-3gb")) {
            models.close();
            open();
            try (InputStream in = OnnxModelTests.class.getResourceAsStream(hostile + ".onnx")) {
                OnnxModel model = load(in.readAllBytes());
                TensorInfo input = model.info().inputs().getFirst();
                long[] shape = input.shape();
                int length = 1;
                for (int i = 0; i < shape.length; i++) {
                    shape[i] = Math.max(1, shape[i]);
                    length *= (int) shape[i];
                }
                float[] picture = new float[length];
                String output = model.info().outputs().getFirst().name();
                String told = assertThrows(ModelException.class, () -> model.run(output, picture, shape))
                        .getMessage();
                assertTrue(told.contains("wants [3200000000] bytes of native memory"), told);
            }
        }
    }

    /** Two that have room for one: each waits for the other, and none fails. */
    @Test
    void runsThatNeedAllMemoryTakeTurns() throws Exception {
        OnnxModel fill = load(Graphs.fill());
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Tensor>> runs = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                runs.add(threads.submit(() -> fill.run("output", new float[] {1200}, new long[] {1})));
            }
            for (Future<Tensor> run : runs) {
                assertArrayEquals(new float[1], run.get().data());
            }
        }
    }

    private OnnxModel load(byte[] bytes) throws IOException {
        Path place = Files.createDirectories(directory.resolve("m"));
        Files.write(place.resolve("model.onnx"), bytes);
        return models.get("m");
    }

    private static float[] means(float[] input) {
        float[] means = new float[input.length / PIXELS];
        for (int i = 0; i < means.length; i++) {
            double sum = 0;
            for (int j = 0; j < PIXELS; j++) {
                sum += input[i * PIXELS + j];
            }
            means[i] = (float) (sum / PIXELS);
        }
        return means;
    }

    private static void assertMessage(String expected, Executable executable) {
        assertEquals(expected, assertThrows(ModelException.class, executable).getMessage());
    }
}
