package io.lookalike.encoder;

import io.lookalike.image.ImageLimits;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateApplier;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.unit.MemorySizeValue;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.XContentType;

/**
 * The encoders of this node: their definitions from the cluster state, their models, and the threads that run them.
 *
 * <p>Documents and queries run on two pools of their own, so that a bulk does not keep a search waiting; what waits is
 * bounded by a count (the pool's queue) and by bytes, beyond which work is refused with 429. Thread-safe.
 */
public final class Encoders implements ClusterStateApplier {
    public static final String DEFAULT = "default";
    static final String BUILT_IN_MODEL = "builtin-1";
    public static final String INGEST_POOL = "lookalike_ingest";
    public static final String SEARCH_POOL = "lookalike_search";

    public static final Setting<ByteSizeValue> MAX_BYTES = Setting.byteSizeSetting(
            "lookalike.image.max_bytes",
            ByteSizeValue.ofBytes(ImageLimits.DEFAULT.maxBytes()),
            ByteSizeValue.ofBytes(1),
            ByteSizeValue.ofMb(512),
            Property.NodeScope,
            Property.Dynamic);
    public static final Setting<Long> MAX_PIXELS = Setting.longSetting(
            "lookalike.image.max_pixels", ImageLimits.DEFAULT.maxPixels(), 1, Property.NodeScope, Property.Dynamic);
    public static final Setting<Integer> MAX_SIDE = Setting.intSetting(
            "lookalike.image.max_side",
            ImageLimits.DEFAULT.maxSide(),
            1,
            1 << 20,
            Property.NodeScope,
            Property.Dynamic);
    public static final Setting<ByteSizeValue> QUEUE_BYTES = new Setting<>(
            "lookalike.queue.max_bytes",
            "20%",
            s -> MemorySizeValue.parseBytesSizeValueOrHeapRatio(s, "lookalike.queue.max_bytes"),
            Property.NodeScope,
            Property.Dynamic);

    private final Models models;
    private final Executor ingest;
    private final Executor search;
    private final AtomicLong waitingBytes = new AtomicLong();
    private final Map<EncoderDefinition, Encoder> running = new ConcurrentHashMap<>();
    private volatile Map<String, EncoderDefinition> definitions = Map.of();
    private volatile EncoderDefinition builtIn;
    private volatile long maxBytes;
    private volatile long maxPixels;
    private volatile int maxSide;
    private volatile long queueBytes;

    public Encoders(Models models, ThreadPool threadPool, ClusterSettings settings) {
        this(models, threadPool.executor(INGEST_POOL), threadPool.executor(SEARCH_POOL));
        settings.initializeAndWatch(MAX_BYTES, value -> maxBytes = value.getBytes());
        settings.initializeAndWatch(MAX_PIXELS, value -> maxPixels = value);
        settings.initializeAndWatch(MAX_SIDE, value -> maxSide = value);
        settings.initializeAndWatch(QUEUE_BYTES, value -> queueBytes = value.getBytes());
    }

    Encoders(Models models, Executor ingest, Executor search) {
        this.models = models;
        this.ingest = ingest;
        this.search = search;
        maxBytes = ImageLimits.DEFAULT.maxBytes();
        maxPixels = ImageLimits.DEFAULT.maxPixels();
        maxSide = ImageLimits.DEFAULT.maxSide();
        queueBytes = Runtime.getRuntime().maxMemory() / 5;
    }

    public Models models() {
        return models;
    }

    public ImageLimits limits() {
        return new ImageLimits(maxBytes, maxPixels, maxSide);
    }

    @Override
    public void applyClusterState(ClusterChangedEvent event) {
        Map<String, EncoderDefinition> now = EncodersMetadata.of(event.state()).encoders();
        if (!now.equals(definitions)) {
            definitions = now;
            running.keySet().removeIf(definition -> !definition.equals(builtIn) && !now.containsValue(definition));
        }
    }

    /** All definitions known to this node, by id; loads the built-in model for {@code default}. */
    public Map<String, EncoderDefinition> definitions() {
        Map<String, EncoderDefinition> all = new TreeMap<>(definitions);
        all.put(DEFAULT, definition(DEFAULT));
        return all;
    }

    /** Whether an encoder of this id exists; loads nothing. */
    public boolean exists(String id) {
        return id.equals(DEFAULT) || definitions.containsKey(id);
    }

