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
 * Ends work with models that takes too long, and tells who waits for it even where it does not end.
 *
 * <p>At its limit work is told to stop. Where it still goes on a short time later, its listener is told, and its thread
 * is given up for lost until the work ends after all. {@link #sweep} looks at all that runs; so limits are kept as
 * exactly as it is called. A run costs an entry in a set. Thread-safe.
 */
final class Watch {
    /** How long work that was told to stop may take for it: a graph stops between two of its nodes. */
    static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger LOGGER = LogManager.getLogger(Watch.class);

    private final LongSupplier nanoTime;
    private final Set<Run<?>> runs = ConcurrentHashMap.newKeySet();
    private final LongAdder timedOut = new LongAdder();
    private volatile boolean closed;

    Watch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whose threads work is done on. */
    interface Host {
        /** Work does not end, so its thread may never come back; called before the work's listener is told. */
        void lost();

        /** Such work has ended after all. */
        void found();
    }

    /** Work took longer than its limit. Never leaves this room: others are told in words of who ran it. */
    static final class RanTooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RanTooLong() {
            super("it ran too long", null, false, false);
        }
    }

    /**
     * Works on the caller's thread, and returns when the work has ended.
     *
     * @param what how messages name what is worked on where an error ends it
     * @param listener is told once, on this thread; or on that of {@link #sweep} where the work does not end. A
     *     {@link RanTooLong} says that it was over its limit
     */
    <T> void run(String what, long limitNanos, Host host, Function<Stop, T> work, ActionListener<T> listener) {
        new Run<>(what, limitNanos, host, listener).go(work);
    }

    /** Looks for work that is over its limit; to be called from time to time. */
    void sweep() {
        long now = nanoTime.getAsLong();
        runs.forEach(run -> {
            try {
                run.look(now);
            } catch (Throwable t) { // must not keep others from being looked at
                LOGGER.warn("work that ran too long could not be ended", Failures.tame("a run", t));
            }
        });
    }

    /** Ends all that runs and that comes later; for a node that stops. */
    void close() {
        closed = true;
        runs.forEach(run -> run.stop.now());
    }

    /** How many runs were over their limit. */
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
        /** These are guarded by this. */
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
            } catch (Throwable t) { // nothing of a native library may leave as an Error
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
