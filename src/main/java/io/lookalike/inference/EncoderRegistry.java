package io.lookalike.inference;

import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.EncodersMetadata;
import io.lookalike.encoder.GraphFacts;
import io.lookalike.encoder.HashDefaults;
import io.lookalike.image.Background;
import io.lookalike.model.Models;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.core.Releasable;

/**
 * The encoders of this node: their definitions from the cluster state, and the encoders that were started from them.
 *
 * <p>An encoder starts when it is first used. It loads its model for its first picture; vectors need no model. The heap
 * that all started encoders may take is bounded. Thread-safe.
 */
public final class EncoderRegistry {
    /** The background, the bits and the tables that the first release had, so the fingerprint stays the same. */
    private static final Map<String, Object> BUILT_IN = Map.of(
            "model",
            EncoderDefinition.DEFAULT_MODEL,
            EncoderConfig.IMAGE,
            Map.of(EncoderConfig.BACKGROUND, EncoderConfig.lower(Background.WHITE)),
            "hash",
            HashDefaults.FIRST.get("hash"),
            "buckets",
            HashDefaults.FIRST.get("buckets"));

    /** The most that the weights of all started encoders may take. */
    private static final long MAX_WEIGHT_BYTES = Runtime.getRuntime().maxMemory() / 4;

    /** The largest encoder that is evaluated on the calling thread (about 100 µs). */
    private static final long READY_BYTES = 4L << 20;

    /**
     * Memory that starting an encoder takes for a while, as a multiple of its JSON: texts, the bytes that they are
     * base64 of, numbers.
     */
    private static final int STARTING = 4;

    private static final int SHOWN_IDS = 20;

    private final Models models;
    private final DefinitionResolver resolver;
    private final Loading loading;
    private final Networks networks;
    private final PictureBreaker breaker;
    private final PictureMemory memory;
    private final EncodingStats stats;
    private final LongSupplier nanoTime;
    private final Lazy<EncoderDefinition> builtIn;
    /** For vectors. */
    private final Map<EncoderDefinition, Lazy<Encoder>> started = new ConcurrentHashMap<>();
    /** Encoders with a model, for pictures; each shares its weights with one in {@code started}. */
    private final Map<EncoderDefinition, Lazy<Encoder>> loaded = new ConcurrentHashMap<>();

    private volatile Map<String, EncoderDefinition> definitions = Map.of();
    private volatile Thread applier;
    private volatile EncodersMetadata.Parts applied;

    EncoderRegistry(
            Models models,
            DefinitionResolver resolver,
            Loading loading,
            Networks networks,
            PictureBreaker breaker,
            EncodingStats stats,
            LongSupplier nanoTime) {
        this.models = models;
        this.resolver = resolver;
        this.loading = loading;
        this.networks = networks;
        this.breaker = breaker;
        this.memory = PictureMemory.of(breaker);
        this.stats = stats;
        this.nanoTime = nanoTime;
        this.builtIn = Lazy.of(
                "encoder [" + EncoderDefinition.DEFAULT + "]",
                () -> resolver.resolve(EncoderDefinition.DEFAULT, BUILT_IN, new Stop()),
                nanoTime);
    }

