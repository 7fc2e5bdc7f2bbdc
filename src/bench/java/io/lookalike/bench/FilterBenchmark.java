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
import java.util.stream.DoubleStream;

/**
 * The plugin's query on two threads over 4 million documents, with filters that keep all, a tenth, a hundredth and one
 * in ten thousand of them, beside the same query without a filter.
 *
 * <p>Filters are terms of a keyword that is assigned at random, evaluated again by every search. One index of one
 * segment, in the page cache. In each of three Java processes the filters take turns in every round. About two minutes
 * and 4.5 GB of disk.
 */
final class FilterBenchmark implements Benchmark {
    static final double[] SHARES = {1, .1, .01, .0001};

    private static final int DOCUMENTS = 4_000_000;
    private static final long DISK = 4_500_000_000L;
    private static final int FORKS = 3;
    private static final int ROUNDS = 7;
    private static final int SEARCHES = 50;

    @Override
    public String name() {
        return "filter";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        if (data.isPresent()) {
            say.accept("[filter] measures vectors of its own, because it needs millions; --data is not read");
        }
        try (Scratch scratch = new Scratch(DISK)) {
            Path index = scratch.folder().resolve("index");
            MixtureIndex.write(index, new Mixture(), DOCUMENTS, say, SHARES);
            List<JsonNode> forks = new ArrayList<>();
            for (int i = 0; i < FORKS; i++) {
                forks.add(Fork.run(
                        scratch.folder(),
                        "4g",
                        FilterFork.class,
                        index.toString(),
                        Integer.toString(ROUNDS),
                        Integer.toString(SEARCHES)));
            }
            FilterFigures figures = new FilterFigures(forks);
            say.accept(String.format(
                    Locale.ROOT,
                    "%n%,d documents, k %d, num_candidates %d, two threads: median (lowest..highest) of %d "
                            + "processes, %d"
                            + " rounds of %d searches each",
                    DOCUMENTS,
                    Probe.K,
                    Probe.NUM_CANDIDATES,
                    FORKS,
                    ROUNDS,
                    SEARCHES));
            say.accept(figures.table());
            return DoubleStream.of(SHARES).mapToObj(figures::row).toList();
        }
    }
}
