package org.elasticsearch.io.ansi;

import java.util.function.Supplier;
import org.elasticsearch.bootstrap.ConsoleLoader;

/**
 * Answers that there is no console with colours.
 *
 * <p>Elasticsearch loads a class of this name from {@code lib/tools/ansi-console} when it starts and does not start
 * without it; null is an answer it expects.
 */
public final class AnsiConsoleLoader implements Supplier<ConsoleLoader.Console> {
    @Override
    public ConsoleLoader.Console get() {
        return null;
    }
}
