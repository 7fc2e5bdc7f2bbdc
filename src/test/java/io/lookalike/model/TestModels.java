package io.lookalike.model;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.Function;

/** Opens models with an arena, without spinning, and with the default memory. */
public final class TestModels {
    private TestModels() {}

    public static Models open(Path directory, int threads, Path temporaryDirectory) {
        return open(directory, threads, temporaryDirectory, Models.class::getResourceAsStream);
    }

    static Models open(Path directory, int threads, Path temporaryDirectory, Function<String, InputStream> resources) {
        return new Models(
                directory,
                new SessionSettings(threads, false, true),
                temporaryDirectory,
                Models.DEFAULT_MAX_MEMORY,
                resources);
    }
}
