package io.lookalike.inference;

import io.lookalike.encoder.CodeConfig;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.encoder.Footprint;
import io.lookalike.encoder.GraphFacts;
import io.lookalike.encoder.Values;
import io.lookalike.image.Background;
import io.lookalike.image.BoundedMemory;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.ModelException;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.ThreadedActionListener;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateApplier;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.unit.MemorySizeValue;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.monitor.os.OsProbe;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.threadpool.Scheduler;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * The encoders of this node: their definitions from the cluster state, their models, and the threads that run them.
 *
 * <p>Documents and queries are decoded on two pools of their own with a {@link BoundedQueue} each, so that a bulk does
 * not keep a search waiting; models run on a third one, where both share batches (see {@link Batcher}). An encoder
 * starts when it is first used, and loads its model for its first picture: vectors need none. What started encoders and
 * pictures that are being decoded hold of the heap is bounded. Thread-safe.
 */
public final class Encoders implements ClusterStateApplier, Closeable {
    public static final String BUILT_IN_MODEL = "builtin-1";
    /** With the background of its first version: its fingerprint stays. */
    private static final Map<String, Object> BUILT_IN = Map.of(
            "model",
            BUILT_IN_MODEL,
            EncoderConfig.IMAGE,
            Map.of(EncoderConfig.BACKGROUND, EncoderConfig.lower(Background.WHITE)));

    public static final String INGEST_POOL = "lookalike_ingest";
    public static final String SEARCH_POOL = "lookalike_search";
    public static final String INFERENCE_POOL = "lookalike_inference";
    /** Threads in the place of those of {@link #INFERENCE_POOL} that do not come back. */
    public static final String SPARE_POOL = "lookalike_inference_spare";

    private static final long HEAP = Runtime.getRuntime().maxMemory();

    /** What all pictures that decode at once may take: enough for 50 megapixels in 1 GiB of heap. */
    private static final long DECODING_BYTES = HEAP * 35 / 100;

    /** What tensors that wait for their model may take, those of documents and those of queries each. */
    private static final long TENSOR_BYTES = HEAP * 4 / 100;

    /**
     * What the tensors of one batch may take. What the model makes of them on its way takes many times as much: a
     * transformer's attention over the 3,751 tokens of 1050 x 700 pixels 340 MB for each picture, so that those go
     * alone.
     */
    private static final long BATCH_BYTES = 16L << 20;

    /** What the hyperplanes of all started encoders may take. */
    private static final long HYPERPLANE_BYTES = HEAP / 4;

    /** Hyperplanes that are gone through in some 100 µs. */
    private static final long READY_BYTES = 4L << 20;

    /**
     * What starting an encoder takes for a while, in times its configuration: texts, the bytes that they are base64 of,
     * numbers.
     */
    private static final int STARTING = 4;

    /**
     * The same of checking one and writing its definition: also the texts of that, and its JSON, which grows by
     * doubling.
     */
    private static final int DEFINING = 6;

    private static final int SHOWN_IDS = 20;

    /** Of [image]: a name, or the numbers that it stands for. */
    private static final List<String> NORMALIZING = List.of("normalization", "scale", "mean", "std");

    /** How often what waits and what runs is looked through for what has waited or run too long. */
    private static final TimeValue SWEEP = TimeValue.timeValueMillis(500);

    public static final Setting<ByteSizeValue> MAX_BYTES = Setting.byteSizeSetting(
            "lookalike.image.max_bytes",
            ByteSizeValue.ofBytes(ImageLimits.DEFAULT.maxBytes()),
            ByteSizeValue.ofBytes(1),
            ByteSizeValue.ofMb(512),
            Property.NodeScope,
            Property.Dynamic);
    /** Beside this, what all pictures that decode at once take together is bounded by the heap. */
    public static final Setting<Long> MAX_PIXELS = new Setting<>(
            "lookalike.image.max_pixels",
            Long.toString(ImageLimits.DEFAULT.maxPixels()),
            text -> new ImageLimits(1, Long.parseLong(text), 1).maxPixels(),
            Property.NodeScope,
            Property.Dynamic);

