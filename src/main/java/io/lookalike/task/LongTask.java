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

/** The task of a long request: shows its progress and can be cancelled. Thread-safe. */
public class LongTask extends CancellableTask {
    /** The phase in which requests are checked. */
    public static final String START = "start";

    /** The figure that names the step within a phase. */
    public static final String STEP = "step";

    private final Map<String, Object> figures = new TreeMap<>();
    private String phase = START;
    private long done;
    private long of;

    LongTask(long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    /**
     * Sets the progress.
     *
     * @param nextOf the number that {@code nextDone} counts towards; 0 if unknown
     * @throws org.elasticsearch.tasks.TaskCancelledException if the task was cancelled
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

    /** Sets a figure that is shown beside the phase: a number or a string. */
    public void figure(String name, Object value) {
        synchronized (figures) {
            figures.put(name, value);
        }
    }

    /** The failure to report: if the task was cancelled, the cancellation, as other failures follow from it. */
    public Exception failure(Exception e) {
        return isCancelled() ? getTaskCancelledException() : e;
    }

    /**
     * A listener for the end of the task. It is told once, in the thread context of the caller, and gets the
     * cancellation if there was one.
     *
     * @param explain makes the reported failure from the original one
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
