package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.work.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** What users get who set nothing: each source measures one part of it. */
final class DefaultsBenchmark implements Benchmark {
    private static final List<Integer> BITS = List.of(64, 128, 256);
    /** Not the one that the choices of ITQ were made with. */
    private static final long SEED = 7;

    private static final List<Source> SOURCES = List.of(
            CopyFigures::of,
            (data, say) -> DefaultRecallFigures.of(data, DefaultRecallFigures.SIZES, say),
            (data, say) -> itq(),
            BusyFigures::rows);

    /**
     * Measures some rows, each with {@code name}, {@code value}, {@code baseline}, {@code reach} and {@code better}.
     */
    @FunctionalInterface
    private interface Source {
        /** @param data directory of real data; empty: seeded data of its own */
        List<ObjectNode> rows(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException;
    }

    @Override
    public String name() {
        return "defaults";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        List<ObjectNode> rows = new ArrayList<>();
        for (Source source : SOURCES) {
            rows.addAll(source.rows(data, say));
        }
        ReachRows.print(rows, say);
        return rows;
    }

    private static List<ObjectNode> itq() {
        List<ObjectNode> rows = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(LearnFork.THREADS - 1);
                Workers workers = new Workers(LearnFork.THREADS, executor)) {
            VectorKinds.NAMES.forEach(kind -> rows.addAll(ItqFigures.of(kind, SEED, BITS, workers)));
        }
        return rows;
    }
}
