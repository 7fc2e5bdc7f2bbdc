package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
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

class BoundedQueueTests {
    static {
        TestLogging.start();
    }

    private final List<Runnable> waiting = new ArrayList<>();
    private final List<Object> results = new ArrayList<>();
    private final AtomicLong clock = new AtomicLong();
    private final ThreadContext context = new ThreadContext(Settings.EMPTY);
    private final BoundedQueue queue = queue(waiting::add);
    private final ActionListener<Object> listener = new ActionListener<>() {
        @Override
        public void onResponse(Object result) {
            results.add(result);
        }

        @Override
        public void onFailure(Exception e) {
            results.add(e);
        }
    };

    private BoundedQueue queue(Executor pool) {
        return new BoundedQueue(
                Urgency.DOCUMENT,
                pool,
                context,
                clock::get,
                new PictureBreaker(),
                () -> 100,
                TimeValue.timeValueSeconds(60)::nanos);
    }

    private void submit(long bytes, String result) {
        queue.submit("field [image]", bytes, null, (ticket, l) -> l.onResponse(result), listener);
    }

    private void runAll() {
        List<Runnable> now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(Runnable::run);
    }

    private static void assertRejected(String message, Object result) {
        assertTrue(result instanceof EsRejectedExecutionException, String.valueOf(result));
        assertEquals(message, ((Exception) result).getMessage());
        assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status((Exception) result));
    }

    @Test
    void testBytesAreBoundedAndComeBack() {
        submit(60, "a");
        submit(40, "b");
        assertEquals(100, queue.heldBytes());
        submit(1, "c");
        assertRejected(
                "cannot queue field [image] of [1] bytes: [100] bytes are waiting and at most [100] may; send it again "
                        + "later, send smaller bulks, or raise [lookalike.queue.max_bytes]",
                results.get(0));
        runAll();
        assertEquals(List.of("a", "b"), results.subList(1, 3));
        assertEquals(0, queue.heldBytes());
        submit(1, "d");
        runAll();
        assertEquals("d", results.get(3));
    }

    @Test
    void testOneMayAlwaysWaitHoweverLarge() {
        submit(1_000_000, "large");
        submit(0, "vector");
        runAll();
        assertRejected(
                "cannot queue field [image] of [0] bytes: [1000000] bytes are waiting and at most [100] may; send it "
                        + "again "
                        + "later, send smaller bulks, or raise [lookalike.queue.max_bytes]",
                results.get(0));
        assertEquals("large", results.get(1));
        assertEquals(0, queue.heldBytes());
    }

    @Test
    void testTimeIsBounded() {
        submit(1, "early");
        clock.addAndGet(TimeValue.timeValueSeconds(1).nanos());
        submit(1, "late");
        clock.addAndGet(TimeValue.timeValueSeconds(60).nanos());
        runAll();
        assertRejected(
                "field [image] waited for [1m] in the queue and at most [1m] are allowed; send it again later, send "
                        + "smaller "
                        + "bulks, or raise [lookalike.queue.max_wait]",
                results.get(0));
        assertEquals("late", results.get(1));
        assertEquals(0, queue.heldBytes());
    }

    @Test
    void testErrorsBecomeFailuresAndGiveTheirBytesBack() {
        for (Error error :
                List.of(new StackOverflowError(), new NoClassDefFoundError("x"), new OutOfMemoryError("planted"))) {
            results.clear();
            queue.submit(
                    "field [image]",
                    5,
                    null,
                    (ticket, l) -> {
                        throw error;
                    },
                    listener);
            runAll();
            Exception failure = (Exception) results.get(0);
            assertEquals("cannot process field [image]: " + error, failure.getMessage());
            assertTrue(ExceptionsHelper.maybeError(failure).isEmpty());
            assertEquals(0, queue.heldBytes());
        }
    }

    @Test
    void testWhatThePoolRefusesGivesItsBytesBack() {
        EsRejectedExecutionException full = new EsRejectedExecutionException("pool is full");
        BoundedQueue refusing = queue(task -> {
            ((AbstractRunnable) task).onRejection(full);
            ((AbstractRunnable) task).onAfter();
        });
        refusing.submit("field [image]", 5, null, (ticket, l) -> l.onResponse("never"), listener);
        assertEquals(List.of(full), results);
        assertEquals(0, refusing.heldBytes());
    }

    @Test
    void testBytesAreHeldUntilTheListenerIsTold() {
        List<ActionListener<Object>> later = new ArrayList<>();
        queue.submit("field [image]", 100, null, (ticket, l) -> later.add(l), listener);
        runAll();
        assertEquals(100, queue.heldBytes());
        submit(1, "too much");
        assertTrue(results.get(0) instanceof EsRejectedExecutionException);
        later.get(0).onResponse("made");
        assertEquals("made", results.get(1));
        assertEquals(0, queue.heldBytes());
        later.get(0).onFailure(new IllegalStateException("told twice"));
        assertEquals(2, results.size());
        assertEquals(0, queue.heldBytes());
    }

    @Test
    void testNullIsAResult() {
        submit(5, null);
        runAll();
        assertNull(results.get(0));
    }

    @Test
    void testWhatNoThreadComesToIsRejectedInTime() {
        submit(5, "late");
        clock.addAndGet(TimeValue.timeValueSeconds(30).nanos());
        submit(7, "in time");
        queue.sweep();
        assertEquals(List.of(), results);
        clock.addAndGet(TimeValue.timeValueSeconds(31).nanos());
        queue.sweep();
        assertRejected(
                "field [image] waited for [1m] in the queue and at most [1m] are allowed; send it again later, send "
                        + "smaller "
                        + "bulks, or raise [lookalike.queue.max_wait]",
                results.get(0));
        assertEquals(7, queue.heldBytes());
        runAll();
        assertEquals("in time", results.get(1));
        assertEquals(2, results.size());
        assertEquals(0, queue.held());
    }

    @Test
    void testWhatIsCancelledDoesNotRun() {
        CancellableTask task = new CancellableTask(1, "", "", "", TaskId.EMPTY_TASK_ID, Map.of());
        for (boolean swept : new boolean[] {true, false}) {
            queue.submit("[query_image]", 5, task, (ticket, l) -> l.onResponse("ran"), listener);
            TaskCancelHelper.cancel(task, "the client left");
            if (swept) {
                queue.sweep();
                assertEquals(0, queue.held());
            }
            runAll();
        }
        assertEquals(2, results.size());
        for (Object result : results) {
            assertEquals("task cancelled [the client left]", ((Exception) result).getMessage());
        }
    }

    @Test
    void testListenersAreToldInTheirOwnContext() {
        List<Object> users = new ArrayList<>();
        for (String user : List.of("ann", "bob")) {
            ThreadContext.StoredContext before = context.newEmptyContext();
            context.putTransient("user", user);
            queue.submit(
                    "it",
                    1,
                    null,
                    (ticket, l) -> {
                        context.newEmptyContext();
                        context.putTransient("user", "somebody else");
                        l.onResponse(null);
                    },
                    ActionListener.running(() -> users.add(context.getTransient("user"))));
            before.restore();
        }
        runAll();
        assertEquals(List.of("ann", "bob"), users);
    }
}
