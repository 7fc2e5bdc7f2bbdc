package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** One comparison of the plugin with its rivals. */
interface Benchmark {
    /** Its name on the command line; {@code bin/bench --help} says what it measures. */
    String name();

    /**
     * Measures and prints its table.
     *
     * @param data directory of real data; empty: seeded data of its own
     * @param say receives the lines for the user
     * @return the figures, one named row for each measured thing
     * @throws IllegalArgumentException if the data are not suitable
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
