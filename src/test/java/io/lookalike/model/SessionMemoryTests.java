package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models for which there is room for two, or for none. */
class SessionMemoryTests {
    /** A file beside each graph, so that room for two leaves enough for what a check counts of one. */
    private static final long BESIDE = 100_000;

    private static final long SIZE = BESIDE + Graphs.means(-1).length;
    private static final long[] ONE = {1, 3, 8, 8};
    private static final float[] PICTURE = Graphs.random(1, 192);

    @TempDir
    Path directory;

    private Models models;

    @BeforeEach
    void open() throws IOException {
        for (String id : List.of("a", "b", "c")) {
            Path place = Files.createDirectories(directory.resolve(id));
            Files.write(place.resolve("model.onnx"), Graphs.means(-1));
            Files.write(place.resolve("notes.bin"), new byte[(int) BESIDE]);
        }
        try (Models usual = TestModels.open(directory, 1, directory)) {
            usual.get("a"); // so that this process has the usual limit for what runs
        }
        models = room(2 * SIZE);
    }

    private Models room(long bytes) {
        return new Models(
                directory, new SessionSettings(1, false, true), directory, bytes, Models.class::getResourceAsStream);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private static float[] run(OnnxModel model) {
        return model.run("embedding", PICTURE, ONE).data();
    }

    @Test
    void thoseRunLongestAgoAreUnloadedAndLoadAgain() {
        OnnxModel a = models.get("a");
        OnnxModel b = models.get("b");
        float[] expected = run(a);
        run(b);
        run(a);
        OnnxModel c = models.get("c");
        assertFalse(b.park(), "it was unloaded for another already");
        assertArrayEquals(expected, run(c));
        assertArrayEquals(expected, run(b));
        assertSame(b, models.get("b"));
        assertFalse(a.park(), "it was run longer ago than the third");
        assertArrayEquals(expected, run(a));
        assertEquals(3, models.unloaded());
    }

    @Test
    void manyThreadsRunMoreModelsThanThereIsRoomFor() throws Exception {
        List<OnnxModel> all = List.of(models.get("a"), models.get("b"), models.get("c"));
        float[] expected = run(all.getFirst());
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<float[]>> runs = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                OnnxModel model = all.get(i % 3);
                runs.add(threads.submit(() -> run(model)));
            }
            for (Future<float[]> each : runs) {
                assertArrayEquals(expected, each.get());
            }
        }
    }

    @Test
    void whereOthersRunThereIsNoRoom() {
        SessionMemory memory = new SessionMemory(100);
        memory.opening("a", 60);
        assertEquals(
                "model [b] has no room beside those that run now: all together may have [100] bytes; send it again, "
                        + "or raise "
                        + "[lookalike.model.max_memory]",
                assertThrows(UnavailableException.class, () -> memory.opening("b", 50))
                        .getMessage());
        memory.opening("c", 40);
        memory.closed("a");
        memory.opening("b", 50);
    }

    @Test
    void aModelThatChangedMeanwhileIsNotTakenForWhatItWas() throws IOException {
        OnnxModel a = models.get("a");
        assertTrue(a.park());
        // it ends the process that loads it
        try (InputStream in = SessionMemoryTests.class.getResourceAsStream("func-recursive.onnx")) {
            Files.write(directory.resolve("a").resolve("model.onnx"), in.readAllBytes());
        }
        assertEquals(
                "cannot load model [a] again: its files have changed since they were read; try again, and restart "
                        + "the node if"
                        + " it was loaded before that",
                assertThrows(UnavailableException.class, () -> run(a)).getMessage());
    }
}