    /** The definition of this id; a {@link ResourceNotFoundException} (404) names the encoders there are. */
    public EncoderDefinition definition(String id) {
        if (id.equals(DEFAULT)) {
            EncoderDefinition definition = builtIn;
            if (definition == null) {
                definition = resolve(DEFAULT, Map.of("model", BUILT_IN_MODEL));
                builtIn = definition;
            }
            return definition;
        }
        EncoderDefinition definition = definitions.get(id);
        if (definition == null) {
            throw new ResourceNotFoundException(noSuchEncoder(id));
        }
        return definition;
    }

    public String noSuchEncoder(String id) {
        TreeMap<String, EncoderDefinition> known = new TreeMap<>(definitions);
        known.put(DEFAULT, null);
        return "no such encoder [" + id + "]; known encoders are " + known.keySet()
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
        Encoder encoder = running.get(definition);
        return encoder != null ? encoder : running.computeIfAbsent(definition, this::start);
    }

    private Encoder start(EncoderDefinition definition) {
        Map<String, Object> body = definition.configMap();
        String modelId = (String) body.get("model");
        if (modelId.equals(EncoderConfig.NO_MODEL)) {
            return new Encoder(definition, EncoderConfig.parse(body, null), null);
        }
        OnnxModel model = models.get(modelId);
        if (!model.info().sha256().equals(definition.modelSha256())) {
            throw new IllegalArgumentException("model [" + modelId + "] on this node has SHA-256 ["
                    + model.info().sha256() + "] but encoder [" + definition.id() + "] was made with ["
                    + definition.modelSha256() + "]; put the same model.onnx into config/lookalike/models/" + modelId
                    + " on every node and restart it");
        }
        return new Encoder(definition, EncoderConfig.parse(body, new GraphFacts(model)), model);
    }

    /** A user's body over the model's own defaults, checked, with nothing left open. Loads the model. */
    EncoderDefinition resolve(String id, Map<String, Object> body) {
        if (!(body.get("model") instanceof String modelId) || modelId.equals(EncoderConfig.NO_MODEL)) {
            return EncoderDefinition.of(id, EncoderConfig.parse(body, null), "");
        }
        OnnxModel model = models.get(modelId);
        byte[] defaults = model.info().defaults();
        Map<String, Object> merged = defaults == null
                ? new HashMap<>()
                : XContentHelper.convertToMap(new BytesArray(defaults), true, XContentType.JSON)
                        .v2();
        merge(merged, body);
        return EncoderDefinition.of(
                id,
                EncoderConfig.parse(merged, new GraphFacts(model)),
                model.info().sha256());
    }

    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> under, Map<String, Object> over) {
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

    /** Runs work for a document: waits in the ingest queue. */
    public void ingest(
            String encoder,
            String what,
            Object value,
            Function<Encoder, Encoding> work,
            ActionListener<Encoding> listener) {
        submit(ingest, encoder, what, value, work, listener);
    }

    /** Runs work for a query: waits in the search queue. */
    public void search(
            String encoder,
            String what,
            Object value,
            Function<Encoder, Encoding> work,
            ActionListener<Encoding> listener) {
        submit(search, encoder, what, value, work, listener);
    }

    private void submit(
            Executor executor,
            String encoder,
            String what,
            Object value,
            Function<Encoder, Encoding> work,
            ActionListener<Encoding> listener) {
        long bytes = PictureBytes.sizeOf(value);
        long waiting = waitingBytes.addAndGet(bytes);
        if (waiting > queueBytes && waiting > bytes) {
            waitingBytes.addAndGet(-bytes);
            listener.onFailure(new EsRejectedExecutionException("cannot queue " + what + ": pictures of ["
                    + (waiting - bytes) + "] bytes are waiting and at most [" + queueBytes
                    + "] may; send it again later, send smaller bulks, or raise [" + QUEUE_BYTES.getKey() + "]"));
            return;
        }
        executor.execute(new AbstractRunnable() {
            private Encoding made;
            private Exception failure;

            @Override
            protected void doRun() {
                try {
                    made = work.apply(encoder(encoder));
                } catch (Throwable t) {
                    failure = Failures.tame(what, t);
                }
            }

            @Override
            public void onFailure(Exception e) {
                failure = e;
            }

            @Override
            public void onAfter() {
                waitingBytes.addAndGet(-bytes);
                if (failure != null) {
                    listener.onFailure(failure);
                } else {
                    listener.onResponse(made);
                }
            }

            @Override
            public void onRejection(Exception e) {
                failure = e;
            }
        });
    }
}
