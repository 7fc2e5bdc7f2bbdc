package io.lookalike.inference;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.FixedExecutorBuilder;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * The thread pools for pictures and models. Documents and queries are decoded on separate pools, so a bulk does not
 * block a search; models run on a third pool, which both share. Immutable.
 *
 * @param ingest decodes pictures of documents
 * @param search decodes pictures of queries
 * @param inference runs models
 * @param runs models that may run at the same time
 * @param spare replaces threads of {@code inference} that do not return
 * @param spares threads of {@code spare}
 * @param generic loads models and completes listeners of documents
 * @param nanoTime the clock for all limits of time
 */
record InferencePools(
        Executor ingest,
        Executor search,
        Executor inference,
        int runs,
        Executor spare,
        int spares,
        Executor generic,
        ThreadContext context,
        LongSupplier nanoTime) {

    static final String INGEST = "lookalike_ingest";
    private static final String SEARCH = "lookalike_search";
    static final String INFERENCE = "lookalike_inference";
    private static final String SPARE = "lookalike_inference_spare";
    static final List<String> ALL = List.of(INGEST, SEARCH, INFERENCE, SPARE);

    /** A bulk submits all its documents at once, so a queue must hold more than one large bulk; bytes bound it too. */
    private static final int INGEST_QUEUE = 10_000;

    private static final int SEARCH_QUEUE = 1_000;

    /** One entry for each network and thread, not for each picture, so the queue stays short. */
    private static final int INFERENCE_QUEUE = 100_000;

    /** Spare threads for each model that may run at the same time; they start only when they are needed. */
    private static final int SPARES = 2;

    static InferencePools of(ThreadPool pool) {
        return new InferencePools(
                pool.executor(INGEST),
                pool.executor(SEARCH),
                pool.executor(INFERENCE),
                pool.info(INFERENCE).getMax(),
                pool.executor(SPARE),
                pool.info(SPARE).getMax(),
                pool.generic(),
                pool.getThreadContext(),
                System::nanoTime);
    }

    static List<ExecutorBuilder<?>> builders(Settings settings) {
        int processors = EsExecutors.allocatedProcessors(settings);
        int runs = Math.max(1, processors / LookalikeSettings.INFERENCE_THREADS.get(settings));
        return List.of(
                builder(settings, INGEST, processors, INGEST_QUEUE),
                builder(settings, SEARCH, processors, SEARCH_QUEUE),
                builder(settings, INFERENCE, runs, INFERENCE_QUEUE),
                builder(settings, SPARE, SPARES * runs, INFERENCE_QUEUE));
    }

    private static ExecutorBuilder<?> builder(Settings settings, String name, int size, int queue) {
        return new FixedExecutorBuilder(
                settings, name, size, queue, "thread_pool." + name, EsExecutors.TaskTrackingConfig.DO_NOT_TRACK);
    }
}
