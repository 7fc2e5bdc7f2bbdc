package io.lookalike.learning;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Some threads that share the work of a learner: the caller's, and others that wait for its next job until this is
 * closed.
 *
 * <p>Threads take tasks off a common list. Where the executor is busy or refuses, the caller does all of it. One job at
 * a time.
 */
public final class Workers implements AutoCloseable {
    /** One of the tasks of a job. */
    @FunctionalInterface
    interface Task {
        /**
         * Does it, in much less than half a second.
         *
         * @param task which
         * @param worker which thread, below {@link #threads()}; never two at once with the same number
         */
        void run(int task, int worker);
    }

    private static final class Job {
        final int tasks;
        final Task task;
        int next;
        int busy;
        Throwable failure;

        Job(int tasks, Task task) {
            this.tasks = tasks;
            this.task = task;
        }
    }

    private final int threads;
    private Job job;
    private boolean closed;

    /**
     * Starts the others.
     *
     * @param threads that work at once, the caller's among them
     * @param executor what runs the others; each keeps its thread until this is closed
     */
    public Workers(int threads, Executor executor) {
        if (threads < 1) {
            throw new IllegalArgumentException("[threads] must be at least [1]; got [" + threads + "]");
        }
        this.threads = threads;
        for (int i = 1; i < threads; i++) {
            int worker = i;
            try {
                executor.execute(() -> help(worker));
            } catch (RejectedExecutionException e) {
                // what runs already is enough
                break;
            }
        }
    }

    /** The caller's thread alone. */
    public static Workers alone() {
        return new Workers(1, Runnable::run);
    }

    int threads() {
        return threads;
    }

    /**
     * Runs the tasks of a job and waits for the last.
     *
     * @param between runs before each task of this thread, and stops the job by throwing
     * @throws RuntimeException what {@code between} or a task threw, or Error
     */
    void each(int tasks, Runnable between, Task task) {
        Job mine = new Job(tasks, task);
        synchronized (this) {
            job = mine;
            notifyAll();
        }
        try {
            between.run();
            for (int i = take(mine); i >= 0; i = take(mine)) {
                task.run(i, 0);
                between.run();
            }
        } finally {
            finish(mine);
        }
        if (mine.failure instanceof Error error) {
            throw error;
        }
        if (mine.failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** The next task of a job; below 0: none is left. */
    private synchronized int take(Job of) {
        return of.next < of.tasks ? of.next++ : -1;
    }

    private synchronized void finish(Job mine) {
        mine.next = mine.tasks;
        job = null;
        boolean interrupted = false;
        while (mine.busy > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void help(int worker) {
        for (Job next = await(); next != null; next = await()) {
            Throwable failure = null;
            try {
                for (int i = take(next); i >= 0; i = take(next)) {
                    next.task.run(i, worker);
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            leave(next, failure);
        }
    }

    /** Joins the next job that has tasks left; null: there will be none. */
    private synchronized Job await() {
        while (!closed && (job == null || job.next >= job.tasks)) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
        if (closed) {
            return null;
        }
        job.busy++;
        return job;
    }

    private synchronized void leave(Job left, Throwable failure) {
        if (failure != null) {
            left.failure = failure;
            left.next = left.tasks;
        }
        left.busy--;
        notifyAll();
    }

    /** Lets the others go. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
