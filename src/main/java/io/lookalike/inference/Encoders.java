package io.lookalike.inference;

import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Models;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateApplier;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.Scheduler;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * The entrance to this package: queues work for encoders, and reports what happens on this node.
 *
 * <p>{@link EncoderRegistry} finds encoders, {@link DefinitionResolver} makes definitions, {@link WorkQueues} queues
 * work, {@link Networks} run models. Thread-safe.
 */
public final class Encoders implements ClusterStateApplier, Closeable {
    /** How often waiting and running work is checked against its limits of time. */
    private static final TimeValue SWEEP = TimeValue.timeValueMillis(500);

    private final Models models;
    private final PictureBreaker breaker;
    private final LookalikeSettings settings;
    private final ThreadContext context;
    private final Executor documentPool;
    private final TimeLimits timeLimits;
    private final FairThreads inference;
    private final Loading loading;
    private final EncodingStats stats = new EncodingStats();
    private final Networks networks;
    private final DefinitionResolver resolver;
    private final EncoderRegistry registry;
    private final WorkQueues queues;
    private volatile Scheduler.Cancellable sweeping;

    public Encoders(Models models, ThreadPool threadPool, LookalikeSettings settings, PictureBreaker breaker) {
        this(models, InferencePools.of(threadPool), settings, breaker);
        sweeping = threadPool.scheduleWithFixedDelay(this::sweep, SWEEP, threadPool.generic());
    }

    Encoders(Models models, InferencePools pools, LookalikeSettings settings, PictureBreaker breaker) {
        this.models = models;
        this.breaker = breaker;
        this.settings = settings;
        this.context = pools.context();
        this.documentPool = pools.ingest();
        this.timeLimits = new TimeLimits(pools.nanoTime());
        this.inference = new FairThreads(
                "[" + InferencePools.INFERENCE + "]",
                pools.runs(),
                pools.spares(),
                pools.inference(),
                pools.spare(),
                context);
        this.loading = new Loading(
                new FairThreads(
                        "those that load models",
                        Math.max(2, pools.runs()),
                        pools.spares(),
                        pools.generic(),
                        pools.generic(),
                        context),
                timeLimits,
                settings::startNanos);
        this.networks = new Networks(inference, timeLimits, settings, context, stats, pools.nanoTime());
        this.resolver = new DefinitionResolver(models, loading, breaker, context);
        this.registry = new EncoderRegistry(models, resolver, loading, networks, breaker, stats, pools.nanoTime());
        this.queues = new WorkQueues(registry, pools, settings, breaker, stats);
    }

    /** The thread pools that a node needs for this room. */
    public static List<ExecutorBuilder<?>> pools(Settings settings) {
        return InferencePools.builders(settings);
    }

    /** The names of these pools. */
    public static List<String> poolNames() {
        return InferencePools.ALL;
    }

    public Models models() {
        return models;
    }

    public ThreadContext context() {
        return context;
    }

    /** Decodes pictures of documents. */
    public Executor documentPool() {
        return documentPool;
    }

    /** Finds encoders by id. */
    public EncoderRegistry registry() {
        return registry;
    }

    public DefinitionResolver resolver() {
        return resolver;
    }

    public ImageLimits limits() {
        return settings.imageLimits();
    }

    /** Whether one picture that took this long is to be logged. */
    public boolean isSlow(long nanos) {
        return settings.isSlow(nanos);
    }

    /** The most pictures, and boxes of pictures, in one document. */
    public int maxPictures() {
        return settings.maxPictures();
    }

    @Override
    public void applyClusterState(ClusterChangedEvent event) {
        registry.apply(event);
    }

    /** Work for a document or a query; calls its listener once, or throws. */
    @FunctionalInterface
    public interface Work<T> {
        void run(Encoder encoder, Ticket ticket, ActionListener<T> listener);
    }

    /** Work for a document with several encoders; calls its listener once, or throws. */
    @FunctionalInterface
    public interface JointWork<T> {
        void run(List<Encoder> encoders, Ticket ticket, ActionListener<T> listener);
    }

    /**
     * Queues work for a document with one or more encoders. The listener is called in the caller's context, on a
     * generic thread, because the rest of the pipeline follows.
     *
     * @param infers whether the work runs the encoder's model; if not, this node need not have the model
     */
    public <T> void ingest(
            List<String> encoders,
            String what,
            Object value,
            boolean infers,
            JointWork<T> work,
            ActionListener<T> listener) {
        queues.ingest(encoders, what, value, infers, work, listener);
    }

    /**
     * Queues work for a query. The listener is called in the caller's context, on the thread that did the last part of
     * the work.
     *
     * @param infers whether the work runs the encoder's model; if not, this node need not have the model
     * @param task its cancellation ends work that has not begun; null for none
     */
    public <T> void search(
            String encoder,
            String what,
            Object value,
            boolean infers,
            CancellableTask task,
            Work<T> work,
            ActionListener<T> listener) {
        queues.search(encoder, what, value, infers, task, work, listener);
    }

    /** Ends what has waited or run too long; to be called from time to time. */
    void sweep() {
        timeLimits.sweep();
        queues.sweep();
        networks.sweep();
    }

    /**
     * To be called before the text of a query's picture is parsed.
     *
     * @throws CircuitBreakingException (429) when there is not enough memory
     */
    public void requireRoomToParse(String what) {
        breaker.requireRoomToParse(what, limits().maxBytes() / 3 * 4);
    }

    /**
     * Passes the bytes of a picture, sent as base64 or as bytes, to a user who must not keep them.
     *
     * @throws IllegalArgumentException when the value is neither, or larger than the limit
     * @throws CircuitBreakingException (429) when there is not enough memory
     */
    public void withPicture(String what, Object value, Consumer<byte[]> user) {
        PictureBytes.use(what, value, limits(), breaker, user);
    }

    /** What happened to pictures and vectors on this node. */
    EncodingStats stats() {
        return stats;
    }

    /** What happened on this node, what waits, and what is loaded, as JSON shows it. */
    public Map<String, Object> figures() {
        Map<String, Object> map = stats.toMap();
        map.put("queues", queues.figures());
        map.put("waiting_for_model", networks.waiting());
        map.put("models", networks.models());
        map.put("inference", runs());
        map.put("set_aside", setAside());
        map.put("encoders", registry.ids());
        return map;
    }

    private Map<String, Object> runs() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("threads", inference.atOnce());
        map.put("running", inference.running());
        map.put("spare_threads", inference.spares());
        map.put("lost_threads", inference.lost());
        map.put("loading_models", loading.running());
        map.put("lost_loading_models", loading.lost());
        map.put("timed_out", timeLimits.timedOut());
        map.put("repeated_for_memory", models.repeated());
        map.put("unloaded_models", models.unloaded());
        return map;
    }

    /** What this node does not run or load because it took too long, and why. */
    private List<Map<String, Object>> setAside() {
        List<Map<String, Object>> all = new ArrayList<>(networks.setAside());
        all.addAll(registry.setAside());
        loading.endless().forEach((model, reason) -> all.add(Map.of("model", model, "reason", reason)));
        return all;
    }

    /** Why this node does not run a model that it has; null when it does. */
    public String asideFor(String model) {
        return setAside().stream()
                .filter(each -> each.get("model").equals(model))
                .map(each -> (String) each.get("reason"))
                .findFirst()
                .orElse(null);
    }

    /** Fails the pictures that wait for a model; for a node that stops. */
    @Override
    public void close() {
        if (sweeping != null) {
            sweeping.cancel();
        }
        networks.close();
        timeLimits.close();
    }
}
