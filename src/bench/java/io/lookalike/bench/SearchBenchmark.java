package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Recall and speed of searches for the nearest by L2 distance: the plugin and its rivals, first each by itself in a
 * process and then over HTTP against a node.
 *
 * <p>One client asks one query after the other. All settings take their turn in every round, see {@link SearchRounds}.
 * Takes 4 GB of memory for the node or for the measuring process, with Fashion-MNIST 2 GB of temporary files, and about
 * 16 minutes of two idle cores.
 */
final class SearchBenchmark implements Benchmark {
    private static final String HEAP = "4g";
    private static final int QUERIES = 1000;
    private static final int SEEDED = 20_000;
    private static final int SEEDED_DIMS = 128;
    private static final long SEED = 20260201;

    private final SearchGrid grid;

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
        say.accept("warning        this node lacks Elasticsearch's native vector library: stock searches run on "
                + "Lucene's Panama code");
        Faiss.Found faiss = Faiss.find();
        say.accept(faiss.version()
                .map(version -> "warning        Faiss " + version + " is Debian's, which is built for plain SSE2")
                .orElse("left out       " + SearchFaiss.LSH + ", " + SearchFaiss.HNSW + ": " + faiss.reason()));
        List<SearchFigures> figures = inProcess(vectors, faiss.version().isPresent(), say);
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
        long copies = 2L + grid.bits().size() + 3;
        try (Scratch scratch = new Scratch(copies * data.base.length * data.dims() * Float.BYTES)) {
            data.write(scratch.folder());
            JsonNode rows = Fork.run(
                    scratch.folder(),
                    HEAP,
                    say,
                    SearchFork.class,
                    scratch.folder().toString(),
                    Integer.toString(data.dims()),
                    Boolean.toString(faiss),
                    new JsonMapper().writeValueAsString(grid));
            List<SearchFigures> figures = new ArrayList<>();
            for (JsonNode row : rows) {
                figures.add(SearchFigures.of(row));
            }
            return figures;
        }
    }
}
