package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.TestLogging;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.junit.jupiter.api.Test;

class LoadingTests {
    static {
        TestLogging.start();
    }

    private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

    private final AtomicLong clock = new AtomicLong();
    private final TimeLimits timeLimits = new TimeLimits(clock::get);
    private final FairThreads threads =
            new FairThreads("[test]", 2, 2, Runnable::run, Runnable::run, new ThreadContext(Settings.EMPTY));
    private final Loading loading = new Loading(threads, timeLimits, () -> LIMIT);
    private final List<String> told = new ArrayList<>();

    private ActionListener<String> listener(String name) {
        return ActionListener.wrap(
                told::add,
                e -> told.add(name + ": " + ExceptionsHelper.status(e).getStatus() + " " + e.getMessage()));
    }

    private void load(String model) {
        loading.run(model, "it", stop -> model + " is loaded", Loading::unavailable, listener(model));
    }

    private static String tooLong(String model, String how) {
        return "model [" + model
                + "] takes longer than [1m], the limit of [lookalike.inference.start_timeout], to be loaded and tried"
                + how + "; export it without what takes so long, give it smaller pictures, or raise the limit";
    }

    @Test
    void testWhatIsEndedAtItsLimitIsToldInWords() {
        loading.run(
                "m",
                "it",
                stop -> {
                    clock.addAndGet(LIMIT + 1);
                    timeLimits.sweep();
                    throw new IllegalStateException("told to stop");
                },
                IllegalArgumentException::new,
                listener("m"));
        assertEquals(List.of("m: 400 " + tooLong("m", "")), told);
        assertEquals(1, timeLimits.timedOut());
        assertEquals(Map.of(), loading.endless());
        load("m");
        assertEquals("m is loaded", told.getLast());
    }

    @Test
    void testWhatDoesNotEndHasNoSecondThread() {
        loading.run(
                "m",
                "it",
                stop -> {
                    clock.addAndGet(LIMIT + 1);
                    timeLimits.sweep();
                    clock.addAndGet(TimeLimits.GRACE_NANOS);
                    timeLimits.sweep();
                    assertEquals(List.of("m: 503 " + tooLong("m", ", and goes on")), told);
                    assertEquals(1, threads.lost());
                    assertEquals(Map.of("m", tooLong("m", ", and goes on")), loading.endless());
                    load("m");
                    assertEquals("m: 503 " + tooLong("m", ", and goes on"), told.getLast());
                    load("other");
                    assertEquals("other is loaded", told.getLast());
                    return "late";
                },
                Loading::unavailable,
                listener("m"));
        assertEquals(3, told.size(), "nobody is told again");
        assertEquals(0, threads.lost());
        load("m");
        assertEquals("m is loaded", told.getLast());
    }

    @Test
    void testErrorsBecomeFailures() {
        loading.run(
                "m",
                "encoder [x]",
                stop -> {
                    throw new UnsatisfiedLinkError("no natives");
                },
                Loading::unavailable,
                listener("m"));
        assertEquals(List.of("m: 500 cannot process encoder [x]: java.lang.UnsatisfiedLinkError: no natives"), told);
    }
}
