package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Hamming distances of one query to millions of codes in a mapped file, on one thread: the plugin, what the memory allows, Lucene and
 * Faiss.
 *
 * <p>For every length of code three Java processes, one after the other, because the compiler does not always come to the same code.
 * In each process everything takes its turn in every round, so that other load on the machine meets all alike, and ratios are taken
 * within a round. Speeds are those of the thread's processor time, which on an idle machine is the time that passes. About two minutes
 * and a temporary file of 256 MB.
 */
final class ScanBenchmark implements Benchmark {
    /** Length of a code in bits, and how many of them. */
    record Size(int bits, int codes) {
        long bytes() {
            return (long) codes * bits / Byte.SIZE;
        }
    }

    private static final int MEGA = 1 << 20;
    private static final List<Size> SIZES = List.of(
            new Size(64, 16 * MEGA),
            new Size(128, 16 * MEGA),
            new Size(256, 4 * MEGA),
            new Size(512, 2 * MEGA),
            new Size(1024, 2 * MEGA));
    private static final int FORKS = 3;
    private static final int ROUNDS = 9;

    private final JsonMapper mapper = new JsonMapper();

    @Override
    public String name() {
        return "scan";
    }

    @Override
    public String summary() {
        return "Hamming distances of one query to millions of codes on one thread, against memory, Lucene and Faiss";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        if (data.isPresent()) {
            say.accept(
                    "[scan] measures random codes, which take no longer or shorter than real ones; --data is not read");
        }
        Faiss.Found faiss = Faiss.find();
        say.accept(faiss.version()
                .map(version -> "faiss          " + version + " (Debian builds it for SSE2)")
                .orElse("faiss          left out: " + faiss.reason()));
        say.accept("speeds         bytes of codes in a second of one thread's processor time");
        Path folder = Files.createTempDirectory("lookalike-bench");
        Path file = folder.resolve("codes.bin");
        Thread removal = new Thread(() -> {
            ProcessHandle.current().children().forEach(ProcessHandle::destroy);
            remove(folder);
        });
        Runtime.getRuntime().addShutdownHook(removal);
        try {
            CodeFile.write(file, SIZES.stream().mapToLong(Size::bytes).max().orElseThrow());
            List<ObjectNode> rows = new ArrayList<>();
            for (Size size : SIZES) {
                List<JsonNode> forks = new ArrayList<>();
                for (int i = 0; i < FORKS; i++) {
                    forks.add(fork(file, size, faiss.version().isPresent()));
                }
                ScanFigures figures = new ScanFigures(size, forks);
                say.accept(figures.table());
                rows.add(figures.row());
            }
            return rows;
        } finally {
            Runtime.getRuntime().removeShutdownHook(removal);
            remove(folder);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            System.err.println("bench: cannot remove [" + folder + "]: " + e.getMessage());
        }
    }

    private JsonNode fork(Path file, Size size, boolean faiss) throws IOException, InterruptedException {
        Path errors = file.resolveSibling("errors.txt");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms256m",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        // what a node has, and what Lucene's kernels would use
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ScanFork.class.getName(),
                        file.toString(),
                        Integer.toString(size.bits()),
                        Integer.toString(size.codes()),
                        Integer.toString(ROUNDS),
                        Boolean.toString(faiss))
                .redirectError(errors.toFile())
                .start();
        try {
            String out = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (java.waitFor() != 0) {
                throw new IOException("a measuring process ended with exit code [" + java.exitValue() + "]: "
                        + Files.readString(errors));
            }
            return mapper.readTree(out);
        } finally {
            java.destroy();
            Files.deleteIfExists(errors);
        }
    }
}
