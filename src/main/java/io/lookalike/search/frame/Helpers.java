package io.lookalike.search.frame;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * The threads that may help a search, as long as processors are idle.
 *
 * <p>A node has one of these for all its searches. It knows what runs in Elasticsearch, but not what else runs on the
 * machine: so after a search that helpers did not help in time, the next ones ask for none, for longer each time.
 * Thread-safe.
 */
public final class Helpers {
    /** For searches that no other thread helps. */
    public static final Helpers NONE = new Helpers(1, Runnable::run, () -> 1);

    private static final int FIRST_PAUSE = 8;
    private static final int LONGEST_PAUSE = 512;

    private final int processors;
    private final Executor executor;
    private final IntSupplier busy;
    /** How many searches ask for no helper after the next one that was helped in vain. */
    private final AtomicInteger pause = new AtomicInteger(FIRST_PAUSE);
    /** How many searches will still ask for no helper. */
    private final AtomicInteger paused = new AtomicInteger();

    /**
     * @param processors the most threads that work at once
     * @param executor runs the helpers; keeps the context of the thread that asks
     * @param busy how many threads work, the one that asks included, and how many tasks wait for one
     */
    public Helpers(int processors, Executor executor, IntSupplier busy) {
        this.processors = processors;
        this.executor = executor;
        this.busy = busy;
    }

    /**
     * Elasticsearch's search threads; {@code node.processors} may set the number of processors.
     *
     * @param pools other pools whose threads keep processors busy
     */
    public static Helpers of(ThreadPool threadPool, Settings node, List<String> pools) {
        Executor search = threadPool.executor(ThreadPool.Names.SEARCH);
        List<ThreadPoolExecutor> busy = Stream.concat(
                        Stream.of(search), pools.stream().map(threadPool::executor))
                .filter(ThreadPoolExecutor.class::isInstance)
                .map(ThreadPoolExecutor.class::cast)
                .toList();
        return new Helpers(
                EsExecutors.allocatedProcessors(node),
                search,
                () -> busy.stream()
                        .mapToInt(
                                pool -> pool.getActiveCount() + pool.getQueue().size())
                        .sum());
    }

    int processors() {
        return processors;
    }

    /** How many helpers a search may ask for now; asked once before each time that work is shared. */
    int idle() {
        if (processors == 1 || (paused.get() > 0 && paused.getAndDecrement() > 0)) {
            return 0;
        }
        return Math.max(0, processors - Math.max(1, busy.getAsInt()));
    }

    /** Asks for a helper, which may begin at any time, or never. */
    void ask(Runnable help) {
        try {
            executor.execute(help);
        } catch (RejectedExecutionException e) {
            // the caller works alone
        }
    }

    /** Hears whether the helpers that a search asked for have helped it in time. */
    void helped(boolean inTime) {
        if (inTime) {
            pause.set(FIRST_PAUSE);
        } else {
            paused.set(pause.getAndUpdate(now -> Math.min(LONGEST_PAUSE, 2 * now)));
        }
    }
}
