package io.lookalike.encoder;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.elasticsearch.action.ActionListener;

/** Gathers answers that come in any order, on any thread, into a list; the first failure is that of all. Thread-safe. */
public final class InOrder<T> {
    private final AtomicReferenceArray<T> answers;
    private final AtomicInteger missing;
    private final ActionListener<List<T>> listener;

    /** @param count how many answers there will be, at least 1 */
    public InOrder(int count, ActionListener<List<T>> listener) {
        this.answers = new AtomicReferenceArray<>(count);
        this.missing = new AtomicInteger(count);
        this.listener = ActionListener.notifyOnce(listener);
    }

    /** Takes the answer at a position, once. */
    public ActionListener<T> at(int position) {
        return listener.delegateFailure((all, answer) -> {
            answers.set(position, answer);
            if (missing.decrementAndGet() == 0) {
                all.onResponse(IntStream.range(0, answers.length())
                        .mapToObj(answers::get)
                        .toList());
            }
        });
    }
}