    void apply(ClusterChangedEvent event) {
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

    /** Whether the caller is the thread that applies cluster states. */
    public boolean isApplying() {
        return Thread.currentThread().equals(applier);
    }

    /** The encoders that users created, by id. */
    public Map<String, EncoderDefinition> created() {
        return definitions;
    }

    /** The type of perceptual hash that the encoder with this fingerprint makes; null when there is no such encoder. */
    public String perceptualOf(String fingerprint) {
        return Stream.concat(Stream.of(builtIn()), definitions.values().stream())
                .filter(definition -> definition.fingerprint().equals(fingerprint))
                .map(definition -> (String) definition.outline().get("perceptual"))
                .findFirst()
                .orElse(null);
    }

    private EncoderDefinition builtIn() {
        return builtIn.get(loading.mostNanos());
    }

    /** Loads nothing. */
    public boolean exists(String id) {
        return id.equals(EncoderDefinition.DEFAULT) || definitions.containsKey(id);
    }

    /** @throws ResourceNotFoundException (404) with the ids of existing encoders */
    public EncoderDefinition definition(String id) {
        if (id.equals(EncoderDefinition.DEFAULT)) {
            return builtIn();
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

    /** The encoder for vectors, started on the caller's thread. */
    public Encoder encoder(String id) {
        return started(definition(id)).get(loading.mostNanos());
    }

    /** @param infers whether the encoder must run its model */
    Lazy<Encoder> lazy(String id, boolean infers) {
        EncoderDefinition definition = definition(id);
        return infers && !definition.model().equals(EncoderConfig.NO_MODEL)
                ? lazy(loaded, definition, listener -> load(definition, listener))
                : started(definition);
    }

    private Lazy<Encoder> started(EncoderDefinition definition) {
        return lazy(started, definition, listener -> listener.onResponse(start(definition)));
    }

    private Lazy<Encoder> lazy(
            Map<EncoderDefinition, Lazy<Encoder>> all,
            EncoderDefinition definition,
            Consumer<ActionListener<Encoder>> maker) {
        Lazy<Encoder> lazy =
                all.computeIfAbsent(definition, d -> new Lazy<>("encoder [" + d.id() + "]", maker, nanoTime));
        if (!definition.equals(builtIn.peek()) && !definition.equals(definitions.get(definition.id()))) {
            all.remove(definition, lazy); // it was deleted after the look-up, so nothing else would remove it
        }
        return lazy;
    }

    /** The encoder if it encodes a vector faster than another thread would wake up; else null. Loads nothing. */
    public Encoder ready(String id) {
        EncoderDefinition definition = id.equals(EncoderDefinition.DEFAULT) ? builtIn.peek() : definitions.get(id);
        Lazy<Encoder> lazy = definition == null ? null : started.get(definition);
        Encoder encoder = lazy == null ? null : lazy.peek();
        return encoder != null && encoder.isReady() && encoder.weightBytes() <= READY_BYTES ? encoder : null;
    }

    /** An encoder for vectors, made from the body of a PUT and not registered. Loads the model. */
    public Encoder trial(String id, Map<String, Object> body) {
        Map<String, Object> config = new HashMap<>(body);
        config.remove("model_sha256");
        Releasable held = resolver.reserve(id, config);
        try {
            if (!DefinitionResolver.hasModel(config)) {
                return start(resolver.resolve(id, config, new Stop()));
            }
            return Lazy.await(
                    "encoder [" + id + "]",
                    2 * loading.mostNanos(), // others may be loaded first
                    listener -> loading.run(
                            (String) config.get("model"),
                            "encoder [" + id + "]",
                            stop -> start(resolver.resolve(id, config, stop)),
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

    /** Forgets all started encoders if one more would exceed the bound; they start again at their next use. */
    private void makeRoom(long bytes) {
        long held = started.values().stream()
                .map(Lazy::peek)
                .mapToLong(encoder -> encoder == null ? 0 : encoder.weightBytes())
                .sum();
        if (held + bytes > MAX_WEIGHT_BYTES) {
            started.values().removeIf(each -> each.peek() != null);
            loaded.values().removeIf(each -> each.peek() != null);
        }
    }

    private void load(EncoderDefinition definition, ActionListener<Encoder> listener) {
        // PUT accepted the definition, so this node is to blame
        ActionListener<Encoder> told = listener.delegateResponse((next, e) ->
                next.onFailure(e instanceof IllegalArgumentException ? new NodeLacksModelException(e) : e));
        String codeModel = definition.codeModel();
        if (codeModel == null || codeModel.equals(definition.model())) {
            run(definition, definition.model(), stop -> load(definition, null, stop), told);
        } else {
            run(
                    definition,
                    codeModel,
                    stop -> codes(definition, stop),
                    told.delegateFailureAndWrap((next, codes) ->
                            run(definition, definition.model(), stop -> load(definition, codes, stop), next)));
        }
    }

    private <T> void run(
            EncoderDefinition definition, String model, Function<Stop, T> work, ActionListener<T> listener) {
        Function<Stop, T> holding = stop -> {
            Releasable held = reserveStart(definition);
            try {
                return work.apply(stop);
            } finally {
                held.close();
            }
        };
        loading.run(model, "encoder [" + definition.id() + "]", holding, Loading::unavailable, listener);
    }

    /** @param codes the network that makes codes, if it is of another model */
    private Encoder load(EncoderDefinition definition, Batcher codes, Stop stop) {
        OnnxModel model = model(definition, definition.model(), stop);
        EncoderConfig config = EncoderConfig.parse(definition.configMap(), new GraphFacts(model, stop));
        CodeNetwork code = config.hash().network();
        List<String> outputs = config.isJoint() ? List.of(config.output(), code.output()) : List.of(config.output());
        List<Batcher> running = new ArrayList<>(List.of(networks.of(model, outputs, config.image(), stop)));
        if (codes != null) {
            running.add(codes);
        } else if (code != null && !config.isJoint()) {
            running.add(networks.of(model, List.of(code.output()), code.image(), stop));
        }
        return started(definition).get(loading.mostNanos()).with(running);
    }

    private Batcher codes(EncoderDefinition definition, Stop stop) {
        CodeNetwork code =
                EncoderConfig.parseResolved(definition.configMap()).hash().network();
        return networks.of(model(definition, code.model(), stop), List.of(code.output()), code.image(), stop);
    }

    /** A model of an encoder, if it is the one that the encoder was made with. */
    private OnnxModel model(EncoderDefinition definition, String id, Stop stop) {
        OnnxModel model = models.get(id, stop);
        String madeWith = definition.models().get(id);
        if (!model.info().sha256().equals(madeWith)) {
            throw new IllegalArgumentException("model [" + id + "] on this node has SHA-256 ["
                    + model.info().sha256() + "] but encoder [" + definition.id() + "] was made with [" + madeWith
                    + "]; put the same model.onnx into config/lookalike/models/" + id
                    + " on every node and restart it");
        }
        return model;
    }

    /** The ids of started encoders, sorted. */
    List<String> ids() {
        return started.keySet().stream().map(EncoderDefinition::id).sorted().toList();
    }

    /** The encoders whose model took too long to load, and why. */
    List<Map<String, Object>> setAside() {
        List<Map<String, Object>> all = new ArrayList<>();
        loaded.forEach((definition, lazy) -> {
            String reason = lazy.unavailable();
            if (reason != null) {
                all.add(Map.of("model", definition.model(), "encoder", definition.id(), "reason", reason));
            }
        });
        return all;
    }
}
