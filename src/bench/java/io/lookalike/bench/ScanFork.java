package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;

/**
 * The part of the scan benchmark that runs in a Java process of its own: codes of one length, everything in turn, in
 * several rounds.
 *
 * <p>Writes one JSON object to standard output: the first scan in milliseconds, which sum was the limit, and for every
 * round the nanoseconds of processor time that each took.
 */
public final class ScanFork {
    static final int TOP = 500;
    private static final int WARM_UP = 8;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Keeps the compiler from removing unused results. */
    private static volatile long used;

    private ScanFork() {}

    /** Arguments: file, bits, number of codes, rounds, whether to measure Faiss. */
    public static void main(String[] args) throws IOException {
        try (CodeFile file = new CodeFile(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]))) {
            System.out.println(measure(file, Integer.parseInt(args[3]), Boolean.parseBoolean(args[4])));
        }
    }

    static ObjectNode measure(CodeFile file, int rounds, boolean faissToo) throws IOException {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        long start = System.nanoTime();
        nearest(file);
        result.put("first_query_ms", (System.nanoTime() - start) / 1e6);
        try (Faiss faiss = faissToo ? new Faiss(file, TOP) : null) {
            if (faiss != null) {
                // waits until it has read its codes, which would disturb the measurement
                faiss.nanos();
            }
            ByteSums limit = warmUp(file);
            result.put("limit", limit.label());
            ArrayNode all = result.putArray("rounds");
            for (int round = 0; round < rounds; round++) {
                // this process was idle during Faiss, so the next work runs at half speed for some milliseconds
                sum(file, limit);
                distances(file);
                ObjectNode nanos = all.addObject()
                        .put("limit", sum(file, limit))
                        .put("distances", distances(file))
                        .put("top", nearest(file))
                        .put("lucene", lucene(file));
                if (faiss != null) {
                    nanos.put("faiss", faiss.nanos());
                }
            }
        }
        return result;
    }

    /** Runs everything until it is compiled; returns the fastest sum. */
    private static ByteSums warmUp(CodeFile file) throws IOException {
        Map<ByteSums, double[]> nanos = new EnumMap<>(ByteSums.class);
        for (ByteSums way : ByteSums.values()) {
            nanos.put(way, new double[WARM_UP]);
        }
        for (int i = 0; i < WARM_UP; i++) {
            for (Map.Entry<ByteSums, double[]> way : nanos.entrySet()) {
                way.getValue()[i] = sum(file, way.getKey());
            }
            distances(file);
            nearest(file);
        }
        lucene(file);
        return nanos.entrySet().stream()
                .min(Comparator.comparingDouble(way -> Spread.median(way.getValue())))
                .orElseThrow()
                .getKey();
    }

    private static long sum(CodeFile file, ByteSums way) {
        long start = nanos();
        used = way.sum(file.codes);
        return nanos() - start;
    }

    private static long distances(CodeFile file) {
        long start = nanos();
        Scans.distances(file, (first, count, distances) -> used = distances[count - 1]);
        return nanos() - start;
    }

    private static long nearest(CodeFile file) {
        long start = nanos();
        used = Scans.nearest(file, TOP).size();
        return nanos() - start;
    }

    private static long lucene(CodeFile file) throws IOException {
        long start = nanos();
        Scans.lucene(file, (first, count, distances) -> used = distances[count - 1]);
        return nanos() - start;
    }

    /** The processor time of this thread, without the time of other processes. */
    private static long nanos() {
        return THREADS.getCurrentThreadCpuTime();
    }
}
