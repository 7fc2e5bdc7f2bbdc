package io.lookalike.reencode;

import io.lookalike.inference.OwnContext;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import io.lookalike.task.Sampling;
import io.lookalike.task.TaskClient;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.update.UpdateRequest;
import org.elasticsearch.common.BackoffPolicy;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.threadpool.Scheduler;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * One run of a reencoding: reads pages of documents and sends bulks of partial updates, one after the other.
 *
 * <p>An update carries the version of the document that was read, so it never overwrites a concurrent write; documents
 * that changed are read again in another pass. A query finds the documents that are done, so a new run continues an
 * interrupted one. The steps run one after the other, on several threads.
 */
final class ReencodeRun {
    private static final int PASSES = 5;
    private static final int SHOWN_FAILURES = 10;
    /** Stops after this many failures without one success. */
    private static final int HOPELESS = 1000;

    private static final TimeValue FIRST_BACKOFF = TimeValue.timeValueMillis(100);
    private static final int RETRIES = 12;
    /** Shorter than the lifetime of a point in time. */
    private static final int MAX_PAUSE_SECONDS = 60;

    private final TaskClient client;
    private final ThreadPool threadPool;
    private final Executor executor;
    private final LongTask task;
    private final ReencodeAction.Request request;
    private final DocumentReencoder reencoder;
    private final int page;
    private final long start = System.nanoTime();
    private final List<ReencodeAction.Failure> failures = new ArrayList<>();
    private volatile Runnable waiting;
    private long total;
    private long updated;
    private long skipped;
    private long leftOut;
    private long lacking;
    private long conflicts;
    private long retried;
    private long failed;
    private long batches;
    private long throttledMillis;

    ReencodeRun(
            TaskClient client,
            ThreadPool threadPool,
            Executor executor,
            LongTask task,
            ReencodeAction.Request request,
            DocumentReencoder reencoder) {
        this.client = client;
        this.threadPool = threadPool;
        this.executor = executor;
        this.task = task;
        this.request = request;
        this.reencoder = reencoder;
        this.page = Math.max(1, (int) Math.min(request.batch, MAX_PAUSE_SECONDS * request.requestsPerSecond));
    }

    void run(ActionListener<ReencodeAction.Response> listener) {
        task.addListener(() -> {
            Runnable cancelled = waiting;
            if (cancelled != null) {
                cancelled.run();
            }
        });
        AsyncSteps.<Long>first(l -> count(reencoder.done(request.query), l))
                .<Long>then((l, done) -> {
                    skipped = done;
                    count(reencoder.leftOut(request.query), l);
                })
                .<Long>then((l, others) -> {
                    leftOut = others;
                    count(reencoder.lacking(request.query), l);
                })
                .<Void>then((l, without) -> {
                    lacking = without;
                    pass(1, l);
                })
                .<Void>then((l, done) -> refresh(request.refresh, l))
                .<ReencodeAction.Response>then((l, done) -> l.onResponse(new ReencodeAction.Response(
                        figures(), reencoder.warnings(leftOut, lacking), List.copyOf(failures))))
                .to(listener);
    }

