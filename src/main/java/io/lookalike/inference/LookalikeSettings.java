package io.lookalike.inference;

import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Models;
import io.lookalike.model.SessionSettings;
import java.util.List;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.unit.MemorySizeValue;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.monitor.os.OsProbe;

/** The settings for pictures, queues and models, and the current values of those that can change. Thread-safe. */
public final class LookalikeSettings implements Batcher.Limits {
    static final Setting<ByteSizeValue> MAX_BYTES = Setting.byteSizeSetting(
            "lookalike.image.max_bytes",
            ByteSizeValue.ofBytes(ImageLimits.DEFAULT.maxBytes()),
            ByteSizeValue.ofBytes(1),
            ByteSizeValue.ofMb(512),
            Property.NodeScope,
            Property.Dynamic);

    /** For one picture. The heap bounds all pictures that are decoded at the same time, see {@link PictureMemory}. */
    static final Setting<Long> MAX_PIXELS = new Setting<>(
            "lookalike.image.max_pixels",
            Long.toString(ImageLimits.DEFAULT.maxPixels()),
            text -> new ImageLimits(1, Long.parseLong(text), 1).maxPixels(),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Integer> MAX_SIDE = Setting.intSetting(
            "lookalike.image.max_side",
            ImageLimits.DEFAULT.maxSide(),
            1,
            1 << 20,
            Property.NodeScope,
            Property.Dynamic);

    /** The most pictures, and boxes of pictures, in one document. */
    public static final Setting<Integer> MAX_PICTURES = Setting.intSetting(
            "lookalike.image.max_per_document", 100, 1, 10_000, Property.NodeScope, Property.Dynamic);

    /** A bound for the queue of documents, and the same for the queue of queries. */
    static final Setting<ByteSizeValue> QUEUE_BYTES = new Setting<>(
            "lookalike.queue.max_bytes",
            "10%",
            text -> MemorySizeValue.parseBytesSizeValueOrHeapRatio(text, "lookalike.queue.max_bytes"),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<TimeValue> QUEUE_WAIT = Setting.positiveTimeSetting(
            "lookalike.queue.max_wait", TimeValue.timeValueMinutes(5), Property.NodeScope, Property.Dynamic);

    /** Native memory that all models and their runs may hold together. */
    public static final Setting<ByteSizeValue> MODEL_MEMORY = Setting.byteSizeSetting(
            Models.MAX_MEMORY,
            ByteSizeValue.ofBytes(Models.defaultMaxMemory(
                    Runtime.getRuntime().maxMemory(), OsProbe.getInstance().getTotalPhysicalMemorySize())),
            ByteSizeValue.ofMb(1),
            ByteSizeValue.ofBytes(Long.MAX_VALUE),
            Property.NodeScope);

    /**
     * Pictures of documents that take longer than this are logged; a negative value turns the log off. Time in the
     * queue does not count.
     */
    static final Setting<TimeValue> SLOW = Setting.timeSetting(
            "lookalike.slowlog.threshold",
            TimeValue.timeValueSeconds(2),
            TimeValue.MINUS_ONE,
            Property.NodeScope,
            Property.Dynamic);

    /**
     * The most pictures in one batch; 1 runs each picture alone. On a CPU the gain is small, and large batches do not
     * fit into its caches: with batches of 1, 4, 8 and 16, two at once, MobileNetV1 0.25 runs 758, 877, 883 and 886
     * pictures a second, and MobileNetV2 107, 96, 99 and 90 (the bare loop of {@code bin/bench ingest}).
     */
    static final Setting<Integer> BATCH_SIZE =
            Setting.intSetting("lookalike.inference.batch_size", 4, 1, 64, Property.NodeScope, Property.Dynamic);

    /** How long a document's picture may wait for others to fill its batch. */
    static final Setting<TimeValue> BATCH_WAIT = Setting.timeSetting(
            "lookalike.inference.batch_wait",
            TimeValue.timeValueMillis(2),
            TimeValue.ZERO,
            TimeValue.timeValueSeconds(1),
            Property.NodeScope,
            Property.Dynamic);

    /** How long a model may run on one batch, whatever its size. */
    static final Setting<TimeValue> INFERENCE_TIMEOUT = Setting.timeSetting(
            "lookalike.inference.timeout",
            TimeValue.timeValueSeconds(30),
            TimeValue.timeValueMillis(1),
            TimeValue.timeValueHours(1),
            Property.NodeScope,
            Property.Dynamic);

    /** How long it may take to load and try a model, when an encoder is created and at its first use on a node. */
    static final Setting<TimeValue> START_TIMEOUT = Setting.timeSetting(
            "lookalike.inference.start_timeout",
            TimeValue.timeValueSeconds(60),
            TimeValue.timeValueMillis(1),
            TimeValue.timeValueHours(1),
            Property.NodeScope,
            Property.Dynamic);

    /** Threads that work on one batch. */
    static final Setting<Integer> INFERENCE_THREADS =
            Setting.intSetting("lookalike.inference.threads", 1, 1, 256, Property.NodeScope);

    private static final Setting<Boolean> INFERENCE_SPINNING =
            Setting.boolSetting("lookalike.inference.spinning", false, Property.NodeScope);

    private static final Setting<Boolean> INFERENCE_ARENA =
            Setting.boolSetting("lookalike.inference.arena", true, Property.NodeScope);

    public static final List<Setting<?>> ALL = List.of(
            MAX_BYTES,
            MAX_PIXELS,
            MAX_SIDE,
            MAX_PICTURES,
            QUEUE_BYTES,
            QUEUE_WAIT,
            MODEL_MEMORY,
            SLOW,
            BATCH_SIZE,
            BATCH_WAIT,
            INFERENCE_TIMEOUT,
            START_TIMEOUT,
            INFERENCE_THREADS,
            INFERENCE_SPINNING,
            INFERENCE_ARENA);

    private volatile long maxBytes;
    private volatile long maxPixels;
    private volatile int maxSide;
    private volatile int maxPictures;
    private volatile long queueBytes;
    private volatile long queueNanos;
    private volatile long slowNanos;
    private volatile int batchSize;
    private volatile long batchNanos;
    private volatile long timeoutNanos;
    private volatile long startNanos;

    public LookalikeSettings(ClusterSettings settings) {
        settings.initializeAndWatch(MAX_BYTES, value -> maxBytes = value.getBytes());
        settings.initializeAndWatch(MAX_PIXELS, value -> maxPixels = value);
        settings.initializeAndWatch(MAX_SIDE, value -> maxSide = value);
        settings.initializeAndWatch(MAX_PICTURES, value -> maxPictures = value);
        settings.initializeAndWatch(QUEUE_BYTES, value -> queueBytes = value.getBytes());
        settings.initializeAndWatch(QUEUE_WAIT, value -> queueNanos = value.nanos());
        settings.initializeAndWatch(SLOW, value -> slowNanos = value.nanos());
        settings.initializeAndWatch(BATCH_SIZE, value -> batchSize = value);
        settings.initializeAndWatch(BATCH_WAIT, value -> batchNanos = value.nanos());
        settings.initializeAndWatch(INFERENCE_TIMEOUT, value -> timeoutNanos = value.nanos());
        settings.initializeAndWatch(START_TIMEOUT, value -> startNanos = value.nanos());
    }

    /** How ONNX Runtime runs models; fixed when a node starts. */
    public static SessionSettings sessions(Settings settings) {
        return new SessionSettings(
                INFERENCE_THREADS.get(settings), INFERENCE_SPINNING.get(settings), INFERENCE_ARENA.get(settings));
    }

    ImageLimits imageLimits() {
        return new ImageLimits(maxBytes, maxPixels, maxSide);
    }

    int maxPictures() {
        return maxPictures;
    }

    long queueBytes() {
        return queueBytes;
    }

    long queueNanos() {
        return queueNanos;
    }

    boolean isSlow(long nanos) {
        return slowNanos >= 0 && nanos > slowNanos;
    }

    @Override
    public int size() {
        return batchSize;
    }

    @Override
    public long waitNanos() {
        return batchNanos;
    }

    /** The limit of one run of a model. */
    long timeoutNanos() {
        return timeoutNanos;
    }

    /** The limit for loading and trying a model. */
    long startNanos() {
        return startNanos;
    }
}
