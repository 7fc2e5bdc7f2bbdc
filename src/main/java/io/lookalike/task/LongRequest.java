package io.lookalike.task;

import io.lookalike.encoder.Values;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.tasks.TaskId;

/**
 * A request whose work may take minutes, and whose answer may be kept in the task's document for whoever asks later.
 *
 * <p>Whoever does not wait for the answer still waits for {@link #accepted}, so that what is wrong with the request is
 * told at once.
 */
public abstract class LongRequest extends ActionRequest {
    private final SubscribableListener<Void> accepted = new SubscribableListener<>();
    private static final int MAX_NAME = 512;

    private boolean stored;

    /**
     * Has the answer kept in the task's document.
     *
     * @throws IllegalArgumentException where the answer would show what not all may read who read tasks
     */
    public final void storeResult() {
        requireStorable();
        stored = true;
    }

    /** Refuses what would put documents into the task's document, which others than the one who asks may read. */
    public void requireStorable() {}

    /**
     * A name of a request, which messages show: no index and no encoder has a longer one, and no field that is in use.
     *
     * @param key what messages call it
     * @param name null where none is given
     */
    public static String name(String key, String name) {
        if (name != null && name.length() > MAX_NAME) {
            throw new IllegalArgumentException("[" + key + "] must be a name of at most [" + MAX_NAME
                    + "] letters; got [" + Values.cut(name) + "]");
        }
        return name;
    }

    @Override
    public final boolean getShouldStoreResult() {
        return stored;
    }

    /** To be told when nothing is left that would refuse the request at once. */
    public final void accept() {
        accepted.onResponse(null);
    }

    /** Tells a listener once the request is accepted. */
    public final void whenAccepted(ActionListener<Void> listener) {
        accepted.addListener(listener);
    }

    @Override
    public ActionRequestValidationException validate() {
        return null;
    }

    /** What {@code GET _tasks} says beside the action's name; neither pictures nor vectors. */
    @Override
    public abstract String getDescription();

    @Override
    public final LongTask createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new LongTask(id, type, action, getDescription(), parent, headers);
    }
}
