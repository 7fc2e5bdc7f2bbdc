package io.lookalike.inference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.ThreadedActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;

/**
 * Queues work for documents and queries; then it waits until its encoder has started.
 *
 * <p>Documents and queries have a {@link BoundedQueue} and a pool each, so that a bulk does not block a search.
 * Thread-safe.
 */
final class WorkQueues {
    private final EncoderRegistry registry;
    private final InferencePools pools;
    private final BoundedQueue documents;
    private final BoundedQueue queries;
    private final EncodingStats stats;
    private final Set<FirstUse<?>> firstUses = ConcurrentHashMap.newKeySet();

    WorkQueues(
            EncoderRegistry registry,
            InferencePools pools,
            LookalikeSettings settings,
            PictureBreaker breaker,
            EncodingStats stats) {
        this.registry = registry;
        this.pools = pools;
        this.stats = stats;
        // Elasticsearch's indexing pressure counts documents as they were sent, not as they were parsed
        this.documents = new BoundedQueue(
                Urgency.DOCUMENT,
                pools.ingest(),
                pools.context(),
                pools.nanoTime(),
                breaker,
                settings::queueBytes,
                settings::queueNanos);
        this.queries = new BoundedQueue(
                Urgency.QUERY,
                pools.search(),
                pools.context(),
                pools.nanoTime(),
                breaker,
                settings::queueBytes,
                settings::queueNanos);
    }

    /** See {@link Encoders#ingest}. */
    <T> void ingest(
            List<String> encoders,
            String what,
            Object value,
            boolean infers,
            Encoders.JointWork<T> work,
            ActionListener<T> listener) {
        submit(
                documents,
                encoders.getFirst(),
                what,
                value,
                infers,
                null,
                joint(encoders, List.of(), what, infers, work),
                new ThreadedActionListener<>(pools.generic(), listener));
    }

    /** Starts one encoder after the other, then does the work with all of them. */
    private <T> Encoders.Work<T> joint(
            List<String> ids, List<Encoder> taken, String what, boolean infers, Encoders.JointWork<T> work) {
        return (encoder, ticket, listener) -> {
            List<Encoder> all =
                    Stream.concat(taken.stream(), Stream.of(encoder)).toList();
            if (all.size() == ids.size()) {
                work.run(all, ticket, listener);
            } else {
                use(ids.get(all.size()), what, infers, ticket, joint(ids, all, what, infers, work), listener);
            }
        };
    }

    /** See {@link Encoders#search}. */
    <T> void search(
            String encoder,
            String what,
            Object value,
            boolean infers,
            CancellableTask task,
            Encoders.Work<T> work,
            ActionListener<T> listener) {
        submit(queries, encoder, what, value, infers, task, work, listener);
    }

    private <T> void submit(
            BoundedQueue queue,
            String encoder,
            String what,
            Object value,
            boolean infers,
            CancellableTask task,
            Encoders.Work<T> work,
            ActionListener<T> listener) {
        queue.submit(
                what,
                PictureBytes.sizeOf(value),
                task,
                (ticket, made) -> use(encoder, what, infers, ticket, work, made),
                counted(ContextPreservingActionListener.wrapPreservingContext(listener, pools.context())));
    }

    private <T> ActionListener<T> counted(ActionListener<T> listener) {
        return new ActionListener<>() {
            @Override
            public void onResponse(T made) {
                stats.ended(EncodingStats.Outcome.OK);
                listener.onResponse(made);
            }

            @Override
            public void onFailure(Exception e) {
                stats.ended(EncodingStats.Outcome.of(e));
                listener.onFailure(e);
            }
        };
    }

    /** Works on this thread if the encoder has started; else on the same pool once it has, and blocks no thread. */
    private <T> void use(
            String id, String what, boolean infers, Ticket ticket, Encoders.Work<T> work, ActionListener<T> listener) {
        Lazy<Encoder> lazy = registry.lazy(id, infers);
        Encoder encoder = lazy.peek();
        if (encoder != null) {
            work.run(encoder, ticket, listener);
        } else {
            FirstUse<T> first = new FirstUse<>(what, ticket, work, listener);
            firstUses.add(first);
            lazy.get(first);
        }
    }

    /** Work that waits for its encoder to start. */
    private final class FirstUse<T> implements ActionListener<Encoder> {
        private final Thread asked = Thread.currentThread();
        private final Supplier<ThreadContext.StoredContext> own =
                pools.context().newRestorableContext(false);
        private final String what;
        private final Ticket ticket;
        private final Encoders.Work<T> work;
        /** Takes the first answer and ignores others. */
        private final ActionListener<T> listener;

        FirstUse(String what, Ticket ticket, Encoders.Work<T> work, ActionListener<T> listener) {
            this.what = what;
            this.ticket = ticket;
            this.work = work;
            this.listener = listener;
        }

        @Override
        public void onResponse(Encoder encoder) {
            if (!firstUses.remove(this)) {
                return;
            }
            if (Thread.currentThread().equals(asked)) {
                run(encoder);
                return;
            }
            ThreadContext.StoredContext tellers = own.get();
            try {
                (ticket.urgency() == Urgency.QUERY ? pools.search() : pools.ingest())
                        .execute(ActionRunnable.wrap(listener, l -> run(encoder)));
            } finally {
                tellers.restore();
            }
        }

        private void run(Encoder encoder) {
            RuntimeException over = ticket.over("for its encoder");
            if (over != null) {
                listener.onFailure(over);
                return;
            }
            try {
                work.run(encoder, ticket, listener);
            } catch (Throwable t) {
                listener.onFailure(Failures.tame(what, t));
            }
        }

        @Override
        public void onFailure(Exception e) {
            if (firstUses.remove(this)) {
                listener.onFailure(e);
            }
        }

        void sweep() {
            RuntimeException over = ticket.over("for its encoder");
            if (over != null) {
                onFailure(over);
            }
        }
    }

    /** Fails work that has waited too long or was cancelled; to be called from time to time. */
    void sweep() {
        documents.sweep();
        queries.sweep();
        firstUses.forEach(FirstUse::sweep);
    }

    /** Work that waits or runs, as JSON shows it. */
    Map<String, Object> figures() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("documents", figures(documents));
        map.put("queries", figures(queries));
        return map;
    }

    private static Map<String, Object> figures(BoundedQueue queue) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pictures", queue.held());
        map.put("bytes", queue.heldBytes());
        return map;
    }
}
