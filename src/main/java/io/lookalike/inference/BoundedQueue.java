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
 * Queues work for the threads of one pool, bounded by count (the pool's own queue), bytes and time.
 *
 * <p>Work beyond a bound fails with an {@link EsRejectedExecutionException} (429 for clients); but an empty queue takes
 * work of any size. Work that waits too long or is cancelled fails at the next {@link #sweep}, even if no thread of the
 * pool gets to it. Work holds its bytes until its listener is called, on every path. Thread-safe.
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
     * @param urgency of all work in this queue
     * @param meter counts the bytes that are held
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

    /** Number of tasks that wait or run. */
    int held() {
        return held.get();
    }

    /** Bytes of the tasks that wait or run. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** Work for a ticket: calls its listener once, at any time on any thread, or throws. */
    @FunctionalInterface
    interface Work<T> extends BiConsumer<Ticket, ActionListener<T>> {}

    /**
     * Runs work on the pool. Refused work fails on the caller's thread.
     *
     * @param what how messages name the picture or vector, such as {@code field [image]}
     * @param bytes of heap that the work holds until its listener is called
     * @param task whose cancellation ends the work; null for none
     * @param work may throw anything, errors included; the listener gets an exception without errors among its causes
     */
    <T> void submit(String what, long bytes, CancellableTask task, Work<T> work, ActionListener<T> listener) {
        long most = maxBytes.getAsLong();
        long others = heldBytes.getAndAdd(bytes);
        if (others > 0 && others + bytes > most) {
            heldBytes.addAndGet(-bytes);
            listener.onFailure(new EsRejectedExecutionException("cannot queue " + what + " of [" + bytes + "] bytes: ["
                    + others + "] bytes are waiting and at most [" + most
                    + "] may; send it again later, send smaller bulks, or raise ["
                    + LookalikeSettings.QUEUE_BYTES.getKey()
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

    /** Fails work that has waited too long or was cancelled; to be called from time to time. */
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
     * Drops the reference to its work, and so to the picture, when that ends; the pool may keep the entry for longer.
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

        /** The work, for the first caller; null for later ones. */
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