    public static final Setting<Integer> MAX_SIDE = Setting.intSetting(
            "lookalike.image.max_side",
            ImageLimits.DEFAULT.maxSide(),
            1,
            1 << 20,
            Property.NodeScope,
            Property.Dynamic);
    /** Pictures, and boxes of pictures, that one document may have. */
    public static final Setting<Integer> MAX_PICTURES = Setting.intSetting(
            "lookalike.image.max_per_document", 100, 1, 10_000, Property.NodeScope, Property.Dynamic);
    /** For documents and for queries, each. */
    public static final Setting<ByteSizeValue> QUEUE_BYTES = new Setting<>(
            "lookalike.queue.max_bytes",
            "10%",
            text -> MemorySizeValue.parseBytesSizeValueOrHeapRatio(text, "lookalike.queue.max_bytes"),
            Property.NodeScope,
            Property.Dynamic);

    /** Native memory that all models and their runs may hold together. */
    public static final Setting<ByteSizeValue> MODEL_MEMORY = Setting.byteSizeSetting(
            Models.MAX_MEMORY,
            ByteSizeValue.ofBytes(
                    Models.defaultMaxMemory(HEAP, OsProbe.getInstance().getTotalPhysicalMemorySize())),
            ByteSizeValue.ofMb(1),
            ByteSizeValue.ofBytes(Long.MAX_VALUE),
            Property.NodeScope);

    public static final Setting<TimeValue> QUEUE_WAIT = Setting.positiveTimeSetting(
            "lookalike.queue.max_wait", TimeValue.timeValueMinutes(5), Property.NodeScope, Property.Dynamic);

    /**
     * A document's picture that takes longer than this, without its time in the queue, is logged; negative logs none.
     */
    public static final Setting<TimeValue> SLOW = Setting.timeSetting(
            "lookalike.slowlog.threshold",
            TimeValue.timeValueSeconds(2),
            TimeValue.MINUS_ONE,
            Property.NodeScope,
            Property.Dynamic);

    /**
     * The most pictures in one batch; 1 runs them one by one. On a processor the gain is small, and large batches leave
     * its caches: pictures a second in batches of 1, 4, 8 and 16, two at once, are 758, 877, 883 and 886 with
     * MobileNetV1 0.25, and 107, 96, 99 and 90 with MobileNetV2 (the bare loop of {@code bin/bench ingest}).
     */
    public static final Setting<Integer> BATCH_SIZE =
            Setting.intSetting("lookalike.inference.batch_size", 4, 1, 64, Property.NodeScope, Property.Dynamic);

    /** How long a document's picture may wait for others that are being prepared. */
    public static final Setting<TimeValue> BATCH_WAIT = Setting.timeSetting(
            "lookalike.inference.batch_wait",
            TimeValue.timeValueMillis(2),
            TimeValue.ZERO,
            TimeValue.timeValueSeconds(1),
            Property.NodeScope,
            Property.Dynamic);

    /** How long one run of a model may take, be it of a batch or of one picture. */
    public static final Setting<TimeValue> INFERENCE_TIMEOUT = Setting.timeSetting(
            "lookalike.inference.timeout",
            TimeValue.timeValueSeconds(30),
            TimeValue.timeValueMillis(1),
            TimeValue.timeValueHours(1),
            Property.NodeScope,
            Property.Dynamic);

    /** How long it may take to load a model and try it, when an encoder is created and at its first use on a node. */
    public static final Setting<TimeValue> START_TIMEOUT = Setting.timeSetting(
            "lookalike.inference.start_timeout",
            TimeValue.timeValueSeconds(60),
            TimeValue.timeValueMillis(1),
            TimeValue.timeValueHours(1),
            Property.NodeScope,
            Property.Dynamic);

    /** Threads that share one batch. */
    public static final Setting<Integer> INFERENCE_THREADS =
            Setting.intSetting("lookalike.inference.threads", 1, 1, 256, Property.NodeScope);

    public static final Setting<Boolean> INFERENCE_SPINNING =
            Setting.boolSetting("lookalike.inference.spinning", false, Property.NodeScope);

    public static final Setting<Boolean> INFERENCE_ARENA =
            Setting.boolSetting("lookalike.inference.arena", true, Property.NodeScope);

