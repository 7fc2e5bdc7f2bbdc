package io.lookalike.task;

import io.lookalike.query.StoredValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.ClosePointInTimeRequest;
import org.elasticsearch.action.search.ClosePointInTimeResponse;
import org.elasticsearch.action.search.OpenPointInTimeRequest;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportClosePointInTimeAction;
import org.elasticsearch.action.search.TransportOpenPointInTimeAction;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.sort.FieldSortBuilder;

/**
 * Reads all documents that match a query, page by page, as they were at the start.
 *
 * <p>Each page is a search of a point in time, sorted by {@code _shard_doc}. So filters of aliases and the rights of
 * the user apply as in any search, and cancelling the client's task cancels it. A shard that cannot answer fails the
 * whole. Holds one page at a time.
 */
public final class Documents {
    private static final TimeValue KEEP_ALIVE = TimeValue.timeValueMinutes(5);
    /** Elasticsearch's default for {@code index.max_result_window}. */
    private static final int MAX_PAGE = 10_000;
    /** Bytes of vectors and codes in one page, about. */
    private static final int PAGE_BYTES = 4 << 20;

    private final TaskClient client;
    private final Executor executor;
    private final Selection selection;
    private final Pages pages;
    /** Told once, after the point in time is closed. */
    private final ActionListener<Long> end;

    private BytesReference pointInTime;
    private long total;
    private long read;

    /**
     * The documents to read, and what of them.
     *
     * @param indices names, aliases or patterns
     * @param query which documents
     * @param values fields whose stored values are read, see {@link io.lookalike.query.StoredValuesPhase}
     * @param fields fields that are read as the {@code fields} of a search
     * @param source patterns of the parts of {@code _source} to read; empty for none
     * @param pageSize see {@link #pageSize}
     */
    public record Selection(
            List<String> indices,
            IndicesOptions options,
            QueryBuilder query,
            List<String> values,
            List<String> fields,
            List<String> source,
            int pageSize) {}

    /**
     * A document.
     *
     * @param routing null without one
     * @param values of the requested fields that it has, see {@link io.lookalike.query.StoredValuesPhase}
     * @param source null if none was requested
     */
    public record Document(
            String index,
            String id,
            String routing,
            long seqNo,
            long primaryTerm,
            Map<String, DocumentField> values,
            Map<String, Object> source) {

        /** The value of a field, the first one if it is nested; null without one. */
        public Object first(String field) {
            DocumentField found = values.get(field);
            return found == null ? null : found.getValues().getFirst();
        }
    }

    /** Takes pages, one after the other. */
    public interface Pages {
        /**
         * @param documents at least one
         * @param total number of documents in all pages
         * @param more must be told, once, whether to read the next page
         */
        void page(List<Document> documents, long total, ActionListener<Boolean> more);
    }

    private Documents(
            TaskClient client,
            Executor executor,
            Selection selection,
            Pages pages,
            BytesReference pointInTime,
            ActionListener<Long> listener) {
        this.client = client;
        this.executor = executor;
        this.selection = selection;
        this.pages = pages;
        this.pointInTime = pointInTime;
        this.end = ActionListener.notifyOnce(AsyncSteps.after(
                listener,
                (next, count) -> close(() -> next.onResponse(count)),
                (next, e) -> close(() -> next.onFailure(e))));
    }

    /** How many documents a page has if each takes so many bytes. */
    public static int pageSize(int bytesPerDocument) {
        return Math.clamp(PAGE_BYTES / Math.max(1, bytesPerDocument), 100, MAX_PAGE);
    }

    /**
     * @param executor runs {@code pages}
     * @param listener is told the number of documents read, at the end or when no more are wanted
     */
    public static void read(
            TaskClient client, Executor executor, Selection selection, Pages pages, ActionListener<Long> listener) {
        OpenPointInTimeRequest open = new OpenPointInTimeRequest(selection.indices.toArray(String[]::new))
                .indicesOptions(selection.options)
                .keepAlive(KEEP_ALIVE)
                .allowPartialSearchResults(false);
        client.execute(
                TransportOpenPointInTimeAction.TYPE,
                open,
                AsyncSteps.after(
                        listener,
                        (next, opened) -> new Documents(
                                        client, executor, selection, pages, opened.getPointInTimeId(), next)
                                .begin()));
    }

    private void begin() {
        AsyncSteps.<Long>first(l -> next(null)).to(end);
    }

    private void next(Object[] after) {
        SearchSourceBuilder source = new SearchSourceBuilder()
                .pointInTimeBuilder(new PointInTimeBuilder(pointInTime).setKeepAlive(KEEP_ALIVE))
                .sort(new FieldSortBuilder(FieldSortBuilder.SHARD_DOC_FIELD_NAME))
                .query(selection.query)
                .size(selection.pageSize)
                .trackTotalHits(after == null)
                .seqNoAndPrimaryTerm(true)
                .ext(List.of(new StoredValues(selection.values)));
        if (selection.source.isEmpty()) {
            source.fetchSource(false);
        } else {
            source.fetchSource(selection.source.toArray(String[]::new), null);
        }
        selection.fields.forEach(source::fetchField);
        if (after != null) {
            source.searchAfter(after);
        }
        SearchRequest request = new SearchRequest().source(source).allowPartialSearchResults(false);
        client.search(request, AsyncSteps.after(end, (l, response) -> onPage(response)));
    }

    private void onPage(SearchResponse response) {
        SearchHit[] hits = response.getHits().getHits();
        if (response.pointInTimeId() != null) {
            pointInTime = response.pointInTimeId();
        }
        if (response.getHits().getTotalHits() != null) {
            total = response.getHits().getTotalHits().value();
        }
        if (hits.length == 0) {
            end.onResponse(read);
            return;
        }
        List<Document> page = new ArrayList<>(hits.length);
        for (SearchHit hit : hits) {
            DocumentField routing = hit.field("_routing");
            page.add(new Document(
                    hit.getIndex(),
                    hit.getId(),
                    routing == null ? null : routing.getValue(),
                    hit.getSeqNo(),
                    hit.getPrimaryTerm(),
                    // copied, because the hit is cleared when the response is released
                    Map.copyOf(hit.getDocumentFields()),
                    selection.source.isEmpty() ? null : hit.getSourceAsMap()));
        }
        Object[] after = hits[hits.length - 1].getSortValues();
        read += hits.length;
        ActionListener<Boolean> taken = AsyncSteps.after(end, (l, more) -> {
            if (more && hits.length == selection.pageSize) {
                next(after);
            } else {
                end.onResponse(read);
            }
        });
        AsyncSteps.run(executor, taken, more -> pages.page(page, total, more));
    }

    /**
     * Closes the point in time, without a parent task, because a cancelled task can start no requests. Failures are
     * ignored: the point in time expires.
     */
    private void close(Runnable then) {
        AsyncSteps.<ClosePointInTimeResponse>first(l -> client.ofNoTask()
                        .execute(TransportClosePointInTimeAction.TYPE, new ClosePointInTimeRequest(pointInTime), l))
                .to(ActionListener.running(then));
    }
}
