package io.lookalike.inference;

import io.lookalike.model.Stop;
import io.lookalike.model.StoppedException;
import io.lookalike.model.UnavailableException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.rest.RestStatus;

/**
 * Stops work with models at a time limit, and fails its listener even when the work does not stop.
 *
 * <p>At its limit, work is told to stop. If it still runs a short time later, its listener fails, and its thread counts
 * as lost until the work ends. {@link #sweep} checks all running work, so limits are as exact as its calls are
 * frequent. A run costs an entry in a set. Thread-safe.
 */
final class TimeLimits {
    /** Time to stop: a graph stops between two of its nodes. */
    static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger LOGGER = LogManager.getLogger(TimeLimits.class);

    private final LongSupplier nanoTime;
    private final Set<Run<?>> runs = ConcurrentHashMap.newKeySet();
    private final LongAdder timedOut = new LongAdder();
    private volatile boolean closed;

    TimeLimits(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The owner of the threads that do the work. */
    interface Host {
        /** Work does not stop, so its thread may never return; called before the listener of the work. */
        void lost();

        /** Lost work has ended after all. */
        void found();
    }

    /** Work exceeded its limit. Used only within this package; callers convert it into a message for users. */
    static final class RanTooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RanTooLong() {
            super("it ran too long", null, false, false);
        }
    }

    /**
     * Runs work on the caller's thread, and returns when the work has ended.
     *
     * @param what how messages name the work when an error ends it
     * @param listener called once, on this thread, or on the thread of {@link #sweep} when the work does not end; gets
     *     {@link RanTooLong} when the work exceeded its limit
     */
    <T> void run(String what, long limitNanos, Host host, Function<Stop, T> work, ActionListener<T> listener) {
        new Run<>(what, limitNanos, host, listener).go(work);
    }

    /** Checks for work over its limit; to be called from time to time. */
    void sweep() {
        long now = nanoTime.getAsLong();
        runs.forEach(run -> {
            try {
                run.look(now);
            } catch (Throwable t) { // the others must still be checked
                LOGGER.warn("work that ran too long could not be ended", Failures.tame("a run", t));
            }
        });
    }

    /** Stops all running and future work; for a node that stops. */
    void close() {
        closed = true;
        runs.forEach(run -> run.stop.now());
    }

    /** Number of runs over their limit. */
    long timedOut() {
        return timedOut.sum();
    }

    private final class Run<T> {
        private final Stop stop = new Stop();
        private final long since = nanoTime.getAsLong();
        private final String what;
        private final long limitNanos;
        private final Host host;
        private final ActionListener<T> listener;
        /** Guarded by this, as are the fields below. */
        private boolean late;

        private boolean lost;
        private boolean ended;

        Run(String what, long limitNanos, Host host, ActionListener<T> listener) {
            this.what = what;
            this.limitNanos = limitNanos;
            this.host = host;
            this.listener = listener;
        }

        void go(Function<Stop, T> work) {
            runs.add(this);
            if (closed) {
                stop.now();
            }
            T made = null;
            Throwable thrown = null;
            try {
                made = work.apply(stop);
            } catch (Throwable t) { // native code may throw errors, which must not escape
                thrown = t;
            }
            boolean gaveUp;
            boolean over;
            synchronized (this) {
                ended = true;
                gaveUp = lost;
                over = late;
            }
            runs.remove(this);
            if (gaveUp) {
                host.found();
            } else if (thrown == null) {
                listener.onResponse(made);
            } else if (over) {
                listener.onFailure(new RanTooLong());
            } else if (thrown instanceof UnavailableException) {
                listener.onFailure(
                        new ElasticsearchStatusException(thrown.getMessage(), RestStatus.SERVICE_UNAVAILABLE));
            } else if (thrown instanceof StoppedException) {
                listener.onFailure(
                        new EsRejectedExecutionException("the node is stopping; send it again to another one", true));
            } else {
                listener.onFailure(Failures.tame(what, thrown));
            }
        }

        void look(long now) {
            long over = now - since - limitNanos;
            boolean first;
            boolean giveUp;
            synchronized (this) {
                if (ended || lost || over <= 0) {
                    return;
                }
                first = !late;
                late = true;
                giveUp = over > GRACE_NANOS && !first;
                lost = giveUp;
            }
            if (first) {
                timedOut.increment();
                stop.now();
            }
            if (giveUp) {
                host.lost();
                listener.onFailure(new RanTooLong());
            }
        }
    }
}
