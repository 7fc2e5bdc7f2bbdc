package io.lookalike.task;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;

/** The task of long work: says how far it is, and can be cancelled. Thread-safe. */
public class LongTask extends CancellableTask {
    /** The phase in which requests are checked. */
    public static final String START = "start";

    /** The figure that says what is done within a phase. */
    public static final String STEP = "step";

    private final Map<String, Object> figures = new TreeMap<>();
    private String phase = START;
    private long done;
    private long of;

    LongTask(long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    /**
     * Notes what is worked on.
     *
     * @param nextOf what {@code nextDone} counts towards; 0 where nobody knows
     * @throws org.elasticsearch.tasks.TaskCancelledException when the task was cancelled
     */
    public void at(String nextPhase, long nextDone, long nextOf) {
        ensureNotCancelled();
        synchronized (figures) {
            if (!phase.equals(nextPhase)) {
                figures.remove(STEP);
            }
            phase = nextPhase;
            done = nextDone;
            of = nextOf;
        }
    }

    /** Notes a figure that is shown beside the phase, a number or a string. */
    public void figure(String name, Object value) {
        synchronized (figures) {
            figures.put(name, value);
        }
    }

    /** What to fail with: the cancellation where there was one, whatever it made of the work. */
    public Exception failure(Exception e) {
        return isCancelled() ? getTaskCancelledException() : e;
    }

    /**
     * Whoever waits for the task: told once, in the thread context of the caller, and of the cancellation where there
     * was one.
     *
     * @param explain what a failure is told as
     */
    public <T> ActionListener<T> outcome(
            ThreadContext context, ActionListener<T> listener, UnaryOperator<Exception> explain) {
        ActionListener<T> explained = AsyncSteps.after(
                listener,
                ActionListener::onResponse,
                (next, e) -> next.onFailure(failure(isCancelled() ? e : explain.apply(e))));
        return ContextPreservingActionListener.wrapPreservingContext(ActionListener.notifyOnce(explained), context);
    }

    @Override
    public Task.Status getStatus() {
        synchronized (figures) {
            return new LongTaskStatus(phase, done, of, Map.copyOf(figures));
        }
    }
}
