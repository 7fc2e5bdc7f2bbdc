package io.lookalike.image;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Limits the bytes that threads hold at once. A thread that asks for more than are free waits in a queue, first come,
 * first served, as long as its {@link Patience} allows.
 *
 * <p>Deadlocks: a thread that holds bytes of one limit may wait for another limit only if no holder of the other one
 * ever waits for the first. Within one limit, a holder that asks for more goes before threads that hold nothing. It is
 * refused if all other holders wait for more too, because then none would ever release anything. Thread-safe.
 */
public final class BoundedMemory {
    /** How often a waiting thread checks whether its result is still wanted. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long a thread may wait. */
    public interface Patience {
        /**
         * How much longer the caller may wait.
         *
         * @throws RuntimeException if no time is left, or the result is no longer wanted
         */
        long leftNanos();

        /** The exception if waiting ends for another reason; {@code why} is a clause. */
        RuntimeException refusal(String why);
    }

    private static final class Waiter {
        private final long bytes;
        private final boolean holds;
        private final Condition changed;
        private boolean granted;
        private boolean refused;

        Waiter(long bytes, boolean holds, Condition changed) {
            this.bytes = bytes;
            this.holds = holds;
            this.changed = changed;
        }
    }

    private final long capacity;
    private final PixelMemory.Meter meter;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiter> queue = new ArrayDeque<>();
    private long free;
    /** Number of threads that hold bytes. */
    private int holders;
    /** Holders that wait for more, at the head of the queue. */
    private int growing;

    /**
     * @param bytes that all threads together may hold, at least 1
     * @param meter counts the bytes, and may refuse them
     */
    public BoundedMemory(long bytes, PixelMemory.Meter meter) {
        this.capacity = Math.max(1, bytes);
        this.free = capacity;
        this.meter = meter;
    }

    public long capacity() {
        return capacity;
    }

    /** Bytes that are held. */
    public long held() {
        lock.lock();
        try {
            return capacity - free;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until this many bytes are free, and holds them until they are {@link #release}d.
     *
     * @param bytes at most {@link #capacity}
     * @param held bytes of this limit that the caller already holds
     */
    public void acquire(long bytes, long held, Patience patience) {
        if (bytes == 0) {
            return;
        }
        lock.lock();
        try {
            Waiter waiter = new Waiter(bytes, held > 0, lock.newCondition());
            if (waiter.holds) {
                queue.addFirst(waiter);
                growing++;
            } else {
                queue.addLast(waiter);
            }
            settle();
            await(waiter, patience);
        } finally {
            lock.unlock();
        }
        try {
            meter.hold(bytes);
        } catch (Throwable t) {
            giveBack(bytes, held == 0);
            throw t;
        }
    }

    /** @param left bytes of this limit that the caller still holds */
    public void release(long bytes, long left) {
        if (bytes > 0) {
            meter.release(bytes);
            giveBack(bytes, left == 0);
        }
    }

    private void giveBack(long bytes, boolean all) {
        lock.lock();
        try {
            free += bytes;
            holders -= all ? 1 : 0;
            settle();
        } finally {
            lock.unlock();
        }
    }

    private void await(Waiter waiter, Patience patience) {
        try {
            while (!waiter.granted && !waiter.refused) {
                waiter.changed.awaitNanos(Math.min(LOOK_NANOS, patience.leftNanos()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (!waiter.granted) {
                throw patience.refusal("its thread was interrupted, because the node stops");
            }
        } finally {
            if (!waiter.granted && !waiter.refused) {
                leave(waiter);
                settle(); // serves those behind it
            }
        }
        if (waiter.refused) {
            throw patience.refusal("all that hold memory wait for more of it");
        }
    }

    private void leave(Waiter waiter) {
        queue.remove(waiter);
        growing -= waiter.holds ? 1 : 0;
    }

    /** Serves the queue as far as there is room. If all holders wait for more, refuses one of them. */
    private void settle() {
        while (!queue.isEmpty() && queue.peek().bytes <= free) {
            Waiter next = queue.peek();
            leave(next);
            free -= next.bytes;
            holders += next.holds ? 0 : 1;
            next.granted = true;
            next.changed.signal();
        }
        if (growing > 0 && growing == holders) {
            Waiter last = queue.peek();
            leave(last);
            last.refused = true;
            last.changed.signal();
        }
    }
}
