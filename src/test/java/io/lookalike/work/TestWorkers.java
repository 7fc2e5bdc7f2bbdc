package io.lookalike.work;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** Workers for tests. */
public final class TestWorkers {
    private TestWorkers() {}

    /** Calls with workers of several threads, which end before this does. */
    public static <T> T with(int threads, Function<Workers, T> call) {
        try (ExecutorService executor = Executors.newCachedThreadPool();
                Workers workers = new Workers(threads, executor)) {
            return call.apply(workers);
        }
    }
}
