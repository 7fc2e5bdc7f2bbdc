package io.lookalike.ingest;

import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.bulk.TransportBulkAction;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.Task;

/**
 * Warns of documents in a bulk whose pictures {@linkplain Encoding#vanished vanish} on their background. There is one
 * warning for each index, field and encoder, because each warning is a header, and clients accept few. Thread-safe.
 */
public final class VanishedPictures implements MappedActionFilter {
    private static final String HEADER = "lookalike_vanished";
    private static final int MAX_WARNINGS = 10;

    private final ThreadContext threadContext;

    public VanishedPictures(ThreadContext threadContext) {
        this.threadContext = threadContext;
    }

    /** One warning each. */
    record Where(String index, String field, String encoder) {}

    @Override
    public String actionName() {
        return TransportBulkAction.NAME;
    }

    @Override
    @SuppressWarnings("try") // closing restores the context
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        Found found = new Found();
        try (var ignored = threadContext.newStoredContextPreservingResponseHeaders(List.of(HEADER), List.of())) {
            threadContext.putTransient(HEADER, found);
            chain.proceed(task, action, request, listener.map(response -> {
                found.warn();
                return response;
            }));
        }
    }

    /**
     * Reports a document with a picture or a box that has vanished. Outside of a bulk, as in {@code _simulate}, it gets
     * a warning of its own.
     */
    static void found(ThreadContext threadContext, Where where, String id) {
        Found found = threadContext.getTransient(HEADER);
        if (found == null) {
            found = new Found();
            found.add(where, id);
            found.warn();
        } else {
            found.add(where, id);
        }
    }

    /** Counts for one bulk. */
    private static final class Found {
        private final Map<Where, Count> counts = new LinkedHashMap<>();

        private static final class Count {
            private final String first;
            private int pictures;

            Count(String first) {
                this.first = first;
            }
        }

        synchronized void add(Where where, String id) {
            if (counts.size() < MAX_WARNINGS || counts.containsKey(where)) {
                counts.computeIfAbsent(where, w -> new Count(id)).pictures++;
            }
        }

        synchronized void warn() {
            counts.forEach((where, count) -> HeaderWarning.addWarning(
                    "{}",
                    "[" + count.pictures + "] pictures in field [" + Messages.cut(where.field) + "] of index ["
                            + Messages.cut(where.index) + "], of which that of document [" + count.first
                            + "] is one, are each " + Encoding.whyVanished(where.encoder)));
        }
    }
}
