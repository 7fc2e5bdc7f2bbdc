package io.lookalike.inference;

import io.lookalike.image.PixelMemory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;

/**
 * Work that waits for the threads of one pool, bounded by a count (the pool's own queue), by bytes and by time.
 *
 * <p>What goes beyond a bound fails with an {@link EsRejectedExecutionException}, which clients see as 429; one piece
 * of work may always wait, whatever its size. What waits too long, or is cancelled, fails at the next {@link #sweep},
 * also where no thread of the pool ever comes to it. Work holds its bytes until its listener is told, on every path.
 * Thread-safe.
 */
final class BoundedQueue {
    private final Urgency urgency;
    private final Executor pool;
    private final ThreadContext context;
    private final LongSupplier nanoTime;
    private final PixelMemory.Meter meter;
    private final LongSupplier maxBytes;
    private final LongSupplier maxWaitNanos;
    private final Set<Entry<?>> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicInteger held = new AtomicInteger();

    /**
     * @param urgency of all that waits here
     * @param meter is told of the bytes that are held
     * @param maxBytes called for each piece of work, because the setting may change; as is {@code maxWaitNanos}
     */
    BoundedQueue(
            Urgency urgency,
            Executor pool,
            ThreadContext context,
            LongSupplier nanoTime,
            PixelMemory.Meter meter,
            LongSupplier maxBytes,
            LongSupplier maxWaitNanos) {
        this.urgency = urgency;
        this.pool = pool;
        this.context = context;
        this.nanoTime = nanoTime;
        this.meter = meter;
        this.maxBytes = maxBytes;
        this.maxWaitNanos = maxWaitNanos;
    }

    /** Pieces of work that wait or run. */
    int held() {
        return held.get();
    }

    /** Bytes of the work that waits or runs. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** What runs for a ticket: tells its listener once, there or later elsewhere; or throws. */
    @FunctionalInterface
    interface Work<T> extends BiConsumer<Ticket, ActionListener<T>> {}

    /**
     * Runs work on the pool, which tells the listener, there or later elsewhere; refused work is told on the caller's
     * thread.
     *
     * @param what how messages name the picture or vector, such as {@code field [image]}
     * @param bytes what the work keeps in memory until the listener is told
     * @param task whose cancellation ends the work; null for none
     * @param work may throw anything, errors included: the listener gets an exception without any
     */
    <T> void submit(String what, long bytes, CancellableTask task, Work<T> work, ActionListener<T> listener) {
        long most = maxBytes.getAsLong();
        long others = heldBytes.getAndAdd(bytes);
        if (others > 0 && others + bytes > most) {
            heldBytes.addAndGet(-bytes);
            listener.onFailure(new EsRejectedExecutionException("cannot queue " + what + " of [" + bytes + "] bytes: ["
                    + others + "] bytes are waiting and at most [" + most
                    + "] may; send it again later, send smaller bulks, or raise ["
                    + InferenceSettings.QUEUE_BYTES.getKey()
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
        ActionListener<T> done = ActionListener.notifyOnce(ActionListener.runBefore(listener, () -> {
            held.decrementAndGet();
            meter.release(bytes);
            heldBytes.addAndGet(-bytes);
        }));
        Ticket ticket = new Ticket(what, urgency, task, nanoTime, maxWaitNanos);
        Entry<T> entry = new Entry<>(what, ticket, new Queued<>(work, OwnContext.keep(context, done)));
        waiting.add(entry);
        pool.execute(entry);
    }

    /** Fails what has waited too long, and what was cancelled; to be called from time to time. */
    void sweep() {
        for (Entry<?> entry : waiting) {
            RuntimeException over = entry.ticket.over("in the queue");
            if (over != null) {
                entry.fail(over);
            }
        }
    }

    private record Queued<T>(Work<T> work, ActionListener<T> done) {}

    /**
     * Lets go of its work, and so of the picture, as soon as that is over, though the pool may keep the entry for
     * longer.
     */
    private final class Entry<T> extends AbstractRunnable {
        private final String what;
        private final Ticket ticket;
        private final AtomicReference<Queued<T>> queued;

        Entry(String what, Ticket ticket, Queued<T> queued) {
            this.what = what;
            this.ticket = ticket;
            this.queued = new AtomicReference<>(queued);
        }

        /** Null for all but the first. */
        private Queued<T> take() {
            waiting.remove(this);
            return queued.getAndSet(null);
        }

        private void fail(Exception e) {
            Queued<T> taken = take();
            if (taken != null) {
                taken.done.onFailure(e);
            }
        }

        @Override
        protected void doRun() {
            RuntimeException over = ticket.over("in the queue");
            if (over != null) {
                fail(over);
                return;
            }
            Queued<T> taken = take();
            if (taken == null) {
                return;
            }
            try {
                taken.work.accept(ticket, taken.done);
            } catch (Throwable t) {
                taken.done.onFailure(Failures.tame(what, t));
            }
        }

        @Override
        public void onFailure(Exception e) {
            fail(e);
        }

        @Override
        public void onRejection(Exception e) {
            fail(e);
        }
    }
}
