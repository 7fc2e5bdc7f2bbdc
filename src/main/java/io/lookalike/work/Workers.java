package io.lookalike.work;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Runs numbered tasks on the calling thread and on as many others as come free.
 *
 * <p>The caller works too and waits only for helpers that have begun, never for one that still waits for a thread: so
 * it may itself run on a thread of the executor, even on the only one.
 *
 * @param executor gives the other threads; one that refuses costs time alone
 * @param threads how many work at once at most, the caller's included
 */
public record Workers(Executor executor, int threads) {
    /** The calling thread alone. */
    public static Workers alone() {
        return new Workers(task -> {}, 1);
    }

    /** Hears of the progress, on the calling thread; what it throws ends the work and reaches the caller. */
    @FunctionalInterface
    public interface Progress {
        void at(long done, long of);
    }

    /**
     * Runs {@code task} for 0 .. tasks - 1, in about this order, and returns when all are done.
     *
     * @param between called on the calling thread between its tasks, with the number of tasks begun; what it throws
     *     ends the work
     */
    public void run(int tasks, IntConsumer task, IntConsumer between) {
        Run run = new Run(tasks, task);
        for (int helper = 1; helper < Math.min(threads, tasks); helper++) {
            try {
                executor.execute(run);
            } catch (RejectedExecutionException e) {
                break;
            }
        }
        run.workAsCaller(between);
    }

    private static final class Run implements Runnable {
        private final int tasks;
        private final IntConsumer task;
        private final AtomicInteger next = new AtomicInteger();
        private int helping;
        private boolean closed;
        private Throwable failure;

        Run(int tasks, IntConsumer task) {
            this.tasks = tasks;
            this.task = task;
        }

        @Override
        public void run() {
            synchronized (this) {
                if (closed) {
                    return;
                }
                helping++;
            }
            try {
                work(begun -> {});
            } catch (RuntimeException | Error e) {
                fail(e);
            } finally {
                synchronized (this) {
                    helping--;
                    notifyAll();
                }
            }
        }

        void workAsCaller(IntConsumer between) {
            try {
                work(between);
            } catch (RuntimeException | Error e) {
                fail(e);
            }
            join();
        }

        private void work(IntConsumer between) {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                between.accept(i);
                task.accept(i);
            }
        }

        private synchronized void fail(Throwable thrown) {
            // far from overflowing: each thread adds one more at most
            next.set(tasks);
            if (failure == null) {
                failure = thrown;
            }
        }

        private synchronized void join() {
            closed = true;
            boolean interrupted = false;
            while (helping > 0) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }
}