    private final Models models;
    private final PictureBreaker breaker;
    private final BoundedQueue ingest;
    private final BoundedQueue search;
    private final Executor afterIngest;
    private final ThreadContext context;
    private final LongSupplier nanoTime;
    private final Executor ingestPool;
    private final Executor searchPool;
    private final Watch watch;
    private final FairThreads inference;
    private final Loading loading;
    private final EncodingStats stats = new EncodingStats();
    private final BatchLimits batchLimits = new BatchLimits();
    private final Encoder.Memory memory;
    private final Map<NetworkKey, Batcher> batchers = new ConcurrentHashMap<>();
    private final Set<FirstUse<?>> firstUses = ConcurrentHashMap.newKeySet();
    /** For vectors. */
    private final Map<EncoderDefinition, Lazy<Encoder>> started = new ConcurrentHashMap<>();
    /** Those with a model, for pictures; each holds one that is started. */
    private final Map<EncoderDefinition, Lazy<Encoder>> loaded = new ConcurrentHashMap<>();

    private final Lazy<EncoderDefinition> builtIn;
    private volatile Map<String, EncoderDefinition> definitions = Map.of();
    private volatile Thread applier;
    private volatile EncodersMetadata.Parts applied;
    private volatile Scheduler.Cancellable sweeping;
    private volatile long slowNanos = SLOW.getDefault(Settings.EMPTY).nanos();
    private volatile long timeoutNanos =
            INFERENCE_TIMEOUT.getDefault(Settings.EMPTY).nanos();
    private volatile long startNanos = START_TIMEOUT.getDefault(Settings.EMPTY).nanos();
    private volatile int maxPictures = MAX_PICTURES.getDefault(Settings.EMPTY);
    private volatile ImageLimits limits = ImageLimits.DEFAULT;

    public Encoders(Models models, ThreadPool threadPool, ClusterSettings settings, PictureBreaker breaker) {
        this(
                models,
                breaker,
                threadPool.executor(INGEST_POOL),
                threadPool.executor(SEARCH_POOL),
                threadPool.executor(INFERENCE_POOL),
                threadPool.info(INFERENCE_POOL).getMax(),
                threadPool.executor(SPARE_POOL),
                threadPool.info(SPARE_POOL).getMax(),
                threadPool.generic(),
                threadPool.getThreadContext(),
                System::nanoTime);
        sweeping = threadPool.scheduleWithFixedDelay(this::sweep, SWEEP, threadPool.generic());
        settings.initializeAndWatch(BATCH_SIZE, size -> batchLimits.size = size);
        settings.initializeAndWatch(BATCH_WAIT, time -> batchLimits.waitNanos = time.nanos());
        settings.initializeAndWatch(INFERENCE_TIMEOUT, time -> timeoutNanos = time.nanos());
        settings.initializeAndWatch(START_TIMEOUT, time -> startNanos = time.nanos());
        settings.initializeAndWatch(SLOW, time -> slowNanos = time.nanos());
        settings.initializeAndWatch(MAX_PICTURES, most -> maxPictures = most);
        settings.initializeAndWatch(MAX_BYTES, value -> limits(value.getBytes(), limits.maxPixels(), limits.maxSide()));
        settings.initializeAndWatch(MAX_PIXELS, value -> limits(limits.maxBytes(), value, limits.maxSide()));
        settings.initializeAndWatch(MAX_SIDE, value -> limits(limits.maxBytes(), limits.maxPixels(), value));
        for (BoundedQueue queue : new BoundedQueue[] {ingest, search}) {
            settings.initializeAndWatch(QUEUE_BYTES, queue::maxBytes);
        }
        settings.initializeAndWatch(QUEUE_WAIT, this::maxWait);
    }

    Encoders(
            Models models,
            PictureBreaker breaker,
            Executor ingestPool,
            Executor searchPool,
            Executor inference,
            int runsAtOnce,
            Executor spare,
            int spares,
            Executor generic,
            ThreadContext context,
            LongSupplier nanoTime) {
        this.models = models;
        this.context = context;
        this.breaker = breaker;
        this.ingestPool = ingestPool;
        this.searchPool = searchPool;
        this.watch = new Watch(nanoTime);
        this.inference = new FairThreads("[" + INFERENCE_POOL + "]", runsAtOnce, spares, inference, spare, context);
        this.loading = new Loading(
                new FairThreads("those that load models", Math.max(2, runsAtOnce), spares, generic, generic, context),
                watch,
                () -> startNanos);
        this.memory = new Encoder.Memory(
                new PixelMemory(DECODING_BYTES, breaker),
                new BoundedMemory(TENSOR_BYTES, breaker),
                new BoundedMemory(TENSOR_BYTES, breaker));
        // Elasticsearch's indexing pressure counts the bytes of documents as they were sent, not what they were parsed
        // to
        this.ingest = new BoundedQueue(Urgency.DOCUMENT, ingestPool, context, nanoTime, breaker);
        this.search = new BoundedQueue(Urgency.QUERY, searchPool, context, nanoTime, breaker);
        this.afterIngest = generic;
        this.nanoTime = nanoTime;
        builtIn = Lazy.of(
                "encoder [" + EncoderDefinition.DEFAULT + "]",
                () -> resolve(EncoderDefinition.DEFAULT, BUILT_IN),
                nanoTime);
    }

