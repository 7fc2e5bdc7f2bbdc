package io.lookalike.image;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bound on the bytes that threads hold at once. A thread that asks for more than are free waits in line: first come, first
 * served, for as long as its {@link Patience} lasts.
 *
 * <p>Deadlocks: a thread that holds bytes of one bound may wait for another bound only if no holder of that other one ever
 * waits for the first. Within one bound a holder that asks for more goes before those who hold nothing, and is refused where
 * all other holders wait for more too, because then nobody would ever give any back. Thread-safe.
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
        private final Condition granted;
        private boolean done;

        Waiter(long bytes, Condition granted) {
            this.bytes = bytes;
            this.granted = granted;
        }
    }

    private final long capacity;
    private final PixelMemory.Meter meter;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiter> line = new ArrayDeque<>();
    private long free;
    /** How many hold bytes, and how many of those wait for more. */
    private int holders;

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
            boolean first = held > 0 || line.isEmpty();
            if (first && bytes <= free) {
                free -= bytes;
            } else {
                await(bytes, held > 0, patience);
            }
            holders += held == 0 ? 1 : 0;
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
            grant();
        } finally {
            lock.unlock();
        }
    }

    private void await(long bytes, boolean grows, Patience patience) {
        if (grows && growing + 1 == holders) {
            throw patience.refusal("all others that hold memory wait for more of it too");
        }
        Waiter waiter = new Waiter(bytes, lock.newCondition());
        if (grows) {
            line.addFirst(waiter);
            growing++;
        } else {
            line.addLast(waiter);
        }
        try {
            while (!waiter.done) {
                waiter.granted.awaitNanos(Math.min(LOOK_NANOS, patience.leftNanos()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (!waiter.done) {
                throw patience.refusal("its thread was interrupted, because the node stops");
            }
        } finally {
            growing -= grows ? 1 : 0;
            if (!waiter.done) {
                line.remove(waiter);
                grant(); // to whom it stood before
            }
        }
    }

    private void grant() {
        while (!line.isEmpty() && line.peek().bytes <= free) {
            Waiter next = line.remove();
            free -= next.bytes;
            next.done = true;
            next.granted.signal();
        }
    }
}
