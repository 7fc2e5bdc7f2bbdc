package io.lookalike.encoder;

import io.lookalike.model.ModelBusyException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;

/**
 * A value that is made when it is first asked for, once; a failure to make it is told again for a while.
 *
 * <p>Where a model is missing or broken on a node, each document of a bulk would otherwise read and digest its files again.
 * Callers wait for the one that makes the value; afterwards a call costs a volatile read. Thread-safe.
 */
final class Lazy<T> {
    /** How long a failure stands before the next call tries again. */
    static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String what;
    private final Supplier<T> maker;
    private final LongSupplier nanoTime;
    private volatile T value;
    private Exception failure;
    private long failedAt;

    /** @param what how messages name the value where an error keeps it from being made */
    Lazy(String what, Supplier<T> maker, LongSupplier nanoTime) {
        this.what = what;
        this.maker = maker;
        this.nanoTime = nanoTime;
    }

    /** The value, or null while nobody has asked for it with success. */
    T peek() {
        return value;
    }

    /** @throws IllegalArgumentException when it cannot be made, or could not a short time ago */
    T get() {
        T made = value;
        return made != null ? made : make();
    }

    private synchronized T make() {
        if (value != null) {
            return value;
        }
        if (failure == null || nanoTime.getAsLong() - failedAt >= RETRY_NANOS) {
            try {
                value = maker.get();
                failure = null;
                return value;
            } catch (CircuitBreakingException e) { // there may be room for the next
                throw e;
            } catch (ModelBusyException e) {
                throw (EsRejectedExecutionException) Failures.tame(what, e);
            } catch (Throwable t) { // natives and class loading throw errors
                failure = Failures.tame(what, t);
                failedAt = nanoTime.getAsLong();
            }
        }
        // a new one for each caller: who catches an exception may add to it
        throw new IllegalArgumentException(failure.getMessage(), failure);
    }
}
