package io.lookalike.task;

import io.lookalike.inference.Failures;
import io.lookalike.inference.OwnContext;
import io.lookalike.inference.PictureBreaker;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * What the long computations of a node share: a few threads, because Linux ignores Java thread priorities; turns,
 * because one task computes at a time; and the memory that they may hold. Thread-safe.
 */
public final class ComputePool {
    public static final String POOL = "lookalike_training";

    /** Threads that compute beside searches and ingest. */
    public static final Setting<Integer> THREADS = new Setting<>(
            "lookalike.training.threads",
            settings -> Integer.toString(Math.max(1, EsExecutors.allocatedProcessors(settings) / 2)),
            text -> Setting.parseInt(text, 1, 256, "lookalike.training.threads"),
            Property.NodeScope);

    private static final int MAX_WAITING = 4;

    private final ThreadPool threadPool;
    private final PictureBreaker breaker;
    private final int threads;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private boolean busy;

    public ComputePool(ThreadPool threadPool, Settings settings, PictureBreaker breaker) {
        this.threadPool = threadPool;
        this.breaker = breaker;
        this.threads = THREADS.get(settings);
    }

    private record Waiting(LongTask task, ActionListener<Releasable> listener) {}

    /** Runs computations. Its threads must not wait for each other, because there may be only one. */
    public Executor executor() {
        return threadPool.executor(POOL);
    }

    /** How many threads the {@link #executor} has. */
    public int threads() {
        return threads;
    }

    public ThreadPool threadPool() {
        return threadPool;
    }

    /**
     * Runs steps when it is the task's turn, now or later. The turn ends when the steps tell their listener.
     *
     * @throws EsRejectedExecutionException if too many tasks wait already
     */
    public <R> void inTurn(
            LongTask task, ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> steps) {
        turn(task, AsyncSteps.after(listener, (next, turn) -> AsyncSteps.holding(turn, next, steps)));
    }

    /**
     * Tells a listener when it is the task's turn, now or later. The turn ends when the listener releases what it gets.
     *
     * @throws EsRejectedExecutionException if too many tasks wait already
     */
    void turn(LongTask task, ActionListener<Releasable> listener) {
        // the thread that hands over the turn, or cancels, may act for another user
        ActionListener<Releasable> once =
                OwnContext.keep(threadPool.getThreadContext(), ActionListener.notifyOnce(listener));
        Waiting entry = new Waiting(task, once);
        if (joins(entry)) {
            // outside of the lock: if the task is cancelled already, its listener runs at once
            task.addListener(() -> leave(entry));
        } else {
            begin(entry);
        }
    }

    /** Whether the task must wait; if not, it has the turn. */
    private boolean joins(Waiting entry) {
        synchronized (waiting) {
            if (busy && waiting.size() >= MAX_WAITING) {
                throw new EsRejectedExecutionException(
                        "a training, evaluation or search for duplicates runs on this node and [" + waiting.size()
                                + "] wait; send it again when they are done, or to another node");
            }
            if (busy) {
                entry.task.at("queued", 0, 0);
                waiting.add(entry);
                return true;
            }
            busy = true;
            return false;
        }
    }

    private void begin(Waiting entry) {
        Releasable turn = Releasables.releaseOnce(this::next);
        try {
            entry.listener.onResponse(turn);
        } catch (Exception | Error e) {
            turn.close();
            entry.listener.onFailure(Failures.tame("a turn", e));
        }
    }

    /** Removes a task that is cancelled while it waits; does nothing once it has its turn. */
    private void leave(Waiting entry) {
        boolean left;
        synchronized (waiting) {
            left = waiting.remove(entry);
        }
        if (left) {
            entry.listener.onFailure(entry.task.getTaskCancelledException());
        }
    }

    private void next() {
        Waiting entry;
        synchronized (waiting) {
            entry = waiting.poll();
            busy = entry != null;
        }
        if (entry != null) {
            // not on the thread of the task before, which still has to send its answer
            ActionListener<Releasable> refused = entry.listener.delegateResponse((listener, e) -> {
                listener.onFailure(e);
                next();
            });
            AsyncSteps.run(threadPool.generic(), refused, listener -> begin(entry));
        }
    }

    /**
     * Reserves heap.
     *
     * @param remedy what the user can lower, for the error message
     * @throws CircuitBreakingException if there is not enough (status 429)
     */
    public Releasable reserve(long bytes, String remedy) {
        try {
            breaker.hold(bytes, "a training");
        } catch (CircuitBreakingException e) {
            throw new CircuitBreakingException(
                    "breaker [lookalike] refuses the [" + bytes + "] bytes of heap that this needs; " + remedy
                            + ", send it to a node with more heap, or again when less is held there: " + e.getMessage(),
                    e.getBytesWanted(),
                    e.getByteLimit(),
                    e.getDurability());
        }
        return Releasables.releaseOnce(() -> breaker.release(bytes));
    }
}
