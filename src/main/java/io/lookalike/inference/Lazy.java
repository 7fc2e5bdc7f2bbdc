package io.lookalike.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestStatus;

/**
 * A value that is made once, at its first use; a failure is remembered for a while.
 *
 * <p>Otherwise each document of a bulk would read and hash the files of a missing or broken model again. A failure
 * because of a time limit is remembered longer each time. Callers that come while the value is made get it with the
 * first; no lock is held meanwhile. Later calls cost a volatile read. Thread-safe.
 */
final class Lazy<T> {
    /** How long a failure is remembered before the next call tries again. */
    static final long RETRY_NANOS = GuardedNetwork.FIRST_NANOS;

    /** How many callers may wait for the value. */
    static final int MAX_WAITING = 20_000;

    private static final Logger LOGGER = LogManager.getLogger(Lazy.class);

    private final String what;
    private final Consumer<ActionListener<T>> maker;
    private final LongSupplier nanoTime;
    private volatile T value;
    /** Guarded by this, as are the fields below. Null while the value is not being made. */
    private List<ActionListener<T>> waiting;

    private Exception failure;
    private long failedAt;
    /** Failures because of a time limit since the last success. */
    private int times;

    /**
     * @param what how messages name the value
     * @param maker calls its listener on any thread, within a bounded time, or throws
     */
    Lazy(String what, Consumer<ActionListener<T>> maker, LongSupplier nanoTime) {
        this.what = what;
        this.maker = maker;
        this.nanoTime = nanoTime;
    }

    /** A value that the first caller makes on its own thread. */
    static <T> Lazy<T> of(String what, Supplier<T> maker, LongSupplier nanoTime) {
        return new Lazy<>(what, listener -> listener.onResponse(maker.get()), nanoTime);
    }

    /** The value, or null while it is not made. */
    T peek() {
        return value;
    }

    /** Why the last try failed, if it took too long; else null. */
    synchronized String unavailable() {
        return failure != null && isTooLong(failure) ? failure.getMessage() : null;
    }

    /** Waits for the value, up to a limit. Throws the failures of {@link #get(ActionListener)}. */
    T get(long mostNanos) {
        T made = value;
        return made != null ? made : await(what, mostNanos, this::get);
    }

    /**
     * Passes the value to the listener, on this thread if it exists. Fails with an {@link IllegalArgumentException}
     * when the value cannot be made, or could not a short time ago; a 503 or 429 keeps its status. Waiting listeners
     * are called in any context, and must be quick.
     */
    void get(ActionListener<T> listener) {
        T made;
        Exception known = null;
        boolean make = false;
        synchronized (this) {
            made = value;
            if (made == null && waiting != null) {
                if (waiting.size() < MAX_WAITING) {
                    waiting.add(listener);
                    return;
                }
                known = new EsRejectedExecutionException(
                        what + " is being loaded and [" + MAX_WAITING + "] wait for it; send it again later");
            } else if (made == null && failure != null && nanoTime.getAsLong() - failedAt < standsNanos()) {
                known = failure;
            } else if (made == null) {
                waiting = new ArrayList<>(List.of(listener));
                make = true;
            }
        }
        if (make) {
            make();
        } else if (made != null) {
            listener.onResponse(made);
        } else {
            listener.onFailure(fresh(known));
        }
    }

    private void make() {
        ActionListener<T> once = ActionListener.notifyOnce(new ActionListener<>() {
            @Override
            public void onResponse(T made) {
                tell(made, null);
            }

            @Override
            public void onFailure(Exception e) {
                tell(null, e);
            }
        });
        try {
            maker.accept(once);
        } catch (Throwable t) { // natives and class loading throw errors
            once.onFailure(Failures.tame(what, t));
        }
    }

    private void tell(T made, Exception e) {
        List<ActionListener<T>> told;
        synchronized (this) {
            told = waiting;
            waiting = null;
            value = made;
            failure = e instanceof CircuitBreakingException ? null : e; // there may be enough memory next time
            failedAt = nanoTime.getAsLong();
            times = e != null && isTooLong(e) ? times + 1 : 0;
        }
        for (ActionListener<T> each : told) {
            try {
                if (e == null) {
                    each.onResponse(made);
                } else {
                    each.onFailure(fresh(e));
                }
            } catch (Throwable t) { // the others must still be told
                LOGGER.warn("one who waited for {} could not be told", what, Failures.tame(what, t));
            }
        }
    }

    private long standsNanos() {
        return GuardedNetwork.growing(Math.max(1, times));
    }

    /** Whether each further try costs much time. A missing model is cheap to look for, and may be added soon. */
    private static boolean isTooLong(Exception e) {
        return status(e) == RestStatus.SERVICE_UNAVAILABLE && !(e instanceof NodeLacksModelException);
    }

    private static RestStatus status(Exception e) {
        return ExceptionsHelper.status(e);
    }

    /** A new one for each caller: who catches an exception may add to it. */
    private static RuntimeException fresh(Exception e) {
        if (e instanceof CircuitBreakingException full) {
            return new CircuitBreakingException(
                    full.getMessage(), full.getBytesWanted(), full.getByteLimit(), full.getDurability());
        }
        RestStatus status = status(e);
        return status == RestStatus.SERVICE_UNAVAILABLE || status == RestStatus.TOO_MANY_REQUESTS
                ? new ElasticsearchStatusException(e.getMessage(), status, e)
                : new IllegalArgumentException(e.getMessage(), e);
    }

    /** Waits for the result of an asynchronous call; fails with a 503 after a time limit or an interrupt. */
    static <T> T await(String what, long mostNanos, Consumer<ActionListener<T>> call) {
        CompletableFuture<T> future = new CompletableFuture<>();
        call.accept(ActionListener.wrap(future::complete, future::completeExceptionally));
        try {
            return future.get(mostNanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalArgumentException(e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new ElasticsearchStatusException(
                    "{} is not loaded after [{}]; send it again later",
                    RestStatus.SERVICE_UNAVAILABLE,
                    e,
                    what,
                    TimeValue.timeValueNanos(mostNanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ElasticsearchStatusException(
                    "{} is not loaded, and the thread that waited for it was interrupted",
                    RestStatus.SERVICE_UNAVAILABLE,
                    e,
                    what);
        }
    }
}
