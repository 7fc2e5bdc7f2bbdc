package io.lookalike.search.frame;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.util.IOUtils;

/**
 * Pieces of one search that the calling thread and its helpers take one by one.
 *
 * <p>The caller takes pieces like the others, and when none is left it waits for no helper that has not begun. One that
 * has begun has at most one piece to finish: the caller waits about as long as one of its own pieces took, then gives
 * the helper up and does all of that helper's pieces again. So a helper that gets no processor costs little more time
 * than its pieces do. To be run once.
 *
 * @param <T> a piece
 * @param <W> does pieces, on one thread
 */
final class SharedWork<T, W extends Slicing.Worker<T>> {
    /** A helper that is running needs about as long to wake the caller. */
    private static final long LEAST_PATIENCE_NANOS = 100_000;

    private final List<T> pieces;
    private final Slicing.Workers<W> workers;
    private final Helpers helpers;
    private final boolean mayGiveUp;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    /** The longest time of a piece on the calling thread. */
    private long longestNanos;

    /** @param mayGiveUp whether a helper may still be at a piece when the search has ended */
    SharedWork(List<T> pieces, Slicing.Workers<W> workers, Helpers helpers, boolean mayGiveUp) {
        this.pieces = pieces;
        this.workers = workers;
        this.helpers = helpers;
        this.mayGiveUp = mayGiveUp;
    }

    /** One thread's part in the work. */
    private final class Part {
        final List<Integer> taken = new ArrayList<>();
        W worker;

        void run(boolean timed) throws IOException {
            worker = workers.make();
            for (int at = next.getAndIncrement(); at < pieces.size(); at = next.getAndIncrement()) {
                taken.add(at);
                long start = timed ? System.nanoTime() : 0;
                worker.work(pieces.get(at));
                if (timed) {
                    longestNanos = Math.max(longestNanos, System.nanoTime() - start);
                }
            }
        }
    }

    private final class Helper implements Runnable {
        private final Part part = new Part();
        private final AtomicBoolean begun = new AtomicBoolean();
        private final CountDownLatch done = new CountDownLatch(1);

        @Override
        public void run() {
            if (!begun.compareAndSet(false, true)) {
                return;
            }
            try {
                part.run(false);
            } catch (Throwable e) {
                failed(e);
            } finally {
                done.countDown();
            }
        }

        /** Whether it did its part; if not, it never begins, or what it does is lost. */
        boolean did() {
            return !begun.compareAndSet(false, true) && (mayGiveUp ? inTime() : atLast());
        }

        private boolean inTime() {
            try {
                return done.await(Math.max(LEAST_PATIENCE_NANOS, longestNanos), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private boolean atLast() {
            boolean interrupted = false;
            while (true) {
                try {
                    done.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return true;
        }
    }

    /** Notes why the work fails, then ends it on all threads. */
    private void failed(Throwable e) {
        failure.compareAndSet(null, e);
        next.set(pieces.size());
    }

    /**
     * Does all pieces.
     *
     * @param most how many helpers to ask for
     * @return the workers that have done them, each piece once
     * @throws IOException what a worker threw on any thread; other exceptions and Errors are thrown too
     */
    List<W> run(int most) throws IOException {
        List<Helper> asked = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            Helper helper = new Helper();
            asked.add(helper);
            helpers.ask(helper);
        }
        Part own = new Part();
        boolean done = false;
        List<Part> parts = new ArrayList<>(List.of(own));
        try {
            own.run(true);
            done = true;
        } finally {
            if (!done) {
                next.set(pieces.size());
            }
            for (Helper helper : asked) {
                if (helper.did()) {
                    parts.add(helper.part);
                }
            }
        }
        if (failure.get() != null) {
            throw IOUtils.rethrowAlways(failure.get());
        }
        List<W> all = new ArrayList<>();
        BitSet missing = new BitSet(pieces.size());
        missing.set(0, pieces.size());
        for (Part part : parts) {
            all.add(part.worker);
            part.taken.forEach(missing::clear);
        }
        if (most > 0) {
            helpers.helped(missing.isEmpty() && own.taken.size() < pieces.size());
        }
        if (!missing.isEmpty()) {
            W again = workers.make();
            all.add(again);
            for (int at = missing.nextSetBit(0); at >= 0; at = missing.nextSetBit(at + 1)) {
                again.work(pieces.get(at));
            }
        }
        return all;
    }
}
