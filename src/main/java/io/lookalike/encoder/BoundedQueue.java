package io.lookalike.encoder;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.TimeValue;

/**
 * Work that waits for the threads of one pool, bounded by a count (the pool's own queue), by bytes and by time.
 *
 * <p>What goes beyond a bound fails with an {@link EsRejectedExecutionException}, which clients see as 429; one piece of work
 * may always wait, whatever its size. Work holds its bytes until it is done, on every path. Thread-safe.
 */
final class BoundedQueue {
    private final Executor pool;
    private final LongSupplier nanoTime;
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile long maxBytes = Long.MAX_VALUE;
    private volatile long maxWaitNanos = Long.MAX_VALUE;

    BoundedQueue(Executor pool, LongSupplier nanoTime) {
        this.pool = pool;
        this.nanoTime = nanoTime;
    }

    void maxBytes(ByteSizeValue bytes) {
        maxBytes = bytes.getBytes();
    }

    void maxWait(TimeValue time) {
        maxWaitNanos = time.nanos();
    }

    /** Bytes of the work that waits or runs. */
    long heldBytes() {
        return heldBytes.get();
    }

    /**
     * Runs work on the pool and tells the listener there; refused work is told on the caller's thread.
     *
     * @param what how messages name the picture or vector, such as {@code field [image]}
     * @param bytes what the work keeps in memory while it waits
     * @param work may throw anything, errors included: the listener gets an exception without any
     */
    <T> void submit(String what, long bytes, Callable<T> work, ActionListener<T> listener) {
        long others = heldBytes.getAndAdd(bytes);
        if (others > 0 && others + bytes > maxBytes) {
            heldBytes.addAndGet(-bytes);
            listener.onFailure(new EsRejectedExecutionException("cannot queue " + what + " of [" + bytes + "] bytes: ["
                    + others + "] bytes are waiting and at most [" + maxBytes
                    + "] may; send it again later, send smaller bulks, or raise [" + Encoders.QUEUE_BYTES.getKey()
                    + "]"));
            return;
        }
        long since = nanoTime.getAsLong();
        pool.execute(new AbstractRunnable() {
            private T made;
            private Exception failure;

            @Override
            protected void doRun() {
                long waited = nanoTime.getAsLong() - since;
                if (waited > maxWaitNanos) {
                    failure = new EsRejectedExecutionException(what + " waited for ["
                            + TimeValue.timeValueNanos(waited) + "] in the queue and at most ["
                            + TimeValue.timeValueNanos(maxWaitNanos)
                            + "] are allowed; send it again later, send smaller bulks, or raise ["
                            + Encoders.QUEUE_WAIT.getKey() + "]");
                    return;
                }
                try {
                    made = work.call();
                } catch (Throwable t) {
                    failure = Failures.tame(what, t);
                }
            }

            @Override
            public void onFailure(Exception e) {
                failure = e;
            }

            @Override
            public void onRejection(Exception e) {
                failure = e;
            }

            @Override
            public void onAfter() {
                heldBytes.addAndGet(-bytes);
                if (failure != null) {
                    listener.onFailure(failure);
                } else {
                    listener.onResponse(made);
                }
            }
        });
    }
}
