package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Hamming distances of one query to millions of codes in a mapped file, on one thread: the plugin, the limit of the
 * memory, Lucene and Faiss.
 *
 * <p>Runs three Java processes for each code length, one after the other, because the compiler does not always produce
 * the same code. In each process all take turns in every round, so that other load on the machine affects all alike;
 * ratios are computed within a round. Speeds are based on the thread's processor time, which on an idle machine equals
 * elapsed time. About two minutes and a temporary file of 256 MB.
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

    @Override
    public String name() {
        return "scan";
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
        long bytes = SIZES.stream().mapToLong(Size::bytes).max().orElseThrow();
        try (Scratch scratch = new Scratch(bytes)) {
            Path file = scratch.folder().resolve("codes.bin");
            CodeFile.write(file, bytes);
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
        }
    }

    private static JsonNode fork(Path file, Size size, boolean faiss) throws IOException, InterruptedException {
        return Fork.run(
                file.getParent(),
                "256m",
                ScanFork.class,
                file.toString(),
                Integer.toString(size.bits()),
                Integer.toString(size.codes()),
                Integer.toString(ROUNDS),
                Boolean.toString(faiss));
    }
}
