package io.lookalike.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.query.LocalKnn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;

/**
 * The part of the search benchmark that runs in a Java process of its own: the plugin's query and Lucene's graphs over
 * mapped indexes, and Faiss beside them.
 *
 * <p>Writes what the user reads to standard output, and at last the figures as one line of JSON.
 */
public final class SearchFork {
    private static final int THREADS = 2;

    private SearchFork() {}

    /** Arguments: folder of the data, dims, whether to measure Faiss, the grid as JSON. */
    public static void main(String[] args) throws IOException {
        // Elasticsearch's formats are on the class path too, and some of them log when they are loaded
        LogConfigurator.configureWithoutConfig(
                Settings.builder().put("logger.level", "ERROR").build());
        LogConfigurator.configureESLogging();
        Path folder = Path.of(args[0]);
        SearchData data = SearchData.read(folder, Integer.parseInt(args[1]));
        ArrayNode rows = JsonNodeFactory.instance.arrayNode();
        SearchGrid grid = new JsonMapper().readValue(args[3], SearchGrid.class);
        measure(folder, data, grid, Boolean.parseBoolean(args[2]), System.out::println)
                .forEach(figures -> rows.add(figures.row()));
        System.out.println(rows);
    }

    /** @param folder where the data are written, and indexes will be */
    static List<SearchFigures> measure(
            Path folder, SearchData data, SearchGrid grid, boolean faissToo, Consumer<String> say) throws IOException {
        say.accept("in process     indexing with one thread"
                + (faissToo ? ", while Faiss builds its indexes with another" : ""));
        try (SearchFaiss faiss = faissToo ? new SearchFaiss(folder, data.dims(), grid.faissBits()) : null;
                Indexes indexes = new Indexes(folder, data, grid, say);
                // two with the caller's thread
                ExecutorService threads = Executors.newFixedThreadPool(THREADS - 1)) {
            List<SearchWay> ways = indexes.ways(grid, threads);
            if (faiss != null) {
                faiss.await();
                ways.addAll(faiss(faiss, grid, data.queries.length));
                say.accept("               Faiss' indexes built");
            }
            return new SearchRounds(data, grid.rounds(), say).measure(ways);
        }
    }

    private static List<SearchWay> faiss(SearchFaiss faiss, SearchGrid grid, int queries) {
        List<SearchWay> ways = new ArrayList<>();
        for (int k : grid.ks()) {
            for (int bits : grid.faissBits()) {
                grid.candidates(k).forEach(c -> ways.add(faiss.lsh(bits, k, c, grid.slowQueries(queries))));
            }
            grid.graph(k).forEach(ef -> ways.add(faiss.hnsw(k, ef, queries)));
        }
        return ways;
    }

    /** All Lucene indexes. */
    private static final class Indexes implements AutoCloseable {
        private final float[][] queries;
        private final Map<Integer, SearchLucene> flat = new LinkedHashMap<>();
        private final Map<Integer, BinaryCode> hashes = new LinkedHashMap<>();
        private final SearchLucene hnsw;
        private final SearchLucene int8;

        Indexes(Path folder, SearchData data, SearchGrid grid, Consumer<String> say) throws IOException {
            queries = data.queries;
            for (int bits : grid.bits()) {
                SearchPlanes planes = SearchPlanes.learn(data, bits);
                hashes.put(bits, planes.planes());
                flat.put(bits, index(folder, "flat_" + bits, SearchLucene.Format.FLAT, data, planes, say));
            }
            hnsw = index(folder, "hnsw", SearchLucene.Format.HNSW, data, null, say);
            int8 = index(folder, "int8_hnsw", SearchLucene.Format.INT8_HNSW, data, null, say);
        }

        private static SearchLucene index(
                Path folder,
                String name,
                SearchLucene.Format format,
                SearchData data,
                SearchPlanes planes,
                Consumer<String> say)
                throws IOException {
            SearchLucene index =
                    new SearchLucene(Files.createDirectory(folder.resolve(name)), format, data.base, planes);
            say.accept(String.format(
                    Locale.ROOT,
                    "               Lucene index %s: %.1f s, %.0f MB",
                    name,
                    index.cost.seconds(),
                    index.cost.megabytes()));
            return index;
        }

        List<SearchWay> ways(SearchGrid grid, ExecutorService threads) {
            List<SearchWay> ways = new ArrayList<>();
            for (int bits : grid.bits()) {
                for (int k : grid.ks()) {
                    SearchLucene index = flat.get(bits);
                    for (SearchGrid.Chosen chosen : grid.chosen(k)) {
                        ways.add(ours(bits, k, chosen, index.searcher(null), LocalKnn.ALONE, ""));
                        if (bits == grid.threadedBits()) {
                            ways.add(ours(
                                    bits,
                                    k,
                                    chosen,
                                    index.searcher(threads),
                                    LocalKnn.onTwo(threads),
                                    " 2" + SearchTables.THREADS));
                        }
                    }
                }
            }
            ways.addAll(hnsw.graphs("lucene_hnsw", queries, grid, false));
            ways.addAll(int8.graphs("lucene_int8_hnsw", queries, grid, false));
            ways.addAll(int8.graphs("lucene_int8_hnsw", queries, grid, true));
            return ways;
        }

        /** The plugin's query, from the vector to the hits; the time includes hashing. */
        private SearchWay ours(
                int bits, int k, SearchGrid.Chosen chosen, IndexSearcher searcher, LocalKnn knn, String threads) {
            BinaryCode planes = hashes.get(bits);
            return new SearchWay(
                    SearchWay.OURS,
                    SearchWay.PROCESS,
                    k,
                    "bits=" + bits + " " + chosen + threads,
                    queries.length,
                    flat.get(bits).cost,
                    SearchWay.timed(q -> SearchLucene.top(searcher, query(knn, planes, queries[q], k, chosen), k)));
        }

        private static Query query(LocalKnn knn, BinaryCode planes, float[] vector, int k, SearchGrid.Chosen chosen) {
            return chosen.exact() == chosen.candidates()
                    ? knn.hamming(
                            SearchLucene.VECTOR,
                            vector,
                            SearchLucene.CODE,
                            planes.hash(vector),
                            k,
                            chosen.candidates(),
                            null)
                    : knn.hamming(
                            SearchLucene.VECTOR,
                            vector,
                            SearchLucene.CODE,
                            planes,
                            SearchLucene.NORM,
                            k,
                            chosen.candidates(),
                            chosen.exact());
        }

        @Override
        public void close() throws IOException {
            for (SearchLucene index : flat.values()) {
                index.close();
            }
            hnsw.close();
            int8.close();
        }
    }
}
