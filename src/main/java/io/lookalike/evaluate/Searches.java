package io.lookalike.evaluate;

import io.lookalike.encoder.Messages;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import io.lookalike.task.TaskClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.FutureUtils;
import org.elasticsearch.common.xcontent.LoggingDeprecationHandler;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentFactory;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;

/**
 * Searches the same indices many times, one search after the other, as children of a task.
 *
 * <p>Methods block until the answer is there, so call them on a thread that may wait. All searches use the same copies
 * of shards and no request cache, and fail if a shard fails. For one thread.
 */
final class Searches {
    private static final String SAME_COPIES = "lookalike_evaluate";

    private final TaskClient client;
    private final LongTask task;
    private final NamedXContentRegistry registry;
    private final String[] indices;
    private final IndicesOptions options;
    private final AtomicReference<CompletableFuture<?>> awaited = new AtomicReference<>();
    private long nanos;

    Searches(
            TaskClient client,
            LongTask task,
            NamedXContentRegistry registry,
            String[] indices,
            IndicesOptions options) {
        this.client = client;
        this.task = task;
        this.registry = registry;
        this.indices = indices;
        this.options = options;
        // one listener for all waits, of which there may be millions, because a task keeps its listeners
        task.addListener(() -> {
            CompletableFuture<?> future = awaited.get();
            if (future != null) {
                future.completeExceptionally(task.getTaskCancelledException());
            }
        });
    }

    /** Waits for an asynchronous call; a cancellation of the task ends the wait at once. */
    <T> T await(CheckedConsumer<ActionListener<T>, Exception> asked) {
        // not PlainActionFuture, which refuses to be completed by a thread of the waiting pool
        CompletableFuture<T> future = new CompletableFuture<>();
        awaited.set(future);
        try {
            // a cancellation before the line above has not reached the future
            task.ensureNotCancelled();
            AsyncSteps.first(asked).to(ActionListener.wrap(future::complete, future::completeExceptionally));
            return future.get();
        } catch (ExecutionException e) {
            throw FutureUtils.rethrowExecutionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EsRejectedExecutionException("the evaluation was interrupted, because its node closes", true);
        } finally {
            awaited.set(null);
        }
    }

    String indices() {
        String shown = Messages.cut(List.of(indices));
        return shown.substring(1, shown.length() - 1);
    }

    /** Parses a search body; it returns so many hits without source. */
    SearchSourceBuilder source(Map<String, Object> body, int size) {
        try (XContentBuilder json = XContentFactory.cborBuilder().map(body);
                XContentParser parser = XContentHelper.createParserNotCompressed(
                        XContentParserConfiguration.EMPTY
                                .withRegistry(registry)
                                .withDeprecationHandler(LoggingDeprecationHandler.INSTANCE),
                        BytesReference.bytes(json),
                        XContentType.CBOR)) {
            return new SearchSourceBuilder()
                    .parseXContent(parser, true, feature -> true)
                    .size(size)
                    .fetchSource(false)
                    .trackTotalHits(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param read takes what is needed from the answer, which is released afterwards */
    <T> T search(SearchSourceBuilder source, Function<SearchResponse, T> read) {
        SearchRequest request = new SearchRequest(indices)
                .indicesOptions(options)
                .source(source)
                .preference(SAME_COPIES)
                .requestCache(false)
                .allowPartialSearchResults(false);
        long[] end = new long[1];
        long start = System.nanoTime();
        T answer = await(listener -> client.search(request, AsyncSteps.map(listener, response -> {
            end[0] = System.nanoTime();
            return read.apply(response);
        })));
        nanos = end[0] - start;
        return answer;
    }

    /** Time of the last search, from request to answer on this node. */
    double millis() {
        return nanos / 1e6;
    }

    long count(Object query) {
        return search(
                source(Map.of("query", query), 0).trackTotalHits(true),
                response -> response.getHits().getTotalHits().value());
    }

    FieldCapabilitiesResponse fields(List<String> names) {
        FieldCapabilitiesRequest request = new FieldCapabilitiesRequest()
                .indices(indices)
                .indicesOptions(options)
                .fields(names.toArray(String[]::new));
        return await(listener -> client.fieldCaps(request, listener));
    }

    /**
     * Reads all documents that match a query, see {@link Documents#read}.
     *
     * @param executor runs {@code pages}
     */
    void read(
            Map<String, Object> query,
            List<String> values,
            int pageSize,
            Executor executor,
            Documents.Pages pages,
            ActionListener<Long> listener) {
        Documents.Selection selection = new Documents.Selection(
                List.of(indices),
                options,
                source(Map.of("query", query), 0).query(),
                values,
                List.of(),
                List.of(),
                pageSize);
        Documents.read(client, executor, selection, pages, listener);
    }
}
