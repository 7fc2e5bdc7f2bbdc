package io.lookalike.task;

import io.lookalike.inference.Failures;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.logging.LogManager;
import org.elasticsearch.logging.Logger;

/**
 * A chain of asynchronous steps: the only way in which long tasks continue on another thread or later.
 *
 * <p>If a step throws, even an {@link Error}, or a thread pool rejects it, the step's listener fails. Elasticsearch's
 * own combinators let an Error through, which would stop the node; a plain {@link Runnable} that throws tells nobody,
 * so the task would never release its turn and its memory. Each listener is told only once. Costs one object for each
 * step.
 *
 * @param <T> result of the last step
 */
public final class AsyncSteps<T> {
    private static final Logger LOGGER = LogManager.getLogger(AsyncSteps.class);
    private static final String WHAT = "a long task";

    private final SubscribableListener<T> done;

    private AsyncSteps(SubscribableListener<T> done) {
        this.done = done;
    }

    /** A step. It tells its listener now or later, on any thread, or throws. */
    @FunctionalInterface
    public interface Step<T, R> {
        void take(ActionListener<R> next, T made) throws Exception;
    }

    /** Starts a chain; runs its first step now, on the calling thread. */
    public static <T> AsyncSteps<T> first(CheckedConsumer<ActionListener<T>, Exception> step) {
        SubscribableListener<T> done = new SubscribableListener<>();
        guard(done, step);
        return new AsyncSteps<>(done);
    }

    /**
     * Adds a step. It gets the result of the step before, on the thread that completed that; it is skipped after a
     * failure.
     */
    public <R> AsyncSteps<R> then(Step<T, R> step) {
        SubscribableListener<R> next = new SubscribableListener<>();
        done.addListener(after(next, step));
        return new AsyncSteps<>(next);
    }

    /** Tells a listener the result or the failure of the chain. */
    public void to(ActionListener<T> listener) {
        done.addListener(listener);
    }

    /** A listener that runs a step with each result, and passes failures on. */
    public static <T, R> ActionListener<T> after(ActionListener<R> listener, Step<T, R> step) {
        return after(listener, step, ActionListener::onFailure);
    }

    /** A listener that runs one step with a result, another with a failure. */
    public static <T, R> ActionListener<T> after(
            ActionListener<R> listener, Step<T, R> step, Step<Exception, R> otherwise) {
        ActionListener<R> once = ActionListener.notifyOnce(listener);
        return new ActionListener<>() {
            @Override
            public void onResponse(T made) {
                guard(once, next -> step.take(next, made));
            }

            @Override
            public void onFailure(Exception e) {
                guard(once, next -> otherwise.take(next, tame(e)));
            }
        };
    }

    /** A listener that passes on a function of the result. */
    public static <T, R> ActionListener<T> map(ActionListener<R> listener, CheckedFunction<T, R, Exception> function) {
        return after(listener, (next, made) -> next.onResponse(function.apply(made)));
    }

    /**
     * Runs a step on a thread of an executor, in the caller's thread context. If the executor rejects it, the listener
     * fails on the calling thread.
     */
    public static <R> void run(
            Executor executor, ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> step) {
        guard(listener, next -> executor.execute(runnable(next, step)));
    }

    /** The step as a runnable, for an executor that will run it later. */
    public static <R> AbstractRunnable runnable(
            ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> step) {
        ActionListener<R> once = ActionListener.notifyOnce(listener);
        return new AbstractRunnable() {
            @Override
            protected void doRun() {
                guard(once, step);
            }

            @Override
            public void onFailure(Exception e) {
                once.onFailure(tame(e));
            }

            // An accepted task has one step at a time, and a full queue must not end hours of work.
            @Override
            public boolean isForceExecution() {
                return true;
            }
        };
    }

    /** Runs a step and releases a resource, once, before the listener is told, in every case. */
    public static <R> void holding(
            Releasable held, ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> step) {
        guard(ActionListener.releaseBefore(held, listener), step);
    }

    /**
     * Runs a step. What it throws fails the listener, or is logged if the listener was told before: then some later
     * listener may never be told.
     */
    private static <R> void guard(ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> step) {
        AtomicBoolean told = new AtomicBoolean();
        ActionListener<R> once = ActionListener.notifyOnce(ActionListener.runBefore(listener, () -> told.set(true)));
        try {
            step.accept(once);
        } catch (Exception | Error e) {
            if (told.get()) {
                LOGGER.warn("what follows a step of a long task failed", tame(e));
            } else {
                once.onFailure(tame(e));
            }
        }
    }

    private static Exception tame(Throwable thrown) {
        return Failures.tame(WHAT, thrown);
    }
}
