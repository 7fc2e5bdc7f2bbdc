package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.util.IOUtils;

/**
 * The part of the scale benchmark that runs in a Java process of its own: indices of several sizes in turn, in several
 * rounds.
 *
 * <p>Writes one JSON object to standard output: for each size its bytes on disk, its bytes on the heap, and for every
 * round the medians of the searches and of the plain reads between them.
 */
public final class ScaleFork {
    static final String READ = "read";
    private static final int THREADS = 2;
    private static final int WARM_UP = 3;
    private static final int SEARCHES_PER_READ = 5;
    private static final int COLLECTIONS = 4;

    private ScaleFork() {}

    /**
     * Arguments: folder, rounds, searches in each; then numbers of codes, whose indices lie in the folder under their
     * number.
     */
    public static void main(String[] args) throws IOException {
        int[] sizes = Arrays.stream(args).skip(3).mapToInt(Integer::parseInt).toArray();
        System.out.println(measure(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]), sizes));
    }

    /** One of the indices. */
    private static final class Index {
        final Path folder;
        final int codes;
        final ArrayNode rounds = JsonNodeFactory.instance.arrayNode();
        private DirectoryReader reader;
        private StagedSearcher searcher;
        private CodeReads reads;

        Index(Path folder, int codes) {
            this.folder = folder;
            this.codes = codes;
        }

        void open(ExecutorService executor) throws IOException {
            reader = MixtureIndex.open(folder);
            searcher = new StagedSearcher(reader, executor);
            reads = new CodeReads(searcher, THREADS);
        }

        void close() throws IOException {
            IOUtils.close(reader);
            reader = null;
            searcher = null;
            reads = null;
        }

        /** The searches, and a plain read before every few of them. */
        ObjectNode round(Probe[] probes, ByteSums way) throws IOException {
            double[] millis = new double[(probes.length + SEARCHES_PER_READ - 1) / SEARCHES_PER_READ];
            ObjectNode medians = searcher.round(probes, null, search -> {
                if (search % SEARCHES_PER_READ == 0) {
                    millis[search / SEARCHES_PER_READ] = reads.read(way).millis();
                }
            });
            return medians.put(READ, Spread.median(millis));
        }

        long bytesOnDisk() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.mapToLong(file -> file.toFile().length()).sum();
            }
        }
    }

    static ObjectNode measure(Path folder, int rounds, int searches, int... sizes) throws IOException {
        Probe[] probes = Probe.of(new Mixture(), searches);
        List<Index> indices = new ArrayList<>();
        // two with the caller's thread
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS - 1)) {
            try {
                for (int codes : sizes) {
                    indices.add(new Index(folder.resolve(Integer.toString(codes)), codes));
                    indices.getLast().open(executor);
                }
                ByteSums way = indices.getLast().reads.fastest();
                for (int round = -WARM_UP; round < rounds; round++) {
                    for (Index index : indices) {
                        ObjectNode medians = index.round(probes, way);
                        if (round >= 0) {
                            index.rounds.add(medians);
                        }
                    }
                }
            } finally {
                for (Index index : indices) {
                    index.close();
                }
            }
            ObjectNode result = JsonNodeFactory.instance.objectNode();
            for (Index index : indices) {
                result.putObject(Integer.toString(index.codes))
                        .put("bytes", index.bytesOnDisk())
                        .put("heap_bytes", heapBytes(index, executor, probes))
                        .set("rounds", index.rounds);
            }
            return result;
        }
    }

    /** Bytes on the heap while the index is open, after a round of searches. */
    private static long heapBytes(Index index, ExecutorService executor, Probe[] probes) throws IOException {
        long before = usedHeap();
        try {
            index.open(executor);
            index.searcher.round(probes, null, search -> {});
            return Math.max(0, usedHeap() - before);
        } finally {
            index.close();
        }
    }

    private static long usedHeap() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
