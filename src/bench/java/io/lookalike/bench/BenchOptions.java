package io.lookalike.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The command line. Immutable.
 *
 * @param benchmark the one to run
 * @param data directory of real data; empty: seeded data
 * @param json file for the figures
 * @param picture file for a chart of them
 */
record BenchOptions(Benchmark benchmark, Optional<Path> data, Optional<Path> json, Optional<Path> picture) {
    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if the name or an option is unknown or missing, or an option lacks its value or
     *     names a missing file
     */
    static BenchOptions parse(List<Benchmark> benchmarks, String... args) {
        String name = null;
        Optional<Path> data = Optional.empty();
        Optional<Path> json = Optional.empty();
        Optional<Path> picture = Optional.empty();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--data" -> data = Optional.of(folder(value(args, i++)));
                case "--json" -> json = Optional.of(target("--json", value(args, i++)));
                case "--picture" -> picture = Optional.of(target("--picture", value(args, i++)));
                default -> {
                    if (name != null || args[i].startsWith("-")) {
                        throw new IllegalArgumentException("unknown option [" + args[i] + "]; see --help");
                    }
                    name = args[i];
                }
            }
        }
        Benchmark benchmark = benchmark(benchmarks, name);
        if (picture.isPresent() && !benchmark.draws()) {
            throw new IllegalArgumentException("benchmark [" + name + "] draws no picture; leave out [--picture]");
        }
        return new BenchOptions(benchmark, data, json, picture);
    }

    private static Benchmark benchmark(List<Benchmark> benchmarks, String name) {
        String names = benchmarks.stream().map(Benchmark::name).collect(Collectors.joining(", "));
        if (name == null) {
            throw new IllegalArgumentException("give the name of a benchmark, one of [" + names + "]; see --help");
        }
        return benchmarks.stream()
                .filter(b -> b.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("unknown benchmark [" + name + "]; allowed are [" + names + "]"));
    }

    private static String value(String[] args, int option) {
        if (option + 1 == args.length || args[option + 1].startsWith("--")) {
            throw new IllegalArgumentException("option [" + args[option] + "] needs a value; see --help");
        }
        return args[option + 1];
    }

    private static Path folder(String value) {
        Path folder = Path.of(value);
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("option [--data]: no directory [" + value + "]");
        }
        return folder;
    }

    private static Path target(String option, String value) {
        Path file = Path.of(value).toAbsolutePath();
        if (Files.isDirectory(file) || !Files.isDirectory(file.getParent())) {
            throw new IllegalArgumentException("option [" + option + "]: cannot write file [" + value
                    + "]; give a file name in a directory that exists");
        }
        return file;
    }
}
