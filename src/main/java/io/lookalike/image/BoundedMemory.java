package io.lookalike.image;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bound on the bytes that threads hold at once. A thread that asks for more than are free waits in line: first come,
 * first served, for as long as its {@link Patience} lasts.
 *
 * <p>Deadlocks: a thread that holds bytes of one bound may wait for another bound only if no holder of that other one
 * ever waits for the first. Within one bound a holder that asks for more goes before those who hold nothing, and is
 * refused where all other holders wait for more too, because then nobody would ever give any back. Thread-safe.
 */
public final class BoundedMemory {
    /** How often a waiting thread asks whether anybody still wants what it works on. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long one may wait. */
    public interface Patience {
        /** Waits as long as it takes. */
        Patience ENDLESS = new Patience() {
            @Override
            public long leftNanos() {
                return Long.MAX_VALUE;
            }

            @Override
            public RuntimeException refusal(String why) {
                return new IllegalStateException(why);
            }
        };

        /**
         * How much longer the caller may wait.
         *
         * @throws RuntimeException what to fail with where there is no time left, or nobody wants the result any more
         */
        long leftNanos();

        /** What to fail with where waiting ends for another reason; {@code why} is a clause. */
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
    private final Deque<Waiter> line = new ArrayDeque<>();
    private long free;
    /** How many hold bytes. */
    private int holders;
    /** How many of those wait for more, at the head of the line. */
    private int growing;

    /**
     * @param bytes what all together may hold, at least 1
     * @param meter is told of what is held, and may refuse it
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
     * @param held what the caller holds of this bound already
     */
    public void acquire(long bytes, long held, Patience patience) {
        if (bytes == 0) {
            return;
        }
        lock.lock();
        try {
            Waiter waiter = new Waiter(bytes, held > 0, lock.newCondition());
            if (waiter.holds) {
                line.addFirst(waiter);
                growing++;
            } else {
                line.addLast(waiter);
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

    /** @param left what the caller still holds of this bound */
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
                settle(); // those who stood behind it
            }
        }
        if (waiter.refused) {
            throw patience.refusal("all that hold memory wait for more of it");
        }
    }

    private void leave(Waiter waiter) {
        line.remove(waiter);
        growing -= waiter.holds ? 1 : 0;
    }

    /**
     * Serves the line as far as there is room; where only holders are left to wait for each other, one of them is
     * refused.
     */
    private void settle() {
        while (!line.isEmpty() && line.peek().bytes <= free) {
            Waiter next = line.peek();
            leave(next);
            free -= next.bytes;
            holders += next.holds ? 0 : 1;
            next.granted = true;
            next.changed.signal();
        }
        if (growing > 0 && growing == holders) {
            Waiter last = line.peek();
            leave(last);
            last.refused = true;
            last.changed.signal();
        }
    }
}
