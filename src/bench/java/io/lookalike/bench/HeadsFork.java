package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.learning.HeadLearner;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Learns a head in a Java process of its own, so that its memory is known. Writes one JSON object. */
public final class HeadsFork {
    private HeadsFork() {}

    /** Arguments: file of vectors, file of labels as integers, dims, how many vectors, how many of them held out. */
    public static void main(String[] args) throws IOException {
        float[][] rows = LearnFork.read(Path.of(args[0]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        int[] labels = new int[rows.length];
        ByteBuffer.wrap(Files.readAllBytes(Path.of(args[1]))).asIntBuffer().get(labels);
        System.out.println(measure(rows, labels, Integer.parseInt(args[4])));
    }

    private static ObjectNode measure(float[][] rows, int[] labels, int heldOut) throws IOException {
        try (ExecutorService executor = Executors.newFixedThreadPool(LearnFork.THREADS - 1);
                Workers workers = new Workers(LearnFork.THREADS, executor)) {
            long start = System.nanoTime();
            HeadLearner.learn(
                    HeadsBenchmark.settings(rows[0].length, 64),
                    Arrays.copyOfRange(rows, heldOut, rows.length),
                    HeadsData.labels(Arrays.copyOfRange(labels, heldOut, labels.length)),
                    Arrays.copyOf(rows, heldOut),
                    HeadsData.labels(Arrays.copyOf(labels, heldOut)),
                    workers,
                    Progress.NONE);
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("seconds", (System.nanoTime() - start) / 1e9)
                    .put("megabytes", LearnFork.megabytes());
        }
    }
}
