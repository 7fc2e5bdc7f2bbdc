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
 * The steps of long work, one after the other, on whatever threads: the one way in which this package goes on elsewhere
 * or later.
 *
 * <p>Whatever a step throws, an {@link Error} too, or a pool that refuses it, fails the listener of the step;
 * Elasticsearch's own combinators let an Error through, which would stop the node, and a plain {@link Runnable} that
 * throws tells nobody, so that the turn and the memory of its task would be lost. A listener is told once, by whoever
 * comes first. Costs an object a step.
 *
 * @param <T> what the last step made
 */
public final class AsyncSteps<T> {
    private static final Logger LOGGER = LogManager.getLogger(AsyncSteps.class);
    private static final String WHAT = "a long task";

    private final SubscribableListener<T> done;

    private AsyncSteps(SubscribableListener<T> done) {
        this.done = done;
    }

    /** A step that tells its listener now or later, on this thread or another, or throws. */
    @FunctionalInterface
    public interface Step<T, R> {
        void take(ActionListener<R> next, T made) throws Exception;
    }

    /** Begins at once, on the calling thread. */
    public static <T> AsyncSteps<T> first(CheckedConsumer<ActionListener<T>, Exception> step) {
        SubscribableListener<T> done = new SubscribableListener<>();
        guard(done, step);
        return new AsyncSteps<>(done);
    }

    /** Another step, with what the one before made, on the thread that completed it; none after a failure. */
    public <R> AsyncSteps<R> then(Step<T, R> step) {
        SubscribableListener<R> next = new SubscribableListener<>();
        done.addListener(after(next, step));
        return new AsyncSteps<>(next);
    }

    /** Tells a listener what came of the last step. */
    public void to(ActionListener<T> listener) {
        done.addListener(listener);
    }

    /** A listener that takes a step with what it is told; failures pass by. */
    public static <T, R> ActionListener<T> after(ActionListener<R> listener, Step<T, R> step) {
        return after(listener, step, ActionListener::onFailure);
    }

    /** A listener that takes one step with what it is told, another with a failure. */
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

    /** A listener that tells another what a function makes of what it is told. */
    public static <T, R> ActionListener<T> map(ActionListener<R> listener, CheckedFunction<T, R, Exception> function) {
        return after(listener, (next, made) -> next.onResponse(function.apply(made)));
    }

    /**
     * Takes a step on a thread of an executor, in the caller's thread context; a refusal fails the listener on the
     * calling thread.
     */
    public static <R> void run(
            Executor executor, ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> step) {
        guard(listener, next -> executor.execute(runnable(next, step)));
    }

    /** The step as what an executor runs, for one that is to run it later. */
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

            // Of a task that was accepted there is one at a time, and a full queue must not end hours of work.
            @Override
            public boolean isForceExecution() {
                return true;
            }
        };
    }

    /** Takes a step that holds something, which is given back, once, before the listener is told; whatever happens. */
    public static <R> void holding(
            Releasable held, ActionListener<R> listener, CheckedConsumer<ActionListener<R>, Exception> step) {
        guard(ActionListener.releaseBefore(held, listener), step);
    }

    /**
     * Runs what tells a listener. What it throws is told to the listener as well, or, where something was told before,
     * to the log: somebody behind that listener may never have been told.
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