    private void count(QueryBuilder counted, ActionListener<Long> listener) {
        SearchRequest search = new SearchRequest(request.indices())
                .indicesOptions(Sampling.OPTIONS)
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder().query(counted).size(0).trackTotalHits(true));
        client.search(
                search,
                AsyncSteps.map(listener, found -> found.getHits().getTotalHits().value()));
    }

    private void refresh(boolean wanted, ActionListener<Void> listener) {
        if (wanted) {
            client.admin().indices().prepareRefresh(request.indices()).execute(AsyncSteps.map(listener, done -> null));
        } else {
            listener.onResponse(null);
        }
    }

    private void pass(int number, ActionListener<Void> listener) {
        conflicts = 0;
        Documents.Selection selection = new Documents.Selection(
                List.of(request.indices()),
                Sampling.OPTIONS,
                reencoder.toDo(request.query),
                reencoder.values(),
                List.of(),
                reencoder.carried(),
                page);
        Documents.read(
                client,
                executor,
                selection,
                (documents, found, more) -> {
                    if (number == 1) {
                        total = skipped + found;
                    }
                    batch(documents, more);
                },
                AsyncSteps.after(listener, (next, read) -> {
                    if (conflicts == 0 || number == PASSES) {
                        next.onResponse(null);
                    } else {
                        retried += conflicts;
                        refresh(true, AsyncSteps.after(next, (again, done) -> pass(number + 1, again)));
                    }
                }));
    }

    private void batch(List<Documents.Document> documents, ActionListener<Boolean> more) {
        long began = System.nanoTime();
        List<DocWriteRequest<?>> updates = new ArrayList<>();
        for (Documents.Document document : documents) {
            task.ensureNotCancelled();
            try {
                updates.add(new UpdateRequest(document.index(), document.id())
                        .routing(document.routing())
                        .setIfSeqNo(document.seqNo())
                        .setIfPrimaryTerm(document.primaryTerm())
                        .doc(reencoder.update(document)));
            } catch (IllegalArgumentException e) {
                failed(document.index(), document.id(), RestStatus.BAD_REQUEST, e.getMessage());
            }
        }
        AsyncSteps.<Void>first(l -> send(
                        updates,
                        BackoffPolicy.exponentialBackoff(FIRST_BACKOFF, RETRIES).iterator(),
                        l))
                .<Void>then((l, sent) -> {
                    batches++;
                    show();
                    pause(documents.size(), began, l);
                })
                .<Boolean>then((l, done) -> l.onResponse(updated > 0 || failed < HOPELESS))
                .to(more);
    }

    /** Waits until {@code requests_per_second} allows more documents. */
    private void pause(int documents, long began, ActionListener<Void> listener) {
        double seconds = documents / request.requestsPerSecond;
        long left = (long) (seconds * 1000) - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        if (left <= 0) {
            listener.onResponse(null);
            return;
        }
        throttledMillis += left;
        after(TimeValue.timeValueMillis(left), listener);
    }

    /** Tells the listener after a delay, or at once if the task is cancelled. */
    private void after(TimeValue delay, ActionListener<Void> listener) {
        // the thread that cancels may act for another user
        ActionListener<Void> once = OwnContext.keep(threadPool.getThreadContext(), ActionListener.notifyOnce(listener));
        Scheduler.ScheduledCancellable scheduled =
                threadPool.schedule(AsyncSteps.runnable(once, l -> l.onResponse(null)), delay, executor);
        waiting = () -> {
            scheduled.cancel();
            once.onFailure(task.getTaskCancelledException());
        };
        if (task.isCancelled()) {
            waiting.run();
        }
    }

    private void send(List<DocWriteRequest<?>> updates, Iterator<TimeValue> backoff, ActionListener<Void> listener) {
        if (updates.isEmpty()) {
            listener.onResponse(null);
            return;
        }
        task.ensureNotCancelled();
        BulkRequest bulk = new BulkRequest();
        updates.forEach(bulk::add);
        client.bulk(
                bulk,
                AsyncSteps.<BulkResponse, Void>after(
                        listener, (next, answer) -> onAnswer(answer, updates, backoff, next), (next, e) -> {
                            if (ExceptionsHelper.status(e) == RestStatus.TOO_MANY_REQUESTS && backoff.hasNext()) {
                                again(updates, backoff, next);
                            } else {
                                next.onFailure(e);
                            }
                        }));
    }

    private void onAnswer(
            BulkResponse answer,
            List<DocWriteRequest<?>> updates,
            Iterator<TimeValue> backoff,
            ActionListener<Void> listener) {
        List<DocWriteRequest<?>> rejected = new ArrayList<>();
        for (BulkItemResponse item : answer) {
            if (item.isFailed() && item.getFailure().getStatus() == RestStatus.TOO_MANY_REQUESTS && backoff.hasNext()) {
                rejected.add(updates.get(item.getItemId()));
            } else {
                onItem(item);
            }
        }
        again(rejected, backoff, listener);
    }

    private void again(List<DocWriteRequest<?>> updates, Iterator<TimeValue> backoff, ActionListener<Void> listener) {
        if (updates.isEmpty()) {
            // not on the thread that answers bulks
            AsyncSteps.run(executor, listener, l -> l.onResponse(null));
        } else {
            after(backoff.next(), AsyncSteps.after(listener, (next, waited) -> send(updates, backoff, next)));
        }
    }

    private void onItem(BulkItemResponse item) {
        if (!item.isFailed()) {
            updated++;
            return;
        }
        RestStatus status = item.getFailure().getStatus();
        if (status == RestStatus.CONFLICT) {
            conflicts++;
        } else if (status == RestStatus.NOT_FOUND) {
            // deleted since it was read
            skipped++;
        } else {
            failed(
                    item.getIndex(),
                    item.getId(),
                    status,
                    reason(item.getFailure().getCause()));
        }
    }

    /**
     * Why an update failed. Left out of stored answers, which other users may read, because messages of mappings quote
     * values of documents.
     */
    private String reason(Exception cause) {
        return request.getShouldStoreResult()
                ? "[" + ElasticsearchException.getExceptionName(cause)
                        + "], whose message may quote the document; reencode it with [wait_for_completion] [true] to "
                        + "see that"
                : cause.getMessage();
    }

    private void failed(String index, String id, RestStatus status, String reason) {
        failed++;
        if (failures.size() < SHOWN_FAILURES) {
            failures.add(new ReencodeAction.Failure(index, id, status, reason));
        }
    }

    private void show() {
        task.at("reencode", skipped + updated + failed, total);
        figures().forEach(task::figure);
    }

    private Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("took", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        figures.put("total", Math.max(total, skipped));
        figures.put("updated", updated);
        figures.put("skipped", skipped);
        figures.put("left_out", leftOut + lacking);
        figures.put("retried", retried);
        figures.put("conflicts", conflicts);
        figures.put("failed", failed);
        figures.put("batches", batches);
        figures.put("throttled_millis", throttledMillis);
        return figures;
    }
}
