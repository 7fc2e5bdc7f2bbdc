package io.lookalike.task;

import io.lookalike.inference.PictureBreaker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.tasks.TaskCancelHelper;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;

public class ComputePoolTests extends ESTestCase {
    private final PictureBreaker breaker = new PictureBreaker();
    private ThreadPool threadPool;
    private ComputePool pool;

    @Override
    public void setUp() throws Exception {
        super.setUp();
        threadPool = new TestThreadPool(getTestName());
        pool = new ComputePool(threadPool, Settings.EMPTY, breaker);
    }

    @Override
    public void tearDown() throws Exception {
        terminate(threadPool);
        super.tearDown();
    }

    private static LongTask task(long id) {
        return new LongTask(id, "transport", "action", "what", TaskId.EMPTY_TASK_ID, Map.of());
    }

    public void testOneAtATimeAndAFewWait() throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        List<Releasable> turns = Collections.synchronizedList(new ArrayList<>());
        List<LongTask> tasks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            LongTask task = task(i);
            tasks.add(task);
            pool.turn(
                    task,
                    ActionListener.wrap(
                            turn -> {
                                events.add("turn " + number);
                                turns.add(turn);
                            },
                            e -> events.add(number + " " + e.getClass().getSimpleName())));
        }
        assertEquals(List.of("turn 0"), events);
        assertTrue(tasks.get(1).getStatus().toString().contains("queued"));
        EsRejectedExecutionException e =
                expectThrows(EsRejectedExecutionException.class, () -> pool.turn(task(9), ActionListener.noop()));
        assertEquals(
                "a training, evaluation or search for duplicates runs on this node and [4] wait; "
                        + "send it again when they are done, or to another node",
                e.getMessage());
        TaskCancelHelper.cancel(tasks.get(1), "it");
        assertEquals(List.of("turn 0", "1 " + TaskCancelledException.class.getSimpleName()), events);
        turns.get(0).close();
        turns.get(0).close();
        assertBusy(() -> assertEquals("turn 2", events.getLast()));
        assertEquals(3, events.size());
        turns.get(1).close();
        assertBusy(() -> assertEquals("turn 3", events.getLast()));
        turns.get(2).close();
        assertBusy(() -> assertEquals("turn 4", events.getLast()));
        turns.get(3).close();
        pool.turn(task(6), ActionListener.wrap(turn -> events.add("turn 6"), x -> fail(x)));
        assertEquals("turn 6", events.getLast());
    }

    private String user() {
        return threadPool.getThreadContext().getTransient("user");
    }

    private void as(String user, Runnable action) {
        ThreadContext.StoredContext before = threadPool.getThreadContext().stashContext();
        try {
            threadPool.getThreadContext().putTransient("user", user);
            action.run();
        } finally {
            before.close();
        }
    }

    /** A waiting task of one user must not go on with the rights of the user before it. */
    public void testTurnsBeginAsTheUserWhoAskedForThem() throws Exception {
        List<Releasable> turns = Collections.synchronizedList(new ArrayList<>());
        List<String> users = Collections.synchronizedList(new ArrayList<>());
        LongTask cancelled = task(2);
        for (LongTask task : List.of(task(0), task(1), cancelled)) {
            as(
                    "user " + task.getId(),
                    () -> pool.turn(
                            task,
                            ActionListener.wrap(
                                    turn -> {
                                        users.add(user());
                                        turns.add(turn);
                                    },
                                    e -> users.add(user()))));
        }
        as("another", () -> {
            TaskCancelHelper.cancel(cancelled, "it");
            turns.getFirst().close();
        });
        assertBusy(() -> assertEquals(List.of("user 0", "user 2", "user 1"), users));
        turns.getLast().close();
    }

    public void testMemoryIsReservedAndGivenBack() {
        long[] held = {0};
        breaker.set(new NoopCircuitBreaker("lookalike") {
            @Override
            public void addEstimateBytesAndMaybeBreak(long bytes, String label) {
                if (held[0] + bytes > 1000) {
                    throw new CircuitBreakingException("too much", bytes, 1000, CircuitBreaker.Durability.TRANSIENT);
                }
                held[0] += bytes;
            }

            @Override
            public void addWithoutBreaking(long bytes) {
                held[0] += bytes;
            }
        });
        Releasable reserved = pool.reserve(600, "lower [sample]");
        assertEquals(600, held[0]);
        CircuitBreakingException e =
                expectThrows(CircuitBreakingException.class, () -> pool.reserve(600, "lower [sample]"));
        assertEquals(
                "breaker [lookalike] refuses the [600] bytes of heap that this needs; lower [sample], send it to "
                        + "a node with more heap, or again when less is held there: too much",
                e.getMessage());
        assertEquals(429, e.status().getStatus());
        reserved.close();
        reserved.close();
        assertEquals(0, held[0]);
    }

    public void testThreadsAreHalfOfTheProcessors() {
        assertEquals(1, (int) ComputePool.THREADS.get(
                Settings.builder().put("node.processors", 1).build()));
        assertEquals(Math.max(1, EsExecutors.allocatedProcessors(Settings.EMPTY) / 2), (int)
                ComputePool.THREADS.get(Settings.EMPTY));
        assertEquals(2, (int) ComputePool.THREADS.get(
                Settings.builder().put("lookalike.training.threads", 2).build()));
    }
}
