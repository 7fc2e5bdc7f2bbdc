package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Recall and speed of searches for the nearest by L2 distance: the plugin and its rivals, first each by itself in a process and then over
 * HTTP against a node.
 *
 * <p>One client asks one query after the other. All settings take their turn in every round, see {@link SearchRounds}. Takes 4 GB of
 * memory for the node or for the measuring process, and with Fashion-MNIST 2 GB of temporary files.
 */
final class SearchBenchmark implements Benchmark {
    private static final String HEAP = "4g";
    private static final int QUERIES = 1000;
    private static final int SEEDED = 20_000;
    private static final int SEEDED_DIMS = 128;
    private static final long SEED = 20260201;

    private final SearchGrid grid;
    private final JsonMapper mapper = new JsonMapper();

    SearchBenchmark() {
        this(SearchGrid.FULL);
    }

    SearchBenchmark(SearchGrid grid) {
        this.grid = grid;
    }

    @Override
    public String name() {
        return "search";
    }

    @Override
    public String summary() {
        return "recall and speed of nearest neighbours, against Lucene, Faiss and stock Elasticsearch";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        SearchData vectors = data.isPresent()
                ? SearchFormats.fashionMnist(data.get(), QUERIES)
                : SearchData.seeded(SEED, SEEDED, SEEDED_DIMS, QUERIES);
        say.accept(String.format(
                Locale.ROOT,
                "data           %s: %,d vectors of %d dims, %,d queries one by one, exact L2 truth",
                data.isPresent() ? "Fashion-MNIST" : "a seeded mixture of Gaussians",
                vectors.base.length,
                vectors.dims(),
                vectors.queries.length));
        say.accept(
                "warning        this node lacks Elasticsearch's native vector library: stock searches run on Lucene's Panama code");
        Faiss.Found faiss = Faiss.find();
        say.accept(faiss.version()
                .map(version -> "warning        Faiss " + version + " is Debian's, which is built for plain SSE2")
                .orElse("left out       " + SearchFaiss.LSH + ", " + SearchFaiss.HNSW + ": " + faiss.reason()));
        List<SearchFigures> figures =
                new ArrayList<>(inProcess(vectors, faiss.version().isPresent(), say));
        try (RealNode node = RealNode.builder().heap(HEAP).start()) {
            figures.addAll(SearchHttp.measure(node.uri(), vectors, grid, say));
        }
        say.accept(SearchTables.all(figures));
        say.accept(SearchTables.atRecall(figures));
        return figures.stream().map(SearchFigures::row).toList();
    }

    @Override
    public boolean draws() {
        return true;
    }

    @Override
    public void draw(List<ObjectNode> rows, Path file) throws IOException {
        SearchPicture.write(rows.stream().map(SearchFigures::of).toList(), file);
    }

    private List<SearchFigures> inProcess(SearchData data, boolean faiss, Consumer<String> say)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("lookalike-bench");
        Thread removal = new Thread(() -> {
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
            remove(folder);
        });
        Runtime.getRuntime().addShutdownHook(removal);
        try {
            data.write(folder);
            return fork(folder, data.dims(), faiss, say);
        } finally {
            Runtime.getRuntime().removeShutdownHook(removal);
            remove(folder);
        }
    }

    private List<SearchFigures> fork(Path folder, int dims, boolean faiss, Consumer<String> say)
            throws IOException, InterruptedException {
        Path errors = folder.resolve("errors.txt");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP,
                        "--enable-native-access=ALL-UNNAMED",
                        // what a node has, and what Lucene's kernels use
                        "--add-modules=jdk.incubator.vector",
                        "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SearchFork.class.getName(),
                        folder.toString(),
                        Integer.toString(dims),
                        Boolean.toString(faiss),
                        mapper.writeValueAsString(grid))
                .redirectError(errors.toFile())
                .start();
        try (BufferedReader out = java.inputReader()) {
            String last = "";
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("[")) {
                    last = line;
                } else {
                    say.accept(line);
                }
            }
            if (java.waitFor() != 0) {
                throw new IOException("the measuring process ended with exit code [" + java.exitValue() + "]: "
                        + Files.readString(errors));
            }
            List<SearchFigures> figures = new ArrayList<>();
            for (JsonNode row : mapper.readTree(last)) {
                figures.add(SearchFigures.of(row));
            }
            return figures;
        } finally {
            java.destroy();
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            System.err.println("bench: cannot remove [" + folder + "]: " + e.getMessage());
        }
    }
}
