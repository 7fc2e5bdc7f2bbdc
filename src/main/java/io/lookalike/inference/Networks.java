package io.lookalike.inference;

import io.lookalike.encoder.EncoderConfig;
import io.lookalike.image.Preprocessing;
import io.lookalike.model.OnnxModel;
import io.lookalike.model.Stop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.elasticsearch.common.util.concurrent.ThreadContext;

/**
 * The networks that run on this node, one for each model, outputs and shape of the input; encoders with the same
 * network share batches. Thread-safe.
 */
final class Networks {
    /**
     * Bytes of tensors in one batch. A model needs many times as much for its intermediate results: the attention of a
     * transformer over the 3,751 tokens of 1050 x 700 pixels takes 340 MB a picture, so such pictures run alone.
     */
    private static final long BATCH_BYTES = 16L << 20;

    private final FairThreads threads;
    private final TimeLimits timeLimits;
    private final LookalikeSettings settings;
    private final ThreadContext context;
    private final EncodingStats stats;
    private final LongSupplier nanoTime;
    private final Map<Key, Batcher> batchers = new ConcurrentHashMap<>();

    private record Key(String model, List<String> outputs, List<Integer> shape) {}

    Networks(
            FairThreads threads,
            TimeLimits timeLimits,
            LookalikeSettings settings,
            ThreadContext context,
            EncodingStats stats,
            LongSupplier nanoTime) {
        this.threads = threads;
        this.timeLimits = timeLimits;
        this.settings = settings;
        this.context = context;
        this.stats = stats;
        this.nanoTime = nanoTime;
    }

    /** The network of a model; the first call for it runs the model to check whether it can take batches. */
    Batcher of(OnnxModel model, List<String> outputs, Preprocessing image, Stop stop) {
        int[] inner = image.outputShape();
        Key key =
                new Key(model.info().id(), outputs, Arrays.stream(inner).boxed().toList());
        Batcher known = batchers.get(key);
        if (known != null) {
            return known;
        }
        long[] shape = {1, inner[0], inner[1], inner[2]};
        int most = Math.clamp(BATCH_BYTES / EncoderConfig.tensorBytes(image), 1, Integer.MAX_VALUE);
        if (model.fixedBatch() > 0) {
            most = Math.min(most, model.fixedBatch());
        }
        // two encoders that start at the same time may both run this: no lock is held while a network runs
        if (most > 1
                && !BatchCheck.passes(
                        rows -> model.runAll(outputs, rows, shape, stop), inner[0] * inner[1] * inner[2])) {
            most = 1;
        }
        GuardedNetwork network = new GuardedNetwork(
                "model [" + model.info().id() + "]",
                (rows, end) -> model.runAll(outputs, rows, shape, end),
                threads.lane(threads.atOnce()),
                timeLimits,
                settings::timeoutNanos,
                nanoTime);
        Batcher made = new Batcher(network, most, settings, context, threads.atOnce(), stats, nanoTime);
        Batcher first = batchers.putIfAbsent(key, made);
        return first == null ? made : first;
    }

    /** Pictures that wait for a model. */
    int waiting() {
        return batchers.values().stream().mapToInt(Batcher::waiting).sum();
    }

    /** The ids of all models with a network, sorted. */
    List<String> models() {
        return batchers.keySet().stream().map(Key::model).distinct().sorted().toList();
    }

    /** The networks that are set aside because they ran too long, and why. */
    List<Map<String, Object>> setAside() {
        List<Map<String, Object>> all = new ArrayList<>();
        batchers.forEach((key, batcher) -> {
            String reason = batcher.asideFor();
            if (reason != null) {
                String output = String.join(", ", key.outputs);
                all.add(Map.of("model", key.model, "output", output, "input", key.shape, "reason", reason));
            }
        });
        return all;
    }

    /** Fails pictures that have waited too long; to be called from time to time. */
    void sweep() {
        batchers.values().forEach(Batcher::sweep);
    }

    /** Fails the pictures that wait. */
    void close() {
        batchers.values().forEach(Batcher::close);
    }
}
