package io.lookalike.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Faiss' {@code ITQTransform} with its own defaults and {@code IndexLSH} over it, in a process of its own through the
 * system's Python.
 *
 * <p>It reads the vectors from the same files, learns from the same ones, and counts what is among the candidates
 * itself. Stateless.
 */
final class LearnFaiss {
    private static final String MEASURE = """
            import faiss, numpy, sys
            folder, dims, learned, k, candidates = sys.argv[1], *map(int, sys.argv[2:6])
            base = numpy.fromfile(folder + '/base.f32', numpy.float32).reshape(-1, dims)
            queries = numpy.fromfile(folder + '/queries.f32', numpy.float32).reshape(-1, dims)
            truth = numpy.fromfile(folder + '/truth.i32', numpy.int32).reshape(len(queries), -1)[:, :k]
            for bits in map(int, sys.argv[6:]):
                itq = faiss.ITQTransform(dims, bits, True)
                itq.train(base[:learned])
                lsh = faiss.IndexLSH(bits, bits, False, False)
                lsh.add(itq.apply(base))
                found = lsh.search(itq.apply(queries), candidates)[1]
                print(bits, numpy.mean([len(numpy.intersect1d(t, f)) / k for t, f in zip(truth, found)]), flush=True)
            """;

    private LearnFaiss() {}

    /** The recall for each length of code. */
    static Map<Integer, Double> recalls(Path folder, int dims, int learned, int k, int candidates, List<Integer> bits)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Faiss.PYTHON, "-c", MEASURE, folder.toString()));
        List.of(dims, learned, k, candidates).forEach(number -> command.add(Integer.toString(number)));
        bits.forEach(b -> command.add(Integer.toString(b)));
        Process python = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = python.inputReader()) {
            Map<Integer, Double> recalls = new HashMap<>();
            for (int i = 0; i < bits.size(); i++) {
                String[] parts = Faiss.answer(lines).split(" ", -1);
                recalls.put(Integer.parseInt(parts[0]), Double.parseDouble(parts[1]));
            }
            python.waitFor();
            return recalls;
        } finally {
            python.destroy();
        }
    }
}
