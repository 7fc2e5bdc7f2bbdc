package io.lookalike.model;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Lets one thread end what another does with models.
 *
 * <p>A run of a graph ends between two nodes, within a loop too; a single node runs to its end, and so does the loading
 * of a model, though not the wait for one that another thread loads. What begins after the stop fails at once. Serves
 * one thread that works; {@link #now} may be called from any. Thread-safe.
 */
public final class Stop {
    private boolean stopped;
    private Runnable ending;

    /** Ends what runs, and whatever else would begin; does not wait for it. */
    public synchronized void now() {
        stopped = true;
        if (ending != null) {
            ending.run();
        }
    }

    synchronized boolean isNow() {
        return stopped;
    }

    /**
     * Says how what begins now is ended; {@link #end} must follow.
     *
     * @param how quick, throws nothing
     * @throws StoppedException where nothing may begin any more
     */
    synchronized void begin(Runnable how) {
        if (stopped) {
            throw new StoppedException();
        }
        ending = how;
    }

    /**
     * Waits for what others do.
     *
     * @throws StoppedException where it was stopped
     * @throws ExecutionException with what went wrong there
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
        ending = null;
    }
}
