package io.lookalike.encoder;

import io.lookalike.image.ImageLimits;
import io.lookalike.image.PixelMemory;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ThreadedActionListener;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateApplier;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.unit.MemorySizeValue;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * The encoders of this node: their definitions from the cluster state, their models, and the threads that run them.
 *
 * <p>Documents and queries run on two pools of their own with a {@link BoundedQueue} each, so that a bulk does not keep a
 * search waiting. An encoder starts, which loads its model, when it is first used. What started encoders and pictures that are
 * being decoded hold of the heap is bounded. Thread-safe.
 */
public final class Encoders implements ClusterStateApplier {
    public static final String DEFAULT = "default";
    static final String BUILT_IN_MODEL = "builtin-1";
    public static final String INGEST_POOL = "lookalike_ingest";
    public static final String SEARCH_POOL = "lookalike_search";

    private static final long HEAP = Runtime.getRuntime().maxMemory();

    /** What all pictures that decode at once may take: enough for 50 megapixels in 1 GiB of heap. */
    private static final long DECODING_BYTES = HEAP * 35 / 100;

    /** What the hyperplanes of all started encoders may take. */
    private static final long HYPERPLANE_BYTES = HEAP / 4;

    /** Hyperplanes that are gone through in some 100 µs. */
    private static final long READY_BYTES = 4L << 20;

    private static final int SHOWN_IDS = 20;

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
    /** For documents and for queries, each. */
    public static final Setting<ByteSizeValue> QUEUE_BYTES = new Setting<>(
            "lookalike.queue.max_bytes",
            "10%",
            text -> MemorySizeValue.parseBytesSizeValueOrHeapRatio(text, "lookalike.queue.max_bytes"),
            Property.NodeScope,
            Property.Dynamic);

    public static final Setting<TimeValue> QUEUE_WAIT = Setting.positiveTimeSetting(
            "lookalike.queue.max_wait", TimeValue.timeValueMinutes(5), Property.NodeScope, Property.Dynamic);

    private final Models models;
    private final BoundedQueue ingest;
    private final BoundedQueue search;
    private final Executor afterIngest;
    private final LongSupplier nanoTime;
    private final PixelMemory decoding = new PixelMemory(DECODING_BYTES);
    private final Map<EncoderDefinition, Lazy<Encoder>> started = new ConcurrentHashMap<>();
    private final Lazy<EncoderDefinition> builtIn;
    private volatile Map<String, EncoderDefinition> definitions = Map.of();
    private volatile Thread applier;
    private volatile ImageLimits limits = ImageLimits.DEFAULT;

    public Encoders(Models models, ThreadPool threadPool, ClusterSettings settings) {
        this(
                models,
                threadPool.executor(INGEST_POOL),
                threadPool.executor(SEARCH_POOL),
                threadPool.generic(),
                System::nanoTime);
        settings.initializeAndWatch(MAX_BYTES, value -> limits(value.getBytes(), limits.maxPixels(), limits.maxSide()));
        settings.initializeAndWatch(MAX_PIXELS, value -> limits(limits.maxBytes(), value, limits.maxSide()));
        settings.initializeAndWatch(MAX_SIDE, value -> limits(limits.maxBytes(), limits.maxPixels(), value));
        for (BoundedQueue queue : new BoundedQueue[] {ingest, search}) {
            settings.initializeAndWatch(QUEUE_BYTES, queue::maxBytes);
            settings.initializeAndWatch(QUEUE_WAIT, queue::maxWait);
        }
    }

    Encoders(Models models, Executor ingestPool, Executor searchPool, Executor afterIngest, LongSupplier nanoTime) {
        this.models = models;
        this.ingest = new BoundedQueue(ingestPool, nanoTime);
        this.search = new BoundedQueue(searchPool, nanoTime);
        this.afterIngest = afterIngest;
        this.nanoTime = nanoTime;
        builtIn = new Lazy<>(
                "encoder [" + DEFAULT + "]", () -> resolve(DEFAULT, Map.of("model", BUILT_IN_MODEL)), nanoTime);
    }

    private void limits(long maxBytes, long maxPixels, int maxSide) {
        limits = new ImageLimits(maxBytes, maxPixels, maxSide);
    }

    public Models models() {
        return models;
    }

    public ImageLimits limits() {
        return limits;
    }

    @Override
    public void applyClusterState(ClusterChangedEvent event) {
        applier = Thread.currentThread();
        Map<String, EncoderDefinition> now = EncodersMetadata.of(event.state()).encoders();
        if (!now.equals(definitions)) {
            definitions = now;
            started.keySet()
                    .removeIf(definition -> !definition.equals(builtIn.peek()) && !now.containsValue(definition));
        }
    }

    /** Whether the caller is applying a cluster state: what it reads was accepted before, and is not checked against encoders again. */
    public boolean isApplying() {
        return Thread.currentThread().equals(applier);
    }

    /** The encoders that users created, by id. */
    Map<String, EncoderDefinition> created() {
        return definitions;
    }

    /** Whether an encoder of this id exists; loads nothing. */
    public boolean exists(String id) {
        return id.equals(DEFAULT) || definitions.containsKey(id);
    }

    /** The definition of this id; a {@link ResourceNotFoundException} (404) names the encoders there are. */
    public EncoderDefinition definition(String id) {
        if (id.equals(DEFAULT)) {
            return builtIn.get();
        }
        EncoderDefinition definition = definitions.get(id);
        if (definition == null) {
            throw new ResourceNotFoundException(noSuchEncoder(id));
        }
        return definition;
    }

