package io.lookalike.duplicates;

import io.lookalike.inference.Encoders;
import io.lookalike.pairs.NearPairs;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import io.lookalike.task.TaskClient;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;

/**
 * One search for duplicates: looks at the fields, reserves memory, waits for its turn, reads the pictures, groups them,
 * and fetches the documents of one page of groups.
 */
final class DuplicatesRun {
    /** Documents that are read at a time to confirm their pictures. */
    private static final int CONFIRMED = 1000;

    private final Encoders encoders;
    private final ComputePool pool;
    private final TaskClient client;
    private final LongTask task;
    private final DuplicatesAction.Request request;
    private final ComparedFields fields;
    private final long began = System.nanoTime();
    private final List<Releasable> reserved = new ArrayList<>();
    private long reservedFor;
    private long reservedForIds;

    /** @param metadata of the indices, for field aliases */
    DuplicatesRun(
            Encoders encoders,
            ComputePool pool,
            TaskClient client,
            LongTask task,
            DuplicatesAction.Request request,
            ProjectMetadata metadata) {
        this.encoders = encoders;
        this.pool = pool;
        this.client = client;
        this.task = task;
        this.request = request;
        this.fields = new ComparedFields(client, request, metadata);
    }

    void start(ActionListener<DuplicatesAction.Response> listener) {
        AsyncSteps.<Void>first(fields::find)
                .<DuplicatesAction.Response>then((l, found) -> waitForTurn(l))
                .to(listener);
    }

    private void waitForTurn(ActionListener<DuplicatesAction.Response> listener) {
        AsyncSteps.holding(() -> Releasables.close(reserved), listener, next -> {
            // before the turn, so that too little memory is told at once
            reserveFor(fields.documents());
            pool.inTurn(task, next, this::read);
            request.accept();
        });
    }

    /** Of nested pictures there may be more than documents. */
    private void reserveFor(long pictures) {
        int n = (int) Math.min(pictures, Integer.MAX_VALUE / 8);
        long bytes = Pictures.bytes(pictures, fields.sameBits(), fields.dims(), fields.hashBits())
                + (fields.same() == null ? 0 : NearPairs.bytes(n, Math.max(8, fields.sameBits())))
                + (fields.alike() == null ? 0 : VectorPairs.bytes(pictures, fields.dims()))
                + (fields.hashBits() == 0 ? 0 : NearPairs.bytes(n, fields.hashBits()));
        reserved.add(pool.reserve(bytes, "choose fewer than [" + (reservedFor + pictures) + "] pictures by [query]"));
        reservedFor += pictures;
    }

    private void reserveLongIds(long bytes) {
        if (bytes > reservedForIds) {
            long more = Math.max(1 << 20, bytes / 2);
            reserved.add(pool.reserve(more, "choose pictures with shorter ids, or fewer, by [query]"));
            reservedForIds += more;
        }
    }

    private void read(ActionListener<DuplicatesAction.Response> listener) {
        Pictures.Fields toRead = fields.toRead();
        Pictures pictures = new Pictures(this::kindOfSame, request.minQuality);
        Documents.Selection selection = new Documents.Selection(
                List.of(request.indices()),
                request.indicesOptions(),
                fields.withAny(),
                toRead.names(),
                List.of(),
                List.of(),
                Documents.pageSize(
                        (fields.dims() + 1) * Float.BYTES + (fields.sameBits() + fields.hashBits()) / 8 + 100));
        long[] read = {0};
        Documents.read(
                client,
                pool.executor(),
                selection,
                (page, total, more) -> {
                    page.forEach(document -> pictures.add(document, toRead));
                    while (pictures.size() > reservedFor) {
                        reserveFor(Math.max(1000, reservedFor / 2));
                    }
                    reserveLongIds(pictures.longIds());
                    if (pictures.documents() > request.maxDocuments) {
                        throw new IllegalArgumentException("more than [max_documents] [" + request.maxDocuments
                                + "] documents; choose fewer by [query], or raise [max_documents]");
                    }
                    read[0] += page.size();
                    task.at("read", read[0], total);
                    more.onResponse(true);
                },
                AsyncSteps.after(
                        listener, (next, count) -> AsyncSteps.run(pool.executor(), next, l -> same(pictures, l))));
    }

