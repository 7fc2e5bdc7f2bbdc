package io.lookalike.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Faiss' {@code IndexRefineFlat} over {@code IndexLSH}, with the vectors' medians subtracted as for the plugin's codes,
 * and its {@code IndexHNSWFlat} with 16 links, in its own process with one thread, through the system's Python.
 *
 * <p>It reads the vectors from the same files, builds its indexes at start, and measures the time of each search
 * itself. Not thread-safe.
 */
final class SearchFaiss implements AutoCloseable {
    static final String LSH = "faiss_lsh_refine";
    static final String HNSW = "faiss_hnsw";

    private static final String SERVE = """
            import faiss, numpy, sys, time
            folder, dims = sys.argv[1], int(sys.argv[2])
            faiss.omp_set_num_threads(1)
            base = numpy.fromfile(folder + '/base.f32', numpy.float32).reshape(-1, dims)
            queries = numpy.fromfile(folder + '/queries.f32', numpy.float32).reshape(-1, dims)
            center = numpy.median(base, axis=0)
            indexes = {}
            def build(name, index, vectors):
                start = time.perf_counter()
                index.train(vectors)
                index.add(vectors)
                seconds = time.perf_counter() - start
                indexes[name] = index
                print(name, seconds, faiss.serialize_index(index).nbytes / 1e6, flush=True)
            build('hnsw', faiss.IndexHNSWFlat(dims, 16), base)
            centred, lsh = base - center, []
            for bits in sys.argv[3:]:
                lsh.append(faiss.IndexLSH(dims, int(bits)))
                build(bits, faiss.IndexRefineFlat(lsh[-1]), centred)
            print('ready', flush=True)
            for line in sys.stdin:
                name, width, k, first, count = line.split()
                index, width, k, first, count = indexes[name], int(width), int(k), int(first), int(count)
                if name == 'hnsw':
                    index.hnsw.efSearch = width
                else:
                    index.k_factor = width / k
                nanos, found = [], []
                for i in range(first, first + count):
                    start = time.perf_counter_ns()
                    query = queries[i:i + 1] if name == 'hnsw' else queries[i:i + 1] - center
                    ids = index.search(query, k)[1]
                    nanos.append(time.perf_counter_ns() - start)
                    found.append(ids[0])
                print(*nanos)
                print(*numpy.concatenate(found), flush=True)
            """;

    private final Process python;
    private final BufferedWriter requests;
    private final BufferedReader answers;
    private final Map<String, SearchWay.Cost> costs = new HashMap<>();

    /** Starts it; it builds its indexes meanwhile. */
    SearchFaiss(Path folder, int dims, List<Integer> bits) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(Faiss.PYTHON, "-c", SERVE, folder.toString(), Integer.toString(dims)));
        bits.forEach(b -> command.add(Integer.toString(b)));
        python = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        requests = python.outputWriter();
        answers = python.inputReader();
    }

    /** Waits until its indexes are built. */
    void await() throws IOException {
        for (String line = answer(); !line.equals("ready"); line = answer()) {
            String[] parts = line.split(" ", -1);
            costs.put(parts[0], new SearchWay.Cost(Double.parseDouble(parts[1]), Double.parseDouble(parts[2])));
        }
    }

    /** Searches of codes; candidates are refined by their exact distance. */
    SearchWay lsh(int bits, int k, int candidates, int queries) {
        return way(LSH, Integer.toString(bits), k, candidates, "bits=" + bits + " candidates=" + candidates, queries);
    }

    /** Searches of the graph. */
    SearchWay hnsw(int k, int efSearch, int queries) {
        return way(HNSW, "hnsw", k, efSearch, "efSearch=" + efSearch, queries);
    }

    private SearchWay way(String name, String index, int k, int width, String setting, int queries) {
        return new SearchWay(name, SearchWay.PROCESS, k, setting, queries, costs.get(index), (first, count) -> {
            requests.write(index + " " + width + " " + k + " " + first + " " + count);
            requests.newLine();
            requests.flush();
            long[] nanos = numbers(answer());
            long[] ids = numbers(answer());
            int[][] found = new int[count][k];
            for (int i = 0; i < ids.length; i++) {
                found[i / k][i % k] = (int) ids[i];
            }
            return new SearchWay.Pass(first, nanos, found);
        });
    }

    private static long[] numbers(String line) {
        return Stream.of(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    private String answer() throws IOException {
        return Faiss.answer(answers);
    }

    @Override
    public void close() {
        python.destroy();
    }
}
