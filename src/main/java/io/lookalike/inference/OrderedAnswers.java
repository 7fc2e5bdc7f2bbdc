package io.lookalike.inference;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;

/**
 * Collects the answers to one request into a list, in a fixed order. Answers may come in any order, on any thread. The
 * first failure fails the whole.
 *
 * <p>Answers come in the request's context. The listener sees the response headers of all of them. Thread-safe.
 */
public final class OrderedAnswers<T> {
    private final AtomicReferenceArray<T> answers;
    private final AtomicInteger missing;
    private final ThreadContext context;
    private final Queue<Map<String, List<String>>> headers = new ConcurrentLinkedQueue<>();
    private final ActionListener<List<T>> listener;

    /** @param count how many answers there will be, at least 1 */
    public OrderedAnswers(int count, ThreadContext context, ActionListener<List<T>> listener) {
        this.answers = new AtomicReferenceArray<>(count);
        this.missing = new AtomicInteger(count);
        this.context = context;
        this.listener = ActionListener.notifyOnce(listener);
    }

    /** The listener for one position; called once. */
    public ActionListener<T> at(int position) {
        return listener.delegateFailure((all, answer) -> {
            answers.set(position, answer);
            Map<String, List<String>> brought = context.getResponseHeaders();
            if (!brought.isEmpty()) {
                headers.add(brought);
            }
            if (missing.decrementAndGet() == 0) {
                // duplicates are not added
                headers.forEach(each -> each.forEach(
                        (name, values) -> values.forEach(value -> context.addResponseHeader(name, value))));
                all.onResponse(IntStream.range(0, answers.length())
                        .mapToObj(answers::get)
                        .toList());
            }
        });
    }
}