    /** Perceptual hashes of one kind are comparable, even of different encoders. */
    private String kindOfSame(String fingerprint) {
        String perceptual = fields.isPerceptual() ? encoders.registry().perceptualOf(fingerprint) : null;
        return perceptual == null ? fingerprint : "perceptual " + perceptual;
    }

    /** Finds the pictures whose codes are near, and reads what confirms that they are the same. */
    private void same(Pictures pictures, ActionListener<DuplicatesAction.Response> listener) {
        if (fields.same() == null) {
            answer(pictures, null, listener);
            return;
        }
        HashDuplicates found =
                new HashDuplicates(pictures, fields.same(), (step, done, of) -> task.at("same", done, of));
        try (Workers workers = new Workers(pool.threads(), pool.executor())) {
            found.search(workers);
        }
        if (!fields.verifies()) {
            answer(pictures, found, listener);
            return;
        }
        int[] candidates = found.candidates();
        reserved.add(pool.reserve(
                fields.bytesOfChecks(candidates.length), "choose fewer pictures by [query], or use [verify] [none]"));
        PictureChecks checks = fields.checks(pictures, task::ensureNotCancelled);
        readChecks(
                checks,
                candidates,
                0,
                AsyncSteps.after(
                        listener,
                        (next, none) -> AsyncSteps.run(pool.executor(), next, l -> {
                            try (Workers workers = new Workers(pool.threads(), pool.executor())) {
                                found.confirm(checks, candidates, workers);
                            }
                            answer(pictures, found, l);
                        })));
    }

    /** Reads the checks of the candidates from this one on. */
    private void readChecks(PictureChecks checks, int[] candidates, int from, ActionListener<Void> listener) {
        if (from >= candidates.length) {
            listener.onResponse(null);
            return;
        }
        task.at("confirm", from, candidates.length);
        int to = Math.min(candidates.length, from + CONFIRMED);
        Map<String, List<Integer>> byDocument = checks.byDocument(candidates, from, to);
        Documents.Selection selection = new Documents.Selection(
                List.of(request.indices()),
                request.indicesOptions(),
                fields.withAny(checks.ids(candidates, from, to)),
                fields.toConfirm(),
                List.of(),
                List.of(),
                Documents.pageSize((int) fields.bytesOfChecks(1) + fields.dims() * Float.BYTES));
        Documents.read(
                client,
                pool.executor(),
                selection,
                (page, total, more) -> {
                    page.forEach(document -> checks.add(document, byDocument));
                    more.onResponse(true);
                },
                // the original listener, not wrapped again for each reading
                AsyncSteps.after(listener, (next, count) -> readChecks(checks, candidates, to, listener)));
    }

    /** @param found null if not asked for */
    private void answer(Pictures pictures, HashDuplicates found, ActionListener<DuplicatesAction.Response> listener) {
        DuplicatesReport report = new DuplicatesReport(request, pictures, fields.warnings(), task::ensureNotCancelled);
        try (Workers workers = new Workers(pool.threads(), pool.executor())) {
            if (found != null) {
                report.same(fields.same(), found);
            }
            if (fields.alike() != null) {
                VectorDuplicates search = new VectorDuplicates(
                        pictures, fields.alike(), found, (step, done, of) -> task.at("alike", done, of));
                search.search(workers);
                report.alike(fields.alike(), search);
            }
        }
        task.at("fetch", 0, 0);
        report.fetch(
                client,
                AsyncSteps.map(
                        listener,
                        shown -> new DuplicatesAction.Response(
                                report.toMap(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)))));
    }
}
