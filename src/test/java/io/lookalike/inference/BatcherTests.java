package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.model.ModelException;
import io.lookalike.model.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.TaskCancelHelper;
import org.elasticsearch.tasks.TaskId;
import org.junit.jupiter.api.Test;

class BatcherTests {
    static {
        TestLogging.start();
    }

    /** The time limit of a run. */
    private static final long LIMIT = TimeValue.timeValueSeconds(30).nanos();

    private final AtomicLong clock = new AtomicLong();
    private final TimeLimits timeLimits = new TimeLimits(clock::get);
    /** Number of lost threads. */
    private final AtomicInteger lost = new AtomicInteger();

    private final ThreadContext context = new ThreadContext(Settings.EMPTY);
    private final EncodingStats stats = new EncodingStats();
    private final Deque<Runnable> threads = new ArrayDeque<>();
    /** The first number of each row of each batch. */
    private final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());

    private final List<String> told = Collections.synchronizedList(new ArrayList<>());
    private int size = 4;
    private long waitNanos = TimeValue.timeValueHours(1).nanos();

    private final Batcher.Limits limits = new Batcher.Limits() {
        @Override
        public int size() {
            return size;
        }

        @Override
        public long waitNanos() {
            return waitNanos;
        }
    };

    /** Doubles every number. */
    private List<Tensor> twice(float[][] rows) {
        batches.add(Arrays.stream(rows).map(row -> (int) row[0]).toList());
        return Arrays.stream(rows)
                .map(row -> new Tensor(new float[] {2 * row[0]}, new long[] {1, 1}))
                .toList();
    }

    private Batcher batcher(int runsAtOnce) {
        return batcher(this::twice, 64, threads::add, runsAtOnce);
    }

    private Batcher batcher(Function<float[][], List<Tensor>> network, int most, Executor executor, int runsAtOnce) {
        return new Batcher(
                runs((rows, stop) -> network.apply(rows), executor),
                most,
                limits,
                context,
                runsAtOnce,
                stats,
                clock::get);
    }

    private GuardedNetwork runs(GuardedNetwork.Network network, Executor executor) {
        Lane lane = new Lane() {
            @Override
            public void execute(AbstractRunnable work) {
                executor.execute(work);
            }

            @Override
            public void lost() {
                lost.incrementAndGet();
            }

            @Override
            public void found() {
                lost.decrementAndGet();
            }
        };
        return new GuardedNetwork("model [m]", network, lane, timeLimits, () -> LIMIT, clock::get);
    }

    private void submit(Batcher batcher, Urgency urgency, int... numbers) {
        for (int number : numbers) {
            batcher.announce();
            batcher.submit(new float[] {number}, TestEncoders.ticket(urgency), listener(number));
        }
    }

    private ActionListener<Tensor> listener(int number) {
        return ActionListener.wrap(
                tensor -> told.add(number + ": " + (int) tensor.data()[0]),
                e -> told.add(number + ": " + e.getMessage()));
    }

    private void runAll() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    @Test
    void testWhatWaitsFormsBatchesInItsOrder() {
        Batcher batcher = batcher(1);
        submit(batcher, Urgency.DOCUMENT, 1, 2, 3, 4, 5, 6);
        assertEquals(1, threads.size());
        assertEquals(6, batcher.waiting());
        runAll();
        assertEquals(List.of(List.of(1, 2, 3, 4), List.of(5, 6)), batches);
        assertEquals(List.of("1: 2", "2: 4", "3: 6", "4: 8", "5: 10", "6: 12"), told);
        assertEquals(0, batcher.waiting());
        assertEquals(6, stats.batchSizes().sum());
    }

    @Test
    void testQueriesGoFirst() {
        size = 2;
        Batcher batcher = batcher(1);
        submit(batcher, Urgency.DOCUMENT, 1, 2, 3);
        submit(batcher, Urgency.QUERY, 10, 11, 12);
        runAll();
        assertEquals(List.of(List.of(10, 11), List.of(12, 1), List.of(2, 3)), batches);
    }

    @Test
    void testBatchesOfOne() {
        size = 1;
        submit(batcher(1), Urgency.DOCUMENT, 1, 2, 3);
        runAll();
        assertEquals(List.of(List.of(1), List.of(2), List.of(3)), batches);
    }

    @Test
    void testNoMoreThanTheNetworkTakes() {
        submit(batcher(this::twice, 3, threads::add, 1), Urgency.DOCUMENT, 1, 2, 3, 4);
        runAll();
        assertEquals(List.of(List.of(1, 2, 3), List.of(4)), batches);
    }

    @Test
    void testEachNetworkHasItsTurn() {
        Batcher one = batcher(1);
        Batcher other = batcher(1);
        submit(one, Urgency.DOCUMENT, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        submit(other, Urgency.DOCUMENT, 10);
        runAll();
        assertEquals(List.of(List.of(1, 2, 3, 4), List.of(10), List.of(5, 6, 7, 8), List.of(9)), batches);
    }

    @Test
    void testAsManyThreadsAsMayRun() {
        size = 1;
        submit(batcher(3), Urgency.DOCUMENT, 1, 2, 3, 4, 5);
        assertEquals(3, threads.size());
        runAll();
        assertEquals(5, batches.size());
    }

    @Test
    void testAMemberFailsAlone() {
        Batcher batcher = batcher(
                rows -> {
                    if (Arrays.stream(rows).anyMatch(row -> row[0] == 13)) {
                        throw new ModelException("no [13] in " + rows.length);
                    }
                    return twice(rows);
                },
                64,
                threads::add,
                1);
        submit(batcher, Urgency.DOCUMENT, 1, 13, 3, 4, 5);
        runAll();
        assertEquals(List.of("1: 2", "13: no [13] in 1", "3: 6", "4: 8", "5: 10"), told);
        assertEquals(List.of(List.of(1), List.of(3), List.of(4), List.of(5)), batches);
    }

    @Test
    void testErrorsBecomeFailures() {
        for (Error error : List.of(new StackOverflowError(), new OutOfMemoryError("planted"))) {
            Batcher batcher = batcher(
                    rows -> {
                        throw error;
                    },
                    64,
                    threads::add,
                    1);
            List<Exception> failures = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                batcher.announce();
                batcher.submit(
                        new float[1],
                        TestEncoders.ticket(Urgency.DOCUMENT),
                        ActionListener.wrap(t -> {}, failures::add));
            }
            runAll();
            assertEquals(3, failures.size());
            for (Exception failure : failures) {
                assertEquals("cannot process a picture: " + error, failure.getMessage());
                assertTrue(ExceptionsHelper.maybeError(failure).isEmpty());
            }
        }
    }

    @Test
    void testClosingFailsWhatWaitsAndWhatComes() {
        Batcher batcher = batcher(1);
        submit(batcher, Urgency.DOCUMENT, 1);
        submit(batcher, Urgency.QUERY, 2);
        batcher.close();
        submit(batcher, Urgency.DOCUMENT, 3);
        runAll();
        String stopping = ": the node is stopping; send it again to another one";
        assertEquals(List.of("2" + stopping, "1" + stopping, "3" + stopping), told);
        assertTrue(batches.isEmpty());
    }

    @Test
    void testAPoolThatTakesNothingFailsWhatWaits() {
        EsRejectedExecutionException full = new EsRejectedExecutionException("full");
        Batcher batcher = batcher(this::twice, 64, task -> ((AbstractRunnable) task).onRejection(full), 1);
        List<Exception> failures = new ArrayList<>();
        batcher.announce();
        batcher.submit(
                new float[1], TestEncoders.ticket(Urgency.DOCUMENT), ActionListener.wrap(t -> {}, failures::add));
        assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(failures.getFirst()));
    }

    /**
     * Lets a thread form a batch with document 1 while another document is expected; returns when the thread waits or
     * is about to.
     */
    private CompletableFuture<Void> forming(Batcher batcher, int more) {
        for (int i = 0; i < more; i++) {
            batcher.announce();
        }
        submit(batcher, Urgency.DOCUMENT, 1);
        return CompletableFuture.runAsync(this::runAll);
    }

    @Test
    void testABatchWaitsForWhatIsBeingPrepared() {
        Batcher batcher = batcher(1);
        CompletableFuture<Void> thread = forming(batcher, 2);
        batcher.submit(new float[] {2}, TestEncoders.ticket(Urgency.DOCUMENT), listener(2));
        batcher.submit(new float[] {3}, TestEncoders.ticket(Urgency.DOCUMENT), listener(3));
        thread.join();
        assertEquals(List.of(List.of(1, 2, 3)), batches);
    }

    @Test
    void testABatchDoesNotWaitForWhatIsWithdrawn() {
        Batcher batcher = batcher(1);
        CompletableFuture<Void> thread = forming(batcher, 1);
        batcher.withdraw();
        thread.join();
        assertEquals(List.of(List.of(1)), batches);
    }

    @Test
    void testAQueryDoesNotWait() {
        Batcher batcher = batcher(1);
        CompletableFuture<Void> thread = forming(batcher, 2);
        batcher.submit(new float[] {2}, TestEncoders.ticket(Urgency.QUERY), listener(2));
        thread.join();
        assertEquals(List.of(List.of(2, 1)), batches);
        batcher.withdraw();
    }

    @Test
    void testAFullBatchDoesNotWait() {
        size = 2;
        Batcher batcher = batcher(1);
        CompletableFuture<Void> thread = forming(batcher, 2);
        batcher.submit(new float[] {2}, TestEncoders.ticket(Urgency.DOCUMENT), listener(2));
        thread.join();
        assertEquals(List.of(List.of(1, 2)), batches);
        batcher.withdraw();
    }

    @Test
    void testABatchThatWaitedLongEnoughRuns() {
        waitNanos = 1000;
        Batcher batcher = batcher(1);
        batcher.announce();
        submit(batcher, Urgency.DOCUMENT, 1);
        clock.addAndGet(1000);
        runAll();
        assertEquals(List.of(List.of(1)), batches);
        batcher.withdraw();
    }

    /** A network that runs to its limit when this number is in a row; it stops then, or only a while later. */
    private Batcher slow(int tooLong, boolean ends, Runnable meanwhile) {
        return batcher(
                rows -> {
                    if (Arrays.stream(rows).anyMatch(row -> row[0] == tooLong)) {
                        clock.addAndGet(LIMIT + 1);
                        timeLimits.sweep();
                        if (ends) {
                            throw new ModelException("told to stop");
                        }
                        clock.addAndGet(TimeLimits.GRACE_NANOS);
                        timeLimits.sweep();
                        meanwhile.run();
                    }
                    return twice(rows);
                },
                64,
                threads::add,
                1);
    }

    private static final String TOO_LONG =
            ": model [m] takes longer than [30s] for this picture, the limit of [lookalike.inference.timeout]; send "
                    + "another picture, or raise the limit";

    private static String aside(String why, String until) {
        return ": model [m] is set aside on this node: it took longer than [30s], the limit of "
                + "[lookalike.inference.timeout], "
                + why + "; it is tried again " + until + ", see GET /_lookalike/stats";
    }

    private static final String ENDLESS = aside("and could not be ended", "once it has ended");

    @Test
    void testAPictureThatTakesTooLongFailsAlone() {
        Batcher batcher = slow(13, true, () -> {});
        submit(batcher, Urgency.DOCUMENT, 1, 13, 3);
        runAll();
        assertEquals(List.of("1: 2", "13" + TOO_LONG, "3: 6"), told);
        assertEquals(2, timeLimits.timedOut());
        assertEquals(0, lost.get());
        submit(batcher, Urgency.DOCUMENT, 4);
        runAll();
        assertEquals("4: 8", told.getLast());
    }

    @Test
    void testTooLongIsAFailureOfTheNode() {
        Batcher batcher = slow(13, true, () -> {});
        List<Exception> failures = new ArrayList<>();
        batcher.announce();
        batcher.submit(
                new float[] {13},
                TestEncoders.ticket(Urgency.DOCUMENT),
                ActionListener.<Tensor>wrap(t -> {}, failures::add));
        runAll();
        assertEquals(RestStatus.SERVICE_UNAVAILABLE, ExceptionsHelper.status(failures.getFirst()));
    }

    @Test
    void testABatchThatDoesNotEndFailsWithAllThatWaits() {
        size = 2;
        Batcher[] batcher = new Batcher[1];
        batcher[0] = slow(13, false, () -> {
            assertEquals(List.of("1" + ENDLESS, "13" + ENDLESS, "3" + ENDLESS), told);
            assertEquals(1, lost.get());
            submit(batcher[0], Urgency.QUERY, 4);
            assertEquals("4" + ENDLESS, told.getLast());
            assertEquals(
                    ENDLESS.substring(2),
                    assertThrows(ElasticsearchStatusException.class, batcher[0]::requireServing)
                            .getMessage());
        });
        submit(batcher[0], Urgency.DOCUMENT, 1, 13, 3);
        runAll();
        assertEquals(4, told.size(), "nobody is told again when it ends");
        assertEquals(0, lost.get());
        submit(batcher[0], Urgency.DOCUMENT, 5);
        assertEquals("5" + aside("and could not be ended", "in [10s]"), told.getLast());
        clock.addAndGet(GuardedNetwork.FIRST_NANOS);
        submit(batcher[0], Urgency.DOCUMENT, 6);
        runAll();
        assertEquals("6: 12", told.getLast());
        assertNull(batcher[0].asideFor());
    }

    @Test
    void testAMemberThatDoesNotEndFailsTheRestOfItsBatch() {
        Batcher batcher = batcher(
                rows -> {
                    if (rows.length > 1) {
                        throw new ModelException("not together");
                    }
                    if (rows[0][0] == 13) {
                        clock.addAndGet(LIMIT + 1);
                        timeLimits.sweep();
                        clock.addAndGet(TimeLimits.GRACE_NANOS);
                        timeLimits.sweep();
                        assertEquals(List.of("1: 2", "13" + ENDLESS, "3" + ENDLESS), told);
                    }
                    return twice(rows);
                },
                64,
                threads::add,
                1);
        submit(batcher, Urgency.DOCUMENT, 1, 13, 3);
        runAll();
        assertEquals(3, told.size());
        assertEquals(List.of(List.of(1), List.of(13)), batches);
    }

    @Test
    void testANetworkThatRunsTooLongAgainAndAgainIsSetAsideForLongerAndLonger() {
        Batcher batcher = slow(13, true, () -> {});
        size = 1;
        submit(batcher, Urgency.DOCUMENT, 13, 13, 13, 1);
        runAll();
        String three = "for each of the last [3] pictures";
        assertEquals(
                List.of(
                        "13" + TOO_LONG,
                        "13" + TOO_LONG,
                        "13" + aside(three, "in [10s]"),
                        "1" + aside(three, "in [10s]")),
                told);
        clock.addAndGet(GuardedNetwork.FIRST_NANOS);
        submit(batcher, Urgency.DOCUMENT, 13);
        runAll();
        assertEquals("13" + aside("for each of the last [4] pictures", "in [20s]"), told.getLast());
        clock.addAndGet(GuardedNetwork.FIRST_NANOS);
        submit(batcher, Urgency.DOCUMENT, 1);
        assertEquals("1" + aside("for each of the last [4] pictures", "in [10s]"), told.getLast());
        clock.addAndGet(GuardedNetwork.FIRST_NANOS);
        submit(batcher, Urgency.DOCUMENT, 1);
        submit(batcher, Urgency.DOCUMENT, 13);
        runAll();
        assertEquals(List.of("1: 2", "13" + TOO_LONG), told.subList(told.size() - 2, told.size()));
    }

    @Test
    void testADoubtfulNetworkHasOneThread() {
        Batcher batcher = batcher(
                rows -> {
                    if (rows[0][0] == 13) {
                        clock.addAndGet(LIMIT + 1);
                        timeLimits.sweep();
                        throw new ModelException("told to stop");
                    }
                    return twice(rows);
                },
                64,
                threads::add,
                4);
        submit(batcher, Urgency.DOCUMENT, 13);
        runAll();
        submit(batcher, Urgency.DOCUMENT, 1, 2, 3, 4, 5, 6);
        assertEquals(1, threads.size());
        threads.remove().run();
        assertEquals(List.of(List.of(1)), batches, "one picture shows whether it runs");
        runAll();
        assertEquals(6, batches.stream().mapToInt(List::size).sum());
    }

    @Test
    void testThreadsThatCannotBeHadFailWhatWaits() {
        boolean[] none = {true};
        Batcher batcher = batcher(
                this::twice,
                64,
                work -> {
                    if (none[0]) {
                        ((AbstractRunnable) work)
                                .onRejection(
                                        new ElasticsearchStatusException("all held", RestStatus.SERVICE_UNAVAILABLE));
                    } else {
                        threads.add(work);
                    }
                },
                1);
        submit(batcher, Urgency.DOCUMENT, 1);
        none[0] = false;
        submit(batcher, Urgency.DOCUMENT, 2);
        runAll();
        assertEquals(List.of("1: all held", "2: 4"), told);
    }

    @Test
    void testEachOfManyGetsItsOwn() throws InterruptedException {
        int senders = 4;
        int each = 500;
        Random random = new Random(42);
        waitNanos = 1000;
        CountDownLatch all = new CountDownLatch(senders * each);
        List<String> wrong = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService pool = Executors.newFixedThreadPool(2);
                ExecutorService clients = Executors.newFixedThreadPool(senders)) {
            Batcher batcher = batcher(this::twice, 64, pool, 2);
            for (int sender = 0; sender < senders; sender++) {
                int first = sender * each;
                long seed = random.nextLong();
                clients.execute(() -> {
                    Random own = new Random(seed);
                    for (int number = first; number < first + each; number++) {
                        int expected = number;
                        batcher.announce();
                        if (own.nextInt(4) == 0) {
                            batcher.announce();
                            batcher.withdraw();
                        }
                        batcher.submit(
                                new float[] {number},
                                TestEncoders.ticket(own.nextBoolean() ? Urgency.QUERY : Urgency.DOCUMENT),
                                ActionListener.runAfter(
                                        ActionListener.wrap(
                                                tensor -> {
                                                    if (tensor.data()[0] != 2 * expected) {
                                                        wrong.add(expected + ": " + tensor.data()[0]);
                                                    }
                                                },
                                                e -> wrong.add(expected + ": " + e)),
                                        all::countDown));
                    }
                });
            }
            all.await();
        }
        assertEquals(List.of(), wrong);
        assertTrue(batches.stream().allMatch(batch -> batch.size() <= 4));
        assertEquals(senders * each, batches.stream().mapToInt(List::size).sum());
    }

    private static final String USER = "user";

    /** Submits as a user whose request already has a warning. */
    private void submitAs(String user, Batcher batcher, Ticket ticket, ActionListener<Tensor> listener) {
        ThreadContext.StoredContext before = context.newEmptyContext();
        try {
            context.putTransient(USER, user);
            context.addResponseHeader("Warning", user);
            batcher.announce();
            batcher.submit(new float[1], ticket, listener);
        } finally {
            before.restore();
        }
    }

    private ActionListener<Tensor> noted(String user) {
        return ActionListener.running(() -> told.add(user + " as " + context.getTransient(USER) + " with "
                + context.getResponseHeaders().get("Warning")));
    }

    private static List<String> eachAsItself(String... users) {
        return Arrays.stream(users)
                .map(user -> user + " as " + user + " with [" + user + "]")
                .toList();
    }

    @Test
    void testEachIsToldInItsOwnContext() {
        Batcher batcher = batcher(
                rows -> {
                    told.add("batch as " + context.getTransient(USER));
                    return twice(rows);
                },
                64,
                threads::add,
                1);
        for (String user : List.of("ann", "bob", "cid")) {
            submitAs(user, batcher, TestEncoders.ticket(Urgency.DOCUMENT), noted(user));
        }
        // the thread that runs the batch works for ann
        context.putTransient(USER, "ann");
        context.addResponseHeader("Warning", "of the thread");
        runAll();
        assertEquals(eachAsItself("ann", "bob", "cid"), told.stream().skip(1).toList());
        assertEquals("ann", context.getTransient(USER));
        assertEquals(List.of("of the thread"), context.getResponseHeaders().get("Warning"));
    }

    @Test
    void testABatchRunsAsNobody() {
        List<Object> ran = new ArrayList<>();
        ThreadContext own = context;
        Batcher batcher = batcher(
                rows -> {
                    ran.add(own.getTransient(USER));
                    return twice(rows);
                },
                64,
                task -> threads.add(context.preserveContext(task)),
                1);
        submitAs("ann", batcher, TestEncoders.ticket(Urgency.DOCUMENT), noted("ann"));
        submitAs("bob", batcher, TestEncoders.ticket(Urgency.DOCUMENT), noted("bob"));
        runAll();
        assertEquals(Collections.singletonList(null), ran);
        assertEquals(eachAsItself("ann", "bob"), told);
    }

    @Test
    void testFailuresAreToldInTheirOwnContext() {
        AtomicLong most = new AtomicLong(Long.MAX_VALUE);
        Batcher batcher = batcher(1);
        submitAs("ann", batcher, new Ticket("it", Urgency.DOCUMENT, null, clock::get, most::get), noted("ann"));
        submitAs("bob", batcher, TestEncoders.ticket(Urgency.DOCUMENT), noted("bob"));
        submitAs("cid", batcher, new Ticket("it", Urgency.QUERY, null, clock::get, most::get), noted("cid"));
        most.set(-1);
        batcher.sweep();
        assertEquals(eachAsItself("cid", "ann"), told);
        batcher.close();
        submitAs("dan", batcher, TestEncoders.ticket(Urgency.QUERY), noted("dan"));
        assertEquals(eachAsItself("cid", "ann", "bob", "dan"), told);
    }

    @Test
    void testWhatWaitsTooLongForItsModelIsRejected() {
        Batcher batcher = batcher(1);
        List<Exception> failures = new ArrayList<>();
        CancellableTask task = new CancellableTask(1, "", "", "", TaskId.EMPTY_TASK_ID, Map.of());
        batcher.announce();
        batcher.submit(
                new float[1],
                new Ticket("field [image]", Urgency.DOCUMENT, task, clock::get, () -> 1_000_000_000L),
                ActionListener.wrap(t -> {}, failures::add));
        submit(batcher, Urgency.DOCUMENT, 2);
        batcher.sweep();
        assertEquals(2, batcher.waiting());
        clock.addAndGet(2_000_000_000L);
        batcher.sweep();
        assertEquals(
                "field [image] waited for [2s] for its model and at most [1s] are allowed; send it again later, send "
                        + "smaller "
                        + "bulks, or raise [lookalike.queue.max_wait]",
                failures.getFirst().getMessage());
        assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(failures.getFirst()));
        runAll();
        assertEquals(List.of("2: 4"), told);
    }

    @Test
    void testWhatIsCancelledLeavesTheLine() {
        Batcher batcher = batcher(1);
        List<Exception> failures = new ArrayList<>();
        CancellableTask task = new CancellableTask(1, "", "", "", TaskId.EMPTY_TASK_ID, Map.of());
        batcher.announce();
        batcher.submit(
                new float[1],
                new Ticket("[query_image]", Urgency.QUERY, task, clock::get, () -> Long.MAX_VALUE),
                ActionListener.wrap(t -> {}, failures::add));
        TaskCancelHelper.cancel(task, "the client left");
        batcher.sweep();
        assertEquals("task cancelled [the client left]", failures.getFirst().getMessage());
        runAll();
        assertTrue(batches.isEmpty());
    }

    @Test
    void testAListenerThatThrowsHarmsNobodyElse() {
        for (Throwable thrown : List.of(new IllegalStateException("planted"), new StackOverflowError("planted"))) {
            told.clear();
            Batcher batcher = batcher(1);
            submit(batcher, Urgency.DOCUMENT, 1);
            List<Exception> failures = new ArrayList<>();
            batcher.announce();
            batcher.submit(new float[1], TestEncoders.ticket(Urgency.DOCUMENT), new ActionListener<>() {
                @Override
                public void onResponse(Tensor tensor) {
                    sneak(thrown);
                }

                @Override
                public void onFailure(Exception e) {
                    failures.add(e);
                    sneak(thrown);
                }
            });
            submit(batcher, Urgency.DOCUMENT, 3);
            runAll();
            assertEquals(List.of("1: 2", "3: 6"), told);
            assertTrue(failures.getFirst().getMessage().endsWith("planted"));
            // and the thread is free for later work
            submit(batcher, Urgency.DOCUMENT, 4);
            runAll();
            assertEquals("4: 8", told.getLast());
        }
    }

    private static void sneak(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }
}
