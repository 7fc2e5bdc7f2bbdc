package io.lookalike.task;

import io.lookalike.encoder.Messages;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.tasks.TaskId;

/**
 * A request that may take minutes. Its answer can be stored in the task's document, to be read later.
 *
 * <p>A client that does not wait for the answer still waits until the request is {@link #accept accepted}, so that it
 * gets errors at once.
 */
public abstract class LongRequest extends ActionRequest {
    private final SubscribableListener<Void> accepted = new SubscribableListener<>();
    private static final int MAX_NAME = 512;

    private boolean stored;

    /**
     * Stores the answer in the task's document.
     *
     * @throws IllegalArgumentException if the answer would contain documents, because users who may read tasks may not
     *     all read those
     */
    public final void storeResult() {
        requireStorable();
        stored = true;
    }

    /** Refuses a request whose answer contains documents, because other users may read the task's document. */
    public void requireStorable() {}

    /**
     * Checks the length of a name in a request, because messages show it. Names of indices and encoders are shorter, as
     * are those of real fields.
     *
     * @param key its name in messages
     * @param name null if none is given
     */
    public static String name(String key, String name) {
        if (name != null && name.length() > MAX_NAME) {
            throw new IllegalArgumentException("[" + key + "] must be a name of at most [" + MAX_NAME
                    + "] letters; got [" + Messages.cut(name) + "]");
        }
        return name;
    }

    @Override
    public final boolean getShouldStoreResult() {
        return stored;
    }

    /** Must be called as soon as the request cannot be refused any more. */
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

    /** What {@code GET _tasks} shows beside the action's name; must contain no pictures or vectors. */
    @Override
    public abstract String getDescription();

    @Override
    public final LongTask createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new LongTask(id, type, action, getDescription(), parent, headers);
    }
}
