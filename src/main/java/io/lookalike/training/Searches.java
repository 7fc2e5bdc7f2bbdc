package io.lookalike.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.xcontent.LoggingDeprecationHandler;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentFactory;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;

/**
 * Searches the same indices again and again, one search after the other, as children of a task.
 *
 * <p>Whoever searches waits, so it must be on a thread that may. All searches go to the same copies of the shards, none is answered from
 * a cache, and a shard that cannot answer fails them. For one thread.
 */
final class Searches {
    private static final String SAME_COPIES = "lookalike_evaluate";

    private final Client client;
    private final NamedXContentRegistry registry;
    private final String[] indices;
    private final IndicesOptions options;
    private long nanos;

    /** @param client assigns the parent task */
    Searches(Client client, NamedXContentRegistry registry, String[] indices, IndicesOptions options) {
        this.client = client;
        this.registry = registry;
        this.indices = indices;
        this.options = options;
    }

    String indices() {
        return String.join(",", indices);
    }

    /** A search that answers so many hits without their source, from JSON. */
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

    /** @param read what is wanted of the answer, which is gone afterwards */
    <T> T search(SearchSourceBuilder source, Function<SearchResponse, T> read) {
        SearchRequest request = new SearchRequest(indices)
                .indicesOptions(options)
                .source(source)
                .preference(SAME_COPIES)
                .requestCache(false)
                .allowPartialSearchResults(false);
        PlainActionFuture<T> future = new PlainActionFuture<>();
        long[] end = new long[1];
        long start = System.nanoTime();
        client.search(request, future.map(response -> {
            end[0] = System.nanoTime();
            return read.apply(response);
        }));
        T answer = future.actionGet();
        nanos = end[0] - start;
        return answer;
    }

    /** How long the last search took, from the request on this node to the answer on it. */
    double millis() {
        return nanos / 1e6;
    }

    long count(Object query) {
        return search(
                source(Map.of("query", query), 0).trackTotalHits(true),
                response -> response.getHits().getTotalHits().value());
    }

    FieldCapabilitiesResponse fields(List<String> names) {
        PlainActionFuture<FieldCapabilitiesResponse> future = new PlainActionFuture<>();
        client.fieldCaps(
                new FieldCapabilitiesRequest()
                        .indices(indices)
                        .indicesOptions(options)
                        .fields(names.toArray(String[]::new)),
                future);
        return future.actionGet();
    }

    /** Hands the pages of all documents that match a query to {@code pages}, one after the other. */
    void read(Map<String, Object> query, List<String> values, int pageSize, Documents.Pages pages) {
        PlainActionFuture<Long> future = new PlainActionFuture<>();
        Documents.read(
                client,
                client.threadPool().executor(ThreadPool.Names.MANAGEMENT),
                new Documents.Asked(
                        List.of(indices),
                        options,
                        source(Map.of("query", query), 0).query(),
                        values,
                        List.of(),
                        List.of(),
                        pageSize),
                pages,
                future);
        future.actionGet();
    }
}