    void maxWait(TimeValue time) {
        ingest.maxWait(time);
        search.maxWait(time);
    }

    /** Both are set apart, and read by threads that make up a batch. */
    private static final class BatchLimits implements Batcher.Limits {
        private volatile int size = BATCH_SIZE.getDefault(Settings.EMPTY);
        private volatile long waitNanos = BATCH_WAIT.getDefault(Settings.EMPTY).nanos();

        @Override
        public int size() {
            return size;
        }

        @Override
        public long waitNanos() {
            return waitNanos;
        }
    }

    /** What encoders have in common that share batches. */
    private record NetworkKey(String model, String output, List<Integer> shape) {}

    private void limits(long maxBytes, long maxPixels, int maxSide) {
        limits = new ImageLimits(maxBytes, maxPixels, maxSide);
    }

    public Models models() {
        return models;
    }

    public ThreadContext context() {
        return context;
    }

    public ImageLimits limits() {
        return limits;
    }

    /** Whether this is long for one picture. */
    public boolean isSlow(long nanos) {
        return slowNanos >= 0 && nanos > slowNanos;
    }

    /** Pictures, and boxes of pictures, that one document may have. */
    public int maxPictures() {
        return maxPictures;
    }

    @Override
    public void applyClusterState(ClusterChangedEvent event) {
        applier = Thread.currentThread();
        EncodersMetadata.Parts next = EncodersMetadata.Parts.of(event.state());
        if (next.isSame(applied)) {
            return;
        }
        applied = next;
        Map<String, EncoderDefinition> now = EncodersMetadata.of(event.state()).encoders();
        if (!now.equals(definitions)) {
            definitions = now;
            for (Map<EncoderDefinition, ?> each : List.of(started, loaded)) {
                each.keySet()
                        .removeIf(definition -> !definition.equals(builtIn.peek()) && !now.containsValue(definition));
            }
        }
    }

    /**
     * Whether the caller is applying a cluster state: what it reads was accepted before, and is not checked against
     * encoders again.
     */
    public boolean isApplying() {
        return Thread.currentThread().equals(applier);
    }

    /** The encoders that users created, by id. */
    public Map<String, EncoderDefinition> created() {
        return definitions;
    }

    /** Which perceptual hash the encoder of a fingerprint makes; null where none of this fingerprint is known. */
    public String perceptualOf(String fingerprint) {
        return Stream.concat(Stream.of(builtIn.get(loading.mostNanos())), definitions.values().stream())
                .filter(definition -> definition.fingerprint().equals(fingerprint))
                .map(definition -> (String) definition.outline().get("perceptual"))
                .findFirst()
                .orElse(null);
    }

    /** Whether an encoder of this id exists; loads nothing. */
    public boolean exists(String id) {
        return id.equals(EncoderDefinition.DEFAULT) || definitions.containsKey(id);
    }

    /** The definition of this id; a {@link ResourceNotFoundException} (404) names the encoders there are. */
    public EncoderDefinition definition(String id) {
        if (id.equals(EncoderDefinition.DEFAULT)) {
            return builtIn.get(loading.mostNanos());
        }
        EncoderDefinition definition = definitions.get(id);
        if (definition == null) {
            throw new ResourceNotFoundException(noSuchEncoder(id));
        }
        return definition;
    }

    public String noSuchEncoder(String id) {
        TreeSet<String> known = new TreeSet<>(definitions.keySet());
        known.add(EncoderDefinition.DEFAULT);
        return "no such encoder [" + id + "]; known encoders are "
                + known.stream().limit(SHOWN_IDS).collect(Collectors.joining(", ", "[", "]"))
                + (known.size() > SHOWN_IDS ? " and [" + (known.size() - SHOWN_IDS) + "] more" : "")
                + "; create it with PUT /_lookalike/encoder/" + id;
    }

