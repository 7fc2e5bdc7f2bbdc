package io.lookalike.encoder;

import io.lookalike.image.PixelMemory;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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
 * may always wait, whatever its size. Work holds its bytes until its listener is told, on every path. Thread-safe.
 */
final class BoundedQueue {
    private final Executor pool;
    private final LongSupplier nanoTime;
    private final PixelMemory.Meter meter;
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicInteger held = new AtomicInteger();
    private volatile long maxBytes = Long.MAX_VALUE;
    private volatile long maxWaitNanos = Long.MAX_VALUE;

    /** @param meter is told of the bytes that are held */
    BoundedQueue(Executor pool, LongSupplier nanoTime, PixelMemory.Meter meter) {
        this.pool = pool;
        this.nanoTime = nanoTime;
        this.meter = meter;
    }

    void maxBytes(ByteSizeValue bytes) {
        maxBytes = bytes.getBytes();
    }

    void maxWait(TimeValue time) {
        maxWaitNanos = time.nanos();
    }

    /** Pieces of work that wait or run. */
    int held() {
        return held.get();
    }

    /** Bytes of the work that waits or runs. */
    long heldBytes() {
        return heldBytes.get();
    }

    /**
     * Runs work on the pool, which tells the listener, there or later elsewhere; refused work is told on the caller's thread.
     *
     * @param what how messages name the picture or vector, such as {@code field [image]}
     * @param bytes what the work keeps in memory until the listener is told
     * @param work tells its listener once; may throw anything instead, errors included: the listener gets an exception without any
     */
    <T> void submit(String what, long bytes, Consumer<ActionListener<T>> work, ActionListener<T> listener) {
        long others = heldBytes.getAndAdd(bytes);
        if (others > 0 && others + bytes > maxBytes) {
            heldBytes.addAndGet(-bytes);
            listener.onFailure(new EsRejectedExecutionException("cannot queue " + what + " of [" + bytes + "] bytes: ["
                    + others + "] bytes are waiting and at most [" + maxBytes
                    + "] may; send it again later, send smaller bulks, or raise [" + Encoders.QUEUE_BYTES.getKey()
                    + "]"));
            return;
        }
        try {
            meter.hold(bytes);
        } catch (RuntimeException e) {
            heldBytes.addAndGet(-bytes);
            listener.onFailure(e);
            return;
        }
        held.incrementAndGet();
        long since = nanoTime.getAsLong();
        ActionListener<T> done = ActionListener.notifyOnce(ActionListener.runBefore(listener, () -> {
            held.decrementAndGet();
            meter.release(bytes);
            heldBytes.addAndGet(-bytes);
        }));
        pool.execute(new AbstractRunnable() {
            @Override
            protected void doRun() {
                long waited = nanoTime.getAsLong() - since;
                if (waited > maxWaitNanos) {
                    done.onFailure(new EsRejectedExecutionException(what + " waited for ["
                            + TimeValue.timeValueNanos(waited) + "] in the queue and at most ["
                            + TimeValue.timeValueNanos(maxWaitNanos)
                            + "] are allowed; send it again later, send smaller bulks, or raise ["
                            + Encoders.QUEUE_WAIT.getKey() + "]"));
                    return;
                }
                try {
                    work.accept(done);
                } catch (Throwable t) {
                    done.onFailure(Failures.tame(what, t));
                }
            }

            @Override
            public void onFailure(Exception e) {
                done.onFailure(e);
            }

            @Override
            public void onRejection(Exception e) {
                done.onFailure(e);
            }
        });
    }
}
