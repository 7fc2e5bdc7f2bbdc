package io.lookalike.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The plugin's query on two threads over 1, 4 and 7 million documents in one process: the time of its candidate stage
 * compared with a plain read of all codes, and the growth of time, disk and heap.
 *
 * <p>One index of one segment for each size, all in the page cache. In each of three Java processes the sizes take
 * turns in every round, and so do searches and plain reads, so that other load on the machine affects all alike. About
 * three minutes, 10.5 GB of disk while the last index is written and 6.6 GB after.
 */
final class ScaleBenchmark implements Benchmark {
    private static final int MILLION = 1_000_000;
    private static final int[] SIZES = {MILLION, 4 * MILLION, 7 * MILLION};
    private static final long DISK = 10_500L * MILLION;
    private static final int FORKS = 3;
    private static final int ROUNDS = 7;
    private static final int SEARCHES = 50;

    @Override
    public String name() {
        return "scale";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        if (data.isPresent()) {
            say.accept("[scale] measures vectors of its own, because it needs millions; --data is not read");
        }
        try (Scratch scratch = new Scratch(DISK)) {
            Mixture mixture = new Mixture();
            for (int codes : SIZES) {
                MixtureIndex.write(scratch.folder().resolve(Integer.toString(codes)), mixture, codes, say);
            }
            List<JsonNode> forks = new ArrayList<>();
            for (int i = 0; i < FORKS; i++) {
                List<String> args = new ArrayList<>(
                        List.of(scratch.folder().toString(), Integer.toString(ROUNDS), Integer.toString(SEARCHES)));
                IntStream.of(SIZES).mapToObj(Integer::toString).forEach(args::add);
                forks.add(Fork.run(scratch.folder(), "4g", ScaleFork.class, args.toArray(String[]::new)));
            }
            return table(forks, say);
        }
    }

    private static List<ObjectNode> table(List<JsonNode> forks, Consumer<String> say) {
        say.accept(String.format(
                Locale.ROOT,
                "%nk %d, num_candidates %d, two threads: median (lowest..highest) of %d processes, %d rounds of %d "
                        + "searches"
                        + " each; bytes for each document",
                Probe.K,
                Probe.NUM_CANDIDATES,
                FORKS,
                ROUNDS,
                SEARCHES));
        say.accept(ScaleFigures.heading());
        ScaleFigures[] figures = IntStream.of(SIZES)
                .mapToObj(codes -> new ScaleFigures(codes, forks))
                .toArray(ScaleFigures[]::new);
        for (ScaleFigures size : figures) {
            say.accept(size.line());
        }
        say.accept(ScaleFigures.growth(figures));
        return Stream.of(figures).map(ScaleFigures::row).toList();
    }
}