    /**
     * The encoder for vectors, which needs no model, and starts on the caller's thread.
     *
     * @throws ResourceNotFoundException when there is none of this id
     */
    public Encoder encoder(String id) {
        return started(definition(id)).get(loading.mostNanos());
    }

    private Lazy<Encoder> started(EncoderDefinition definition) {
        return lazy(started, definition, listener -> listener.onResponse(start(definition)));
    }

    /** @return one for vectors where the encoder takes nothing else */
    private Lazy<Encoder> loaded(EncoderDefinition definition) {
        return definition.model().equals(EncoderConfig.NO_MODEL)
                ? started(definition)
                : lazy(loaded, definition, listener -> load(definition, listener));
    }

    private Lazy<Encoder> lazy(
            Map<EncoderDefinition, Lazy<Encoder>> all,
            EncoderDefinition definition,
            Consumer<ActionListener<Encoder>> maker) {
        Lazy<Encoder> lazy =
                all.computeIfAbsent(definition, d -> new Lazy<>("encoder [" + d.id() + "]", maker, nanoTime));
        if (!definition.equals(builtIn.peek()) && !definition.equals(definitions.get(definition.id()))) {
            all.remove(definition, lazy); // deleted after it was looked up, so that nobody else takes it away
        }
        return lazy;
    }

    private void load(EncoderDefinition definition, ActionListener<Encoder> listener) {
        loading.run(
                definition.model(),
                "encoder [" + definition.id() + "]",
                stop -> load(definition, stop),
                Loading::unavailable,
                // what was accepted when it was created is wrong on this node
                listener.delegateResponse((next, e) ->
                        next.onFailure(e instanceof IllegalArgumentException ? new NodeLacksModelException(e) : e)));
    }

    /**
     * The encoder where it encodes a vector in less time than another thread takes to wake; else null. Loads nothing.
     */
    public Encoder ready(String id) {
        EncoderDefinition definition = id.equals(EncoderDefinition.DEFAULT) ? builtIn.peek() : definitions.get(id);
        Lazy<Encoder> lazy = definition == null ? null : started.get(definition);
        Encoder encoder = lazy == null ? null : lazy.peek();
        return encoder != null && encoder.isReady() && encoder.weightBytes() <= READY_BYTES ? encoder : null;
    }

    /** An encoder to try out, of a body as PUT takes it, that exists nowhere but where it is used. Loads the model. */
    public Encoder trial(String id, Map<String, Object> body) {
        Map<String, Object> config = new HashMap<>(body);
        config.remove("model_sha256");
        Releasable held = reserve(id, config);
        try {
            if (!hasModel(config)) {
                return start(resolve(id, config));
            }
            return Lazy.await(
                    "encoder [" + id + "]",
                    2 * loading.mostNanos(), // others may be loaded first
                    listener -> loading.run(
                            (String) config.get("model"),
                            "encoder [" + id + "]",
                            stop -> start(resolve(id, config, stop)),
                            Loading::unavailable,
                            listener));
        } finally {
            held.close();
        }
    }

    private Encoder start(EncoderDefinition definition) {
        Releasable held = reserveStart(definition);
        try {
            EncoderConfig config = EncoderConfig.parseResolved(definition.configMap());
            makeRoom(config.weightBytes());
            return new Encoder(definition, config, memory, stats);
        } finally {
            held.close();
        }
    }

    private Releasable reserveStart(EncoderDefinition definition) {
        return breaker.reserve(
                (long) STARTING * definition.length(), "encoder [" + definition.id() + "], which starts");
    }

    private Encoder load(EncoderDefinition definition, Stop stop) {
        Releasable held = reserveStart(definition);
        try {
            OnnxModel model = models.get(definition.model(), stop);
            if (!model.info().sha256().equals(definition.modelSha256())) {
                throw new IllegalArgumentException("model [" + definition.model() + "] on this node has SHA-256 ["
                        + model.info().sha256() + "] but encoder [" + definition.id() + "] was made with ["
                        + definition.modelSha256() + "]; put the same model.onnx into config/lookalike/models/"
                        + definition.model() + " on every node and restart it");
            }
            EncoderConfig config = EncoderConfig.parse(definition.configMap(), new GraphFacts(model, stop));
            return started(definition).get(loading.mostNanos()).with(batcher(model, config, stop));
        } finally {
            held.close();
        }
    }

