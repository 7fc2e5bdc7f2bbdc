package io.lookalike.search.frame;

import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.sameInstance;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.junit.After;

@ThreadLeakScope(ThreadLeakScope.Scope.NONE)
public class SharedWorkTests extends ESTestCase {
    private static final int PIECES = 200;

    private final ExecutorService threads = Executors.newFixedThreadPool(3);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final Thread caller = Thread.currentThread();

    @After
    public void endThreads() throws InterruptedException {
        goOn.countDown();
        threads.shutdown();
        assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    }

    /** What a worker does with a piece. */
    private interface Doing {
        void piece(int piece) throws IOException;
    }

    private record Worker(Doing doing, List<Integer> done) implements Slicing.Worker<Integer> {
        @Override
        public void work(Integer piece) throws IOException {
            doing.piece(piece);
            done.add(piece);
        }
    }

    private static List<Worker> run(Helpers helpers, boolean mayGiveUp, Doing doing) throws IOException {
        List<Integer> pieces = IntStream.range(0, PIECES).boxed().toList();
        return new Slicing(1, helpers, 1).run(pieces, PIECES, mayGiveUp, () -> new Worker(doing, new ArrayList<>()));
    }

    /** Each piece is done once, and those of a worker ascend. */
    private static void assertDone(List<Worker> workers) {
        List<Integer> all = new ArrayList<>();
        for (Worker worker : workers) {
            assertEquals(worker.done.stream().sorted().toList(), worker.done);
            all.addAll(worker.done);
        }
        assertEquals(
                IntStream.range(0, PIECES).boxed().toList(),
                all.stream().sorted().toList());
    }

    private boolean onCaller() {
        return Thread.currentThread().equals(caller);
    }

    private Helpers helpers() {
        return new Helpers(4, threads, () -> 1);
    }

