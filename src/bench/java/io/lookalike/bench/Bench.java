package io.lookalike.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The program behind {@code bin/bench}: one benchmark, its table and its figures as JSON.
 *
 * <p>Errors that the user can correct end it with one line on standard error and exit code 1, or 2 for a wrong command
 * line.
 */
public final class Bench {
    static final List<Benchmark> BENCHMARKS = List.of(
            new ScanBenchmark(),
            new SearchBenchmark(),
            new ConcurrentBenchmark(),
            new ScaleBenchmark(),
            new FilterBenchmark(),
            new BuiltinBenchmark(),
            new IngestBenchmark(),
            new LearnBenchmark(),
            new HeadsBenchmark(),
            new TrainBenchmark(),
            new TradeoffBenchmark(),
            new DefaultsBenchmark());

    private Bench() {}

    /** See {@code bin/bench --help}. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String... args) {
        BenchOptions options;
        try {
            options = BenchOptions.parse(BENCHMARKS, args);
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            return 2;
        }
        try {
            ObjectNode environment = Environment.now();
            environment
                    .properties()
                    .forEach(e -> System.out.println(String.format(
                            Locale.ROOT, "%-14s %s", e.getKey(), e.getValue().asText())));
            List<ObjectNode> rows = options.benchmark().run(options.data(), System.out::println);
            if (options.json().isPresent()) {
                write(options.json().get(), options.benchmark().name(), environment, rows);
            }
            if (options.picture().isPresent()) {
                options.benchmark().draw(rows, options.picture().get());
            }
            return 0;
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
        } catch (IOException | UncheckedIOException e) {
            System.err.println("bench: cannot read, write or start: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 1;
    }

    static void write(Path file, String name, ObjectNode environment, List<ObjectNode> rows) throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode json = mapper.createObjectNode().put("name", name);
        json.set("environment", environment);
        json.putArray("rows").addAll(rows);
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }
}