    private Batcher batcher(OnnxModel model, EncoderConfig config, Stop stop) {
        int[] inner = config.image().outputShape();
        NetworkKey key = new NetworkKey(
                config.model(), config.output(), Arrays.stream(inner).boxed().toList());
        Batcher known = batchers.get(key);
        if (known != null) {
            return known;
        }
        long[] shape = {1, inner[0], inner[1], inner[2]};
        int most = Math.clamp(BATCH_BYTES / config.tensorBytes(), 1, Integer.MAX_VALUE);
        if (model.fixedBatch() > 0) {
            most = Math.min(most, model.fixedBatch());
        }
        // two that start at once may both run this: no lock is held while a network runs
        if (most > 1
                && !BatchCheck.passes(
                        rows -> model.runAll(config.output(), rows, shape, stop), inner[0] * inner[1] * inner[2])) {
            most = 1;
        }
        NetworkRuns network = new NetworkRuns(
                "model [" + config.model() + "]",
                (rows, end) -> model.runAll(config.output(), rows, shape, end),
                inference.lane(inference.atOnce()),
                watch,
                () -> timeoutNanos,
                nanoTime);
        Batcher made = new Batcher(network, most, batchLimits, context, inference.atOnce(), stats, nanoTime);
        Batcher first = batchers.putIfAbsent(key, made);
        return first == null ? made : first;
    }

    /**
     * Forgets all started encoders, which start again when they are used, once their hyperplanes would hold too much.
     */
    private void makeRoom(long bytes) {
        long held = started.values().stream()
                .map(Lazy::peek)
                .mapToLong(encoder -> encoder == null ? 0 : encoder.weightBytes())
                .sum();
        if (held + bytes > HYPERPLANE_BYTES) {
            started.values().removeIf(each -> each.peek() != null);
            loaded.values().removeIf(each -> each.peek() != null);
        }
    }

    /**
     * Counts what {@link #resolve} takes.
     *
     * @throws CircuitBreakingException (429) where there is no room
     */
    public Releasable reserve(String id, Map<String, Object> body) {
        long bytes = Footprint.of(body);
        long defining = DEFINING * Math.min(bytes, EncoderDefinition.MAX_BYTES);
        return breaker.reserve(bytes + defining, "encoder [" + id + "], which is defined");
    }

    /** A user's body over the model's own defaults, checked, with nothing left open. Loads the model. */
    EncoderDefinition resolve(String id, Map<String, Object> body) {
        return resolve(id, body, new Stop());
    }

    /**
     * What came of a body.
     *
     * @param alike why its model seems to be fed wrongly; null where it tells pictures apart
     */
    public record Resolved(EncoderDefinition definition, String alike) {}

    /**
     * The same within {@link #START_TIMEOUT}, elsewhere if it loads a model, which it also shows pictures to; the
     * listener gets an {@link IllegalArgumentException} where that takes longer.
     */
    public void resolve(String id, Map<String, Object> body, ActionListener<Resolved> listener) {
        if (hasModel(body)) {
            loading.run(
                    (String) body.get("model"),
                    "encoder [" + id + "]",
                    stop -> tried(resolve(id, body, stop), stop),
                    IllegalArgumentException::new,
                    OwnContext.keep(context, listener));
        } else {
            ActionListener.completeWith(listener, () -> new Resolved(resolve(id, body), null));
        }
    }

    private Resolved tried(EncoderDefinition definition, Stop stop) {
        EncoderConfig config = EncoderConfig.parseResolved(definition.configMap());
        return new Resolved(definition, Trial.run(config, models.get(definition.model(), stop), stop));
    }

    private static boolean hasModel(Map<String, Object> body) {
        return body.get("model") instanceof String model && !model.equals(EncoderConfig.NO_MODEL);
    }

    private EncoderDefinition resolve(String id, Map<String, Object> body, Stop stop) {
        if (!hasModel(body)) {
            return EncoderDefinition.of(id, EncoderConfig.parse(body, null), "");
        }
        String modelId = (String) body.get("model");
        OnnxModel model = models.get(modelId, stop);
        Map<String, Object> merged = overDefaults(modelId, body);
        EncoderConfig.background(merged, Background.CONTRAST);
        GraphFacts facts = new GraphFacts(model, stop);
        EncoderConfig config;
        try {
            config = EncoderConfig.parse(merged, facts);
        } catch (ModelException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            // nobody sees in the body what is wrong in the file
            throw models.hasOwnDefaults(modelId)
                    ? new IllegalArgumentException(
                            e.getMessage() + "; what the body leaves out is taken from model.json of model [" + modelId
                                    + "]",
                            e)
                    : e;
        }
        return EncoderDefinition.of(id, config, model.info().sha256());
    }