    private void await() {
        try {
            assertTrue(goOn.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public void testEachPieceIsDoneOnce() throws IOException {
        for (int i = 0; i < 200; i++) {
            assertDone(run(helpers(), randomBoolean(), piece -> {}));
        }
    }

    public void testHelpersHelp() throws IOException {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch both = new CountDownLatch(2);
        assertDone(run(new Helpers(2, threads, () -> 1), false, piece -> {
            if (seen.add(Thread.currentThread())) {
                both.countDown();
                try {
                    assertTrue(both.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }));
        assertThat(seen, hasSize(2));
    }

    public void testDoesNotWaitForHelpersThatNeverBegin() throws IOException {
        List<Runnable> never = new ArrayList<>();
        List<Worker> workers = run(new Helpers(4, never::add, () -> 1), false, piece -> {});
        assertThat(never, hasSize(3));
        assertThat(workers, hasSize(1));
        never.forEach(Runnable::run);
        assertDone(workers);
    }

    public void testDoesAgainWhatAStuckHelperTook() throws IOException {
        CountDownLatch stuck = new CountDownLatch(3);
        List<Worker> workers = run(helpers(), true, piece -> {
            if (!onCaller()) {
                stuck.countDown();
                await();
            } else if (piece < 10) {
                awaitBegun(stuck);
            }
        });
        assertEquals(0, stuck.getCount());
        assertDone(workers);
        assertThat(workers, hasSize(2));
    }

    private static void awaitBegun(CountDownLatch stuck) {
        try {
            assertTrue(stuck.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public void testWaitsForHelpersThatMustNotOutliveTheSearch() throws Exception {
        CountDownLatch stuck = new CountDownLatch(3);
        Set<Integer> ended = ConcurrentHashMap.newKeySet();
        List<Worker> workers = run(helpers(), false, piece -> {
            if (!onCaller()) {
                stuck.countDown();
                await();
            } else {
                awaitBegun(stuck);
                if (piece > PIECES - 5) {
                    goOn.countDown();
                }
            }
            ended.add(piece);
        });
        assertEquals(PIECES, ended.size());
        assertDone(workers);
    }

    public void testWhatAHelperThrowsReachesTheCaller() {
        for (Throwable thrown : List.of(
                new IOException("disk"),
                new TaskCancelledException("enough"),
                new IllegalArgumentException("no"),
                new StackOverflowError(),
                new AssertionError("error"))) {
            CountDownLatch failed = new CountDownLatch(1);
            Throwable caught = expectThrows(
                    Throwable.class,
                    () -> run(helpers(), randomBoolean(), piece -> {
                        if (onCaller()) {
                            awaitBegun(failed);
                            return;
                        }
                        failed.countDown();
                        raise(thrown);
                    }));
            assertThat(caught, sameInstance(thrown));
        }
    }

    public void testWhatTheCallerThrowsEndsHelpers() {
        IOException thrown = new IOException("disk");
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        CountDownLatch begun = new CountDownLatch(1);
        Throwable caught = expectThrows(
                Throwable.class,
                () -> run(new Helpers(2, threads, () -> 1), false, piece -> {
                    if (onCaller()) {
                        awaitBegun(begun);
                        goOn.countDown();
                        throw thrown;
                    }
                    done.add(piece);
                    begun.countDown();
                    await();
                }));
        assertThat(caught, sameInstance(thrown));
        assertTrue(done.size() < PIECES);
    }

    private static void raise(Throwable thrown) throws IOException {
        switch (thrown) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(thrown);
        }
    }

    public void testARefusingPoolCostsNothing() throws IOException {
        List<Worker> workers = run(
                new Helpers(
                        4,
                        task -> {
                            throw new RejectedExecutionException("full");
                        },
                        () -> 1),
                true,
                piece -> {});
        assertThat(workers, hasSize(1));
        assertDone(workers);
    }

    public void testAsksForNoMoreThanIdleProcessors() throws IOException {
        for (int busy = 0; busy < 6; busy++) {
            List<Runnable> asked = new ArrayList<>();
            int now = busy;
            run(new Helpers(4, asked::add, () -> now), true, piece -> {});
            assertThat(asked, hasSize(Math.min(3, Math.max(0, 4 - now))));
        }
    }

    public void testHelpInVainIsAskedForLessOften() throws IOException {
        List<Runnable> asked = new ArrayList<>();
        Helpers helpers = new Helpers(2, asked::add, () -> 1);
        for (int search = 0; search < 1000; search++) {
            run(helpers, true, piece -> {});
        }
        assertTrue("asked " + asked.size(), asked.size() > 3 && asked.size() < 10);
    }

    public void testHelpInTimeIsAskedForAgain() throws IOException {
        List<Thread> asked = new ArrayList<>();
        Helpers helpers = new Helpers(
                2,
                task -> {
                    asked.add(Thread.currentThread());
                    task.run();
                },
                () -> 1);
        for (int search = 0; search < 100; search++) {
            run(helpers, true, piece -> {});
        }
        assertThat(asked, hasSize(100));
    }

    public void testHelpersOfANodeKeepTheContextAndSeeWhatIsBusy() throws Exception {
        ThreadPool pool = new TestThreadPool("shared");
        Settings one = Settings.builder().put("node.processors", 1).build();
        try {
            assertEquals(1, Helpers.of(pool, one, List.of()).processors());
            ThreadContext context = pool.getThreadContext();
            Helpers helpers = Helpers.of(pool, Settings.EMPTY, List.of(ThreadPool.Names.WRITE));
            context.putHeader("user", "me");
            CountDownLatch heard = new CountDownLatch(1);
            Set<String> users = ConcurrentHashMap.newKeySet();
            helpers.ask(() -> {
                users.add(context.getHeader("user"));
                heard.countDown();
            });
            assertTrue(heard.await(60, TimeUnit.SECONDS));
            assertEquals(Set.of("me"), users);
            int processors = helpers.processors();
            CountDownLatch begun = new CountDownLatch(1);
            pool.executor(ThreadPool.Names.WRITE).execute(() -> {
                begun.countDown();
                await();
            });
            pool.executor(ThreadPool.Names.SEARCH).execute(this::await);
            assertTrue(begun.await(60, TimeUnit.SECONDS));
            assertBusy(() -> assertEquals(Math.max(0, processors - 2), helpers.idle()));
        } finally {
            goOn.countDown();
            terminate(pool);
        }
    }
}
