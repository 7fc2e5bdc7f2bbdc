package io.lookalike.model;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Lets one thread stop the work of another thread with models.
 *
 * <p>A run stops between two nodes of its graph, also inside of a loop. A single node, and the loading of a model,
 * cannot be stopped; waiting for a load by another thread can. Work that begins after the stop fails at once. For one
 * working thread; any thread may call {@link #now}. Thread-safe.
 */
public final class Stop {
    private boolean stopped;
    private Runnable stopper;

    /** Stops the current work, and all later work; does not wait. */
    public synchronized void now() {
        stopped = true;
        if (stopper != null) {
            stopper.run();
        }
    }

    synchronized boolean isNow() {
        return stopped;
    }

    /**
     * Begins work that can be stopped; {@link #end} must follow.
     *
     * @param how stops the work; must be quick and throw nothing
     * @throws StoppedException if it was stopped before
     */
    synchronized void begin(Runnable how) {
        if (stopped) {
            throw new StoppedException();
        }
        stopper = how;
    }

    /**
     * Waits for the work of another thread.
     *
     * @throws StoppedException if it was stopped
     * @throws ExecutionException if that work failed
     */
    <T> T await(CompletableFuture<T> others) throws ExecutionException, InterruptedException {
        if (others.state() == Future.State.SUCCESS) {
            return others.resultNow();
        }
        CompletableFuture<T> own = others.copy();
        begin(() -> own.completeExceptionally(new StoppedException()));
        try {
            return own.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoppedException) {
                throw new StoppedException();
            }
            throw e;
        } finally {
            end();
        }
    }

    synchronized void end() {
        stopper = null;
    }
}