    /**
     * A user's body over the model's own defaults: numbers of either take the place of a named normalization, and it
     * theirs.
     */
    public Map<String, Object> overDefaults(String model, Map<String, Object> body) {
        Map<String, Object> merged = defaults(model);
        if (isOtherHash(merged.get("hash"), body.get("hash"))) {
            merged.remove("hash");
        }
        if (merged.get("image") instanceof Map<?, ?> under && body.get("image") instanceof Map<?, ?> over) {
            NORMALIZING.stream()
                    .filter(each -> over.get(each) != null)
                    .forEach(each -> under.keySet()
                            .removeAll(each.equals("normalization") ? NORMALIZING : List.of("normalization")));
        }
        Values.merge(merged, body); // an explicit null takes a default away
        return merged;
    }

    /** What a model's model.json says; empty without one. */
    public Map<String, Object> defaults(String model) {
        byte[] json = models.defaults(model);
        if (json == null) {
            return new HashMap<>();
        }
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            if (parser.nextToken() != XContentParser.Token.START_OBJECT) {
                throw new IllegalArgumentException(
                        parser.currentToken() == null ? "it is empty" : "it begins otherwise");
            }
            Map<String, Object> defaults = new HashMap<>(parser.mapOrdered());
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more follows its end");
            }
            Object named = defaults.remove("model");
            if (named != null && !named.equals(model)) {
                throw new IllegalArgumentException(
                        "it names model [" + Values.show(named) + "]; take [model] out of it");
            }
            return defaults;
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "model.json of model [" + model + "] is not the JSON object that it should be: "
                            + e.getMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    /** What is said of one type of hash means nothing for another. */
    private static boolean isOtherHash(Object under, Object over) {
        return under instanceof Map<?, ?> before
                && over instanceof Map<?, ?> now
                && now.get("type") != null
                && !now.get("type").equals(before.get("type") == null ? CodeConfig.RANDOM : before.get("type"));
    }

    /** What is done for a document or a query: tells its listener once, or throws. */
    @FunctionalInterface
    public interface Work<T> {
        void run(Encoder encoder, Ticket ticket, ActionListener<T> listener);
    }

    /** What is done for a document with several encoders: tells its listener once, or throws. */
    @FunctionalInterface
    public interface JointWork<T> {
        void run(List<Encoder> encoders, Ticket ticket, ActionListener<T> listener);
    }

    /**
     * Runs work for a document with one or more encoders: waits in the ingest queue. The listener is told on a generic
     * thread, since what follows is the rest of a pipeline; refused work is told on the caller's. In both cases in the
     * caller's context.
     *
     * @param infers whether the work runs the encoder's model; what does not needs none on this node
     */
    public <T> void ingest(
            List<String> encoders,
            String what,
            Object value,
            boolean infers,
            JointWork<T> work,
            ActionListener<T> listener) {
        submit(
                ingest,
                encoders.getFirst(),
                what,
                value,
                infers,
                null,
                joint(encoders, List.of(), what, infers, work),
                new ThreadedActionListener<>(afterIngest, listener));
    }

