package io.lookalike.inference;

import io.lookalike.image.BoundedMemory;
import java.util.function.LongSupplier;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.tasks.CancellableTask;

/**
 * One piece of work from its arrival until its listener is called: its urgency, its time limit for waiting, and whether
 * it was cancelled.
 *
 * <p>The time counts from the arrival, wherever the work waits: in a queue, for memory, or for a model. Thread-safe.
 */
public final class Ticket implements BoundedMemory.Patience {
    private final String what;
    private final Urgency urgency;
    private final CancellableTask task;
    private final LongSupplier nanoTime;
    private final LongSupplier maxWaitNanos;
    private final long since;

    /**
     * @param what how messages name the picture or vector, such as {@code field [image]}
     * @param task whose cancellation ends the work; null for none
     * @param maxWaitNanos read whenever the work waits, because the setting may change
     */
    Ticket(String what, Urgency urgency, CancellableTask task, LongSupplier nanoTime, LongSupplier maxWaitNanos) {
        this.what = what;
        this.urgency = urgency;
        this.task = task;
        this.nanoTime = nanoTime;
        this.maxWaitNanos = maxWaitNanos;
        this.since = nanoTime.getAsLong();
    }

    Urgency urgency() {
        return urgency;
    }

    /** Throws if the work was cancelled. The limit for waiting does not count for work that has begun. */
    void ensureWanted() {
        if (task != null) {
            task.ensureNotCancelled();
        }
    }

    /**
     * The failure for work that has waited too long (429) or was cancelled; null when it may go on.
     *
     * @param where the work waits, such as {@code in the queue}
     */
    RuntimeException over(String where) {
        if (task != null && task.isCancelled()) {
            return task.getTaskCancelledException();
        }
        long waited = nanoTime.getAsLong() - since;
        long most = maxWaitNanos.getAsLong();
        if (waited <= most) {
            return null;
        }
        return new EsRejectedExecutionException(what + " waited for [" + TimeValue.timeValueNanos(waited) + "] " + where
                + " and at most [" + TimeValue.timeValueNanos(most)
                + "] are allowed; send it again later, send smaller bulks, or raise ["
                + LookalikeSettings.QUEUE_WAIT.getKey()
                + "]");
    }

    @Override
    public long leftNanos() {
        RuntimeException over = over("for memory");
        if (over != null) {
            throw over;
        }
        // work exactly at its limit waits one nanosecond more
        return Math.max(1, maxWaitNanos.getAsLong() - (nanoTime.getAsLong() - since));
    }

    @Override
    public RuntimeException refusal(String why) {
        return new EsRejectedExecutionException("cannot process " + what + " now: " + why + "; send it again later");
    }
}
