package io.lookalike.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Faiss' {@code IndexBinaryFlat} in its own process, with one thread, through the system's Python, to which Debian's
 * {@code python3-faiss} belongs.
 *
 * <p>It reads the codes from the same file, keeps its own copy in memory, searches on request and measures its searches
 * itself. Not thread-safe.
 */
final class Faiss implements AutoCloseable {
    static final String PYTHON = "/usr/bin/python3";
    private static final String SERVE = """
            import faiss, numpy, sys, time
            path, size, count, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
            faiss.omp_set_num_threads(1)
            index = faiss.IndexBinaryFlat(8 * size)
            index.add(numpy.fromfile(path, numpy.uint8, size * count).reshape(count, size))
            query = numpy.frombuffer(bytes.fromhex(sys.argv[5]), numpy.uint8).reshape(1, size)
            for line in sys.stdin:
                start = time.thread_time_ns()
                distances, ids = index.search(query, k)
                nanos = time.thread_time_ns() - start
                print(nanos, flush=True)
                if line.strip() == 'distances':
                    print(*distances[0][numpy.argsort(ids[0])], flush=True)
            """;

    private final Process python;
    private final BufferedWriter requests;
    private final BufferedReader answers;

    /**
     * Starts it; it is ready when it answers.
     *
     * @param k number of codes that a search finds
     */
    Faiss(CodeFile file, int k) throws IOException {
        python = new ProcessBuilder(
                        PYTHON,
                        "-c",
                        SERVE,
                        file.file.toString(),
                        Integer.toString(file.codeBytes),
                        Integer.toString(file.count),
                        Integer.toString(k),
                        HexFormat.of().formatHex(file.query))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        requests = python.outputWriter();
        answers = python.inputReader();
    }

    /** Searches once; the processor time it took. */
    long nanos() throws IOException {
        ask("time");
        return Long.parseLong(answer());
    }

    /** The distances found, in the order of the codes. */
    int[] distances() throws IOException {
        ask("distances");
        answer();
        return Stream.of(answer().split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    private void ask(String what) throws IOException {
        requests.write(what);
        requests.newLine();
        requests.flush();
    }

    private String answer() throws IOException {
        return answer(answers);
    }

    /** The next line of a process that has to answer. */
    static String answer(BufferedReader answers) throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("Faiss ended without an answer");
        }
        return line;
    }

    @Override
    public void close() {
        python.destroy();
    }

    /** Its version, or why it cannot be measured here. */
    record Found(Optional<String> version, String reason) {}

    static Found find() throws InterruptedException {
        if (!Files.isExecutable(Path.of(PYTHON))) {
            return missing("there is no " + PYTHON);
        }
        try {
            Process python = new ProcessBuilder(PYTHON, "-c", "import faiss; print(faiss.__version__)")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader reader = python.inputReader()) {
                String version = reader.readLine();
                return python.waitFor() == 0 && version != null
                        ? new Found(Optional.of(version), "")
                        : missing(PYTHON + " has no module faiss");
            }
        } catch (IOException e) {
            return missing(e.getMessage());
        }
    }

    private static Found missing(String reason) {
        return new Found(Optional.empty(), reason + "; on Debian and Ubuntu: apt-get install -y python3-faiss");
    }
}
