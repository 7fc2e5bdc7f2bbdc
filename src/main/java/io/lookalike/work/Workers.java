package io.lookalike.work;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A team of threads for one computation of many short jobs: the calling thread and helpers of an executor.
 *
 * <p>Threads take the tasks of a job from a common list. Helpers that get no thread are not waited for, so the caller
 * may itself run on a thread of the executor, even on its only one. One job at a time. Helpers keep their threads
 * between jobs, until {@link #close}: a job may be shorter than the time to start a thread.
 */
public final class Workers implements AutoCloseable {
    /** One of the tasks of a job. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does the task, in much less than half a second.
         *
         * @param task number of the task, from 0
         * @param worker number of the thread, below {@link #threads()}; no two threads have one number
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
     * Starts the helpers.
     *
     * @param threads the most that work at once, the caller's included
     * @param executor runs the helpers; one that refuses only costs time
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
                break;
            }
        }
    }

    /** The calling thread without helpers. */
    public static Workers alone() {
        return new Workers(1, Runnable::run);
    }

    /** The most threads that work at once. */
    public int threads() {
        return threads;
    }

    /**
     * Runs the tasks 0 .. tasks - 1 of a job, in about this order, and returns when all are done.
     *
     * @param between runs on the calling thread, before and after each of its tasks; what it throws ends the job
     * @throws RuntimeException what {@code between} or a task threw; an Error of a task is thrown too
     */
    public void each(int tasks, Runnable between, Task task) {
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

    /** The next task of a job; -1 if none is left. */
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

    /** Waits for a job with tasks left; null once this is closed. */
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

    /** Ends the helpers. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
