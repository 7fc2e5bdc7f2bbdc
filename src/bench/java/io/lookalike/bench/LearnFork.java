package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.learning.Itq;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * The part of the learn benchmark in a separate Java process, so that its memory is known: reads a sample and learns a
 * code.
 *
 * <p>Writes one JSON object to standard output: seconds of learning, and the peak memory of the process, including the
 * sample and Java.
 */
public final class LearnFork {
    static final int THREADS = 2;

    private LearnFork() {}

    /** Arguments: file of vectors, dims, how many of them to learn from, bits, iterations. */
    public static void main(String[] args) throws IOException {
        float[][] rows = read(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        System.out.println(measure(rows, Integer.parseInt(args[3]), Integer.parseInt(args[4])));
    }

    static ObjectNode measure(float[][] rows, int bits, int iterations) throws IOException {
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS - 1);
                Workers workers = new Workers(THREADS, executor)) {
            long start = System.nanoTime();
            Itq.learn(rows, bits, iterations, 1, workers, Progress.NONE);
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("seconds", (System.nanoTime() - start) / 1e9)
                    .put("megabytes", megabytes())
                    .put("predicted_megabytes", Itq.bytes(rows.length, rows[0].length, bits, THREADS) / 1e6);
        }
    }

    /** The first vectors of a file. It is not mapped, because mapped pages would count as memory. */
    static float[][] read(Path file, int dims, int count) throws IOException {
        float[][] rows = new float[count][dims];
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * dims).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
            for (float[] row : rows) {
                bytes.clear();
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes) < 0) {
                        throw new EOFException(file.toString());
                    }
                }
                bytes.flip().asFloatBuffer().get(row);
            }
        }
        return rows;
    }

    /** The peak resident set of this process; if unknown, the used heap. */
    static double megabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (Files.isReadable(status)) {
            try (Stream<String> lines = Files.lines(status)) {
                return lines.filter(line -> line.startsWith("VmHWM:"))
                        .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6)
                        .findFirst()
                        .orElseThrow();
            }
        }
        return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6;
    }
}