    /** Takes one encoder after the other. */
    private <T> Work<T> joint(List<String> ids, List<Encoder> taken, String what, boolean infers, JointWork<T> work) {
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

    /**
     * Runs work for a query: waits in the search queue. The listener is told on the thread that worked last, in the
     * caller's context.
     *
     * @param infers whether the work runs the encoder's model; what does not needs none on this node
     * @param task whose cancellation ends the work, if it has not begun; null for none
     */
    public <T> void search(
            String encoder,
            String what,
            Object value,
            boolean infers,
            CancellableTask task,
            Work<T> work,
            ActionListener<T> listener) {
        submit(search, encoder, what, value, infers, task, work, listener);
    }

    private <T> void submit(
            BoundedQueue queue,
            String encoder,
            String what,
            Object value,
            boolean infers,
            CancellableTask task,
            Work<T> work,
            ActionListener<T> listener) {
        queue.submit(
                what,
                PictureBytes.sizeOf(value),
                task,
                (ticket, made) -> use(encoder, what, infers, ticket, work, made),
                counted(ContextPreservingActionListener.wrapPreservingContext(listener, context)));
    }

    /**
     * Works with an encoder: here if it is there, else on the same pool once it has started, meanwhile on no thread.
     */
    private <T> void use(
            String id, String what, boolean infers, Ticket ticket, Work<T> work, ActionListener<T> listener) {
        Lazy<Encoder> lazy = infers ? loaded(definition(id)) : started(definition(id));
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
        private final Supplier<ThreadContext.StoredContext> own = context.newRestorableContext(false);
        private final String what;
        private final Ticket ticket;
        private final Work<T> work;
        /** Takes what it is told first and leaves the rest. */
        private final ActionListener<T> listener;

        FirstUse(String what, Ticket ticket, Work<T> work, ActionListener<T> listener) {
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
                (ticket.urgency() == Urgency.QUERY ? searchPool : ingestPool)
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

    /** Ends what has waited or run too long; to be called from time to time. */
    void sweep() {
        watch.sweep();
        ingest.sweep();
        search.sweep();
        firstUses.forEach(FirstUse::sweep);
        batchers.values().forEach(Batcher::sweep);
    }

    /**
     * To be asked before the text of a query's picture is parsed.
     *
     * @throws CircuitBreakingException (429) where there is no room for it
     */
    public void requireRoomToParse(String what) {
        breaker.requireRoomToParse(what, limits.maxBytes() / 3 * 4);
    }

    /**
     * Gives the bytes of a picture that came as base64, or as bytes, to what uses them up before it returns.
     *
     * @throws IllegalArgumentException when it is no picture in one of these ways, or larger than the limit
     * @throws CircuitBreakingException (429) where there is no room for them
     */
    public void withPicture(String what, Object value, Consumer<byte[]> user) {
        PictureBytes.use(what, value, limits, breaker, user);
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

    /** What happened to pictures and vectors on this node. */
    EncodingStats stats() {
        return stats;
    }

    /** What happened to pictures and vectors on this node, what waits, and what is loaded, as JSON has it. */
    public Map<String, Object> figures() {
        Map<String, Object> map = stats.toMap();
        Map<String, Object> queues = new LinkedHashMap<>();
        queues.put("documents", queue(ingest));
        queues.put("queries", queue(search));
        map.put("queues", queues);
        map.put(
                "waiting_for_model",
                batchers.values().stream().mapToInt(Batcher::waiting).sum());
        map.put(
                "models",
                batchers.keySet().stream()
                        .map(NetworkKey::model)
                        .distinct()
                        .sorted()
                        .toList());
        map.put("inference", runs());
        map.put("set_aside", aside());
        map.put(
                "encoders",
                started.keySet().stream().map(EncoderDefinition::id).sorted().toList());
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
        map.put("timed_out", watch.timedOut());
        map.put("repeated_for_memory", models.repeated());
        map.put("unloaded_models", models.unloaded());
        return map;
    }

    /** What is not run or not loaded on this node because it took too long, and why. */
    private List<Map<String, Object>> aside() {
        List<Map<String, Object>> all = new ArrayList<>();
        batchers.forEach((key, batcher) -> {
            String reason = batcher.asideFor();
            if (reason != null) {
                all.add(Map.of("model", key.model, "output", key.output, "input", key.shape, "reason", reason));
            }
        });
        loaded.forEach((definition, lazy) -> {
            String reason = lazy.unavailable();
            if (reason != null) {
                all.add(Map.of("model", definition.model(), "encoder", definition.id(), "reason", reason));
            }
        });
        loading.endless().forEach((model, reason) -> all.add(Map.of("model", model, "reason", reason)));
        return all;
    }

    /** Why pictures are not encoded with a model on this node though it is there; null where they are. */
    public String asideFor(String model) {
        return aside().stream()
                .filter(each -> each.get("model").equals(model))
                .map(each -> (String) each.get("reason"))
                .findFirst()
                .orElse(null);
    }

    private static Map<String, Object> queue(BoundedQueue queue) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pictures", queue.held());
        map.put("bytes", queue.heldBytes());
        return map;
    }

    /** Fails the pictures that wait for a model; for a node that stops. */
    @Override
    public void close() {
        if (sweeping != null) {
            sweeping.cancel();
        }
        batchers.values().forEach(Batcher::close);
        watch.close();
    }
}
