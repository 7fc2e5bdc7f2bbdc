package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** One comparison of the plugin with its rivals. */
interface Benchmark {
    /** The word that calls it on the command line; {@code bin/bench --help} says what it measures. */
    String name();

    /**
     * Measures and prints its table.
     *
     * @param data directory of real data; empty: seeded data of its own
     * @param say receives what the user reads, line by line
     * @return the figures, one row for each thing measured, each with its name
     * @throws IllegalArgumentException if the data are not what it needs
     */
    List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException;

    /** Whether {@link #draw} can be called. */
    default boolean draws() {
        return false;
    }

    /**
     * Draws figures, as a PNG unless the benchmark says otherwise.
     *
     * @param rows what {@link #run} returned
     */
    default void draw(List<ObjectNode> rows, Path file) throws IOException {
        throw new UnsupportedOperationException(name());
    }
}