    public String noSuchEncoder(String id) {
        TreeSet<String> known = new TreeSet<>(definitions.keySet());
        known.add(DEFAULT);
        return "no such encoder [" + id + "]; known encoders are "
                + known.stream().limit(SHOWN_IDS).collect(Collectors.joining(", ", "[", "]"))
                + (known.size() > SHOWN_IDS ? " and [" + (known.size() - SHOWN_IDS) + "] more" : "")
                + "; create it with PUT /_lookalike/encoder/" + id;
    }

    /**
     * The encoder, ready to run; its first use on a node loads the model.
     *
     * @throws ResourceNotFoundException when there is none of this id
     * @throws IllegalArgumentException when this node has no such model, or a different one
     */
    public Encoder encoder(String id) {
        EncoderDefinition definition = definition(id);
        return started.computeIfAbsent(
                        definition, d -> new Lazy<>("encoder [" + d.id() + "]", () -> start(d), nanoTime))
                .get();
    }

    /** The encoder where it encodes a vector in less time than another thread takes to wake; else null. Loads nothing. */
    public Encoder ready(String id) {
        EncoderDefinition definition = id.equals(DEFAULT) ? builtIn.peek() : definitions.get(id);
        Lazy<Encoder> lazy = definition == null ? null : started.get(definition);
        Encoder encoder = lazy == null ? null : lazy.peek();
        return encoder != null && encoder.isReady() && encoder.hyperplaneBytes() <= READY_BYTES ? encoder : null;
    }

    private Encoder start(EncoderDefinition definition) {
        Map<String, Object> body = definition.configMap();
        String modelId = (String) body.get("model");
        OnnxModel model = modelId.equals(EncoderConfig.NO_MODEL) ? null : models.get(modelId);
        if (model != null && !model.info().sha256().equals(definition.modelSha256())) {
            throw new IllegalArgumentException("model [" + modelId + "] on this node has SHA-256 ["
                    + model.info().sha256() + "] but encoder [" + definition.id() + "] was made with ["
                    + definition.modelSha256() + "]; put the same model.onnx into config/lookalike/models/" + modelId
                    + " on every node and restart it");
        }
        EncoderConfig config = EncoderConfig.parse(body, model == null ? null : new GraphFacts(model));
        makeRoom(config.hyperplaneBytes());
        return new Encoder(definition, config, model, decoding);
    }

    /** Forgets all started encoders, which start again when they are used, once their hyperplanes would hold too much. */
    private void makeRoom(long bytes) {
        long held = started.values().stream()
                .map(Lazy::peek)
                .mapToLong(encoder -> encoder == null ? 0 : encoder.hyperplaneBytes())
                .sum();
        if (held + bytes > HYPERPLANE_BYTES) {
            started.values().removeIf(each -> each.peek() != null);
        }
    }

    /** A user's body over the model's own defaults, checked, with nothing left open. Loads the model. */
    EncoderDefinition resolve(String id, Map<String, Object> body) {
        if (!(body.get("model") instanceof String modelId) || modelId.equals(EncoderConfig.NO_MODEL)) {
            return EncoderDefinition.of(id, EncoderConfig.parse(body, null), "");
        }
        OnnxModel model = models.get(modelId);
        Map<String, Object> merged = defaults(model);
        merge(merged, body);
        return EncoderDefinition.of(
                id,
                EncoderConfig.parse(merged, new GraphFacts(model)),
                model.info().sha256());
    }

    private static Map<String, Object> defaults(OnnxModel model) {
        byte[] json = model.info().defaults();
        if (json == null) {
            return new HashMap<>();
        }
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            if (parser.nextToken() == XContentParser.Token.START_OBJECT) {
                return new HashMap<>(parser.mapOrdered());
            }
            throw new IllegalArgumentException("it starts with [" + parser.currentToken() + "]");
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "model.json of model [" + model.info().id()
                            + "] is not a JSON object; correct it and restart the node",
                    e);
        }
    }

    /** An explicit null takes a default away. */
    @SuppressWarnings("unchecked")
    static void merge(Map<String, Object> under, Map<String, Object> over) {
        over.forEach((key, value) -> {
            if (value instanceof Map<?, ?> map && under.get(key) instanceof Map<?, ?> inner) {
                Map<String, Object> copy = new HashMap<>((Map<String, Object>) inner);
                merge(copy, (Map<String, Object>) map);
                under.put(key, copy);
            } else {
                under.put(key, value);
            }
        });
    }

    /**
     * Runs work for a document: waits in the ingest queue. The listener is told on a generic thread, since what follows is the rest
     * of a pipeline; refused work is told on the caller's.
     */
    public void ingest(
            String encoder,
            String what,
            Object value,
            Function<Encoder, Encoding> work,
            ActionListener<Encoding> listener) {
        ingest.submit(
                what,
                PictureBytes.sizeOf(value),
                () -> work.apply(encoder(encoder)),
                new ThreadedActionListener<>(afterIngest, listener));
    }

    /** Runs work for a query: waits in the search queue. The listener is told on the thread that worked. */
    public void search(
            String encoder,
            String what,
            Object value,
            Function<Encoder, Encoding> work,
            ActionListener<Encoding> listener) {
        search.submit(what, PictureBytes.sizeOf(value), () -> work.apply(encoder(encoder)), listener);
    }
}
