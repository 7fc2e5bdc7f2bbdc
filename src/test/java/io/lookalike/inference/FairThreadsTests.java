package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.junit.jupiter.api.Test;

class FairThreadsTests {
    static {
        TestLogging.start();
    }

    private final ThreadContext context = new ThreadContext(Settings.EMPTY);
    private final Deque<Runnable> pool = new ArrayDeque<>();
    private final Deque<Runnable> spare = new ArrayDeque<>();
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    private FairThreads threads(int atOnce, int spares) {
        return new FairThreads("[test]", atOnce, spares, pool::add, spare::add, context);
    }

    private AbstractRunnable work(String name, Runnable what) {
        return new AbstractRunnable() {
            @Override
            protected void doRun() {
                told.add(name);
                what.run();
            }

            @Override
            public void onFailure(Exception e) {
                told.add(name + " failed: " + e.getMessage());
            }

            @Override
            public void onRejection(Exception e) {
                told.add(name + " refused: " + ExceptionsHelper.status(e) + " " + e.getMessage());
            }
        };
    }

    private void submit(Lane lane, String... names) {
        for (String name : names) {
            lane.execute(work(name, () -> {}));
        }
    }

    private void runAll() {
        while (!pool.isEmpty()) {
            pool.remove().run();
        }
    }

    @Test
    void testALaneWithFewerThreadsGoesFirst() {
        FairThreads threads = threads(2, 0);
        Lane much = threads.lane(2);
        Lane little = threads.lane(2);
        much.execute(work("m1", () -> {
            submit(much, "m3", "m4");
            submit(little, "l1", "l2");
        }));
        submit(much, "m2");
        assertEquals(2, threads.running());
        pool.remove().run(); // the other thread is held by m2 meanwhile
        assertEquals(List.of("m1", "l1", "l2", "m3", "m4"), told);
        runAll();
        assertEquals("m2", told.getLast());
        assertEquals(0, threads.running());
    }

    @Test
    void testALaneHasNoMoreThanItMay() {
        FairThreads threads = threads(3, 0);
        Lane one = threads.lane(1);
        submit(one, "a", "b", "c");
        assertEquals(1, pool.size());
        runAll();
        assertEquals(List.of("a", "b", "c"), told);
    }

    @Test
    void testALostThreadIsReplacedUntilItComesBack() {
        FairThreads threads = threads(1, 1);
        Lane endless = threads.lane(1);
        Lane other = threads.lane(1);
        endless.execute(work("endless", () -> {
            submit(other, "waits");
            assertEquals(0, spare.size());
            endless.lost();
            assertEquals(1, threads.lost());
            spare.remove().run();
            assertEquals(List.of("endless", "waits"), told);
            endless.found();
        }));
        runAll();
        assertEquals(0, threads.lost());
        assertEquals(0, threads.running());
        submit(other, "after");
        assertEquals(0, spare.size(), "on the thread that came back");
        runAll();
        assertEquals("after", told.getLast());
    }

    @Test
    void testWhatCannotRunIsRefused() {
        FairThreads threads = threads(1, 1);
        Lane endless = threads.lane(1);
        Lane other = threads.lane(1);
        String refused =
                " refused: SERVICE_UNAVAILABLE all [2] threads of [test] are held by models that do not end; see "
                        + "[set_aside] in GET /_lookalike/stats, take those models out and restart the node";
        endless.execute(work("first", () -> {
            endless.lost();
            endless.execute(work("second", () -> {
                submit(other, "waits");
                endless.lost();
                assertEquals(List.of("first", "second", "waits" + refused), told);
                submit(other, "comes");
                assertEquals("comes" + refused, told.getLast());
                endless.found();
            }));
            spare.remove().run();
            submit(other, "again");
            spare.remove().run();
            assertEquals("again", told.getLast());
            endless.found();
        }));
        runAll();
        assertEquals(0, threads.lost());
        assertEquals(0, threads.running());
    }

    @Test
    void testWorkThatThrowsGivesItsThreadBack() {
        FairThreads threads = threads(1, 0);
        Lane lane = threads.lane(1);
        lane.execute(work("bad", () -> {
            throw new IllegalStateException("planted");
        }));
        submit(lane, "good");
        runAll();
        assertEquals(List.of("bad", "bad failed: planted", "good"), told);
    }

    @Test
    void testAPoolThatStopsRefuses() {
        ExecutorService stopped = Executors.newSingleThreadExecutor();
        stopped.shutdown();
        FairThreads threads = new FairThreads(
                "[test]",
                1,
                0,
                work -> ((AbstractRunnable) work).onRejection(new IllegalStateException("stopped")),
                stopped,
                context);
        submit(threads.lane(1), "a", "b");
        assertEquals(2, told.size());
        assertTrue(told.getFirst().startsWith("a refused: "), told.getFirst());
        assertEquals(0, threads.running());
    }

    @Test
    void testWorkHasNobodysContext() {
        FairThreads threads =
                new FairThreads("[test]", 1, 0, work -> pool.add(context.preserveContext(work)), spare::add, context);
        ThreadContext.StoredContext before = context.newStoredContext();
        context.putHeader("user", "somebody");
        threads.lane(1).execute(work("it", () -> told.add("user " + context.getHeader("user"))));
        assertEquals("somebody", context.getHeader("user"));
        before.restore();
        runAll();
        assertEquals(List.of("it", "user null"), told);
    }

    @Test
    void testNeverMoreThanMayRun() throws InterruptedException {
        int each = 200;
        CountDownLatch all = new CountDownLatch(4 * each);
        List<Integer> running = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            FairThreads threads = new FairThreads("[test]", 2, 0, two, spare::add, context);
            for (int i = 0; i < 4; i++) {
                Lane lane = threads.lane(2);
                for (int j = 0; j < each; j++) {
                    lane.execute(work("w", () -> {
                        running.add(threads.running());
                        all.countDown();
                    }));
                }
            }
            all.await();
        }
        assertTrue(running.stream().allMatch(count -> count == 1 || count == 2), running.toString());
    }
}
