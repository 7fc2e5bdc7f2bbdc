package io.lookalike.train;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.FloatFormat;
import io.lookalike.encoder.LearnedStage;
import io.lookalike.inference.Encoder;
import io.lookalike.learning.Clusters;
import io.lookalike.learning.LearnedCode;
import io.lookalike.learning.Linear;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The configuration of the encoder that a training makes: its parent's configuration with the learned parts replaced.
 * Immutable.
 */
final class TrainedConfig {
    private final String id;
    private final EncoderDefinition definition;
    private final Encoder from;
    private final LearnConfig learn;

    /** @throws IllegalArgumentException if it cannot be made from the parent */
    TrainedConfig(String id, EncoderDefinition definition, Encoder from, LearnConfig learn) {
        this.id = id;
        this.definition = definition;
        this.from = from;
        this.learn = learn;
        if (from.stages() + learn.stages() > LearnedStage.MAX_STAGES) {
            throw new IllegalArgumentException("encoder [" + from.id() + "] has [" + from.stages()
                    + "] stages in [project] and [learn] adds [" + learn.stages() + "]; there can be ["
                    + LearnedStage.MAX_STAGES + "]: learn from an encoder with fewer");
        }
        if (!learn.hasCode()) {
            from.requireVectorCodes(
                    "encoder [" + id + "] would keep them, and no document could be reencoded with it; add "
                            + "[itq], [pca_sign] or [pca_planes] to [learn], or use [" + HeadConfig.HASH_HEAD + "]");
        }
        if (learn.isProjecting() && !learn.hasCode() && isLearned()) {
            throw new IllegalArgumentException("the learned hash of encoder [" + from.id()
                    + "] does not fit vectors that [learn] projects; add [itq], [pca_sign] or [pca_planes] to [learn]"
                    + (learn.head() == null ? "" : ", or use [" + HeadConfig.HASH_HEAD + "]"));
        }
    }

    /** Length of so many bytes as base64. */
    private static long text(long bytes) {
        return (bytes + 2) / 3 * 4;
    }

    /** Refuses an encoder that would be too large. To be called before anything is learned. */
    void requireSize() {
        int dims = learn.dims(from.dims());
        Map<String, Long> sizes = new LinkedHashMap<>();
        if (learn.pca() != null) {
            sizes.put("learn.pca", text((long) Float.BYTES * learn.pca().dims() * (from.dims() + 1L)));
        }
        if (learn.head() != null) {
            sizes.put(
                    "learn." + learn.head().key(),
                    text(Float.BYTES * learn.head().weights(learn.headInput(from.dims()))));
        }
        if (learn.code() != null) {
            int bits = learn.code().bits();
            sizes.put(
                    "learn." + learn.code().method().key(),
                    text((long) Float.BYTES * ((long) bits * dims + dims + bits)));
        }
        if (learn.kmeans() != null) {
            sizes.put("learn.kmeans", text((long) Short.BYTES * learn.kmeans().clusters() * dims));
        }
        long rest = definition.lengthWithout(replaced());
        long all = rest + sizes.values().stream().mapToLong(Long::longValue).sum();
        if (all > EncoderDefinition.MAX_BYTES) {
            throw new IllegalArgumentException("encoder [" + id + "] would take [" + all + "] bytes; at most ["
                    + EncoderDefinition.MAX_BYTES + "] are allowed, because every node holds it: " + sizes
                    + " and [" + rest + "] of encoder [" + from.id()
                    + "]; ask for fewer dims, bits or clusters, or learn [pca] first");
        }
    }

    private boolean isLearned() {
        return definition.outline().get("hash") instanceof Map<?, ?> hash && "planes".equals(hash.get("type"));
    }

    /** The parts that are learned, and those that would not fit other dims. */
    private Set<String> replaced() {
        Set<String> fields = new HashSet<>(Set.of("training"));
        if (learn.kmeans() != null || learn.isProjecting()) {
            fields.add("clusters");
        }
        if (learn.hasCode()) {
            fields.add("hash");
        }
        return fields;
    }

    /** Whether the vectors that {@code pca} makes are scaled to length one. */
    boolean isNormalized() {
        return learn.pca().normalize() == null
                ? from.isNormalized()
                : learn.pca().normalize() == LearnConfig.Normalize.L2;
    }

    /**
     * The body of the PUT that creates the encoder.
     *
     * @param stages those that were learned
     * @param code null if none was learned; likewise {@code clusters}
     * @param center mean of the stored vectors, for random planes if those of the parent had a centre
     */
    Map<String, Object> body(
            List<Map<String, Object>> stages,
            LearnedCode code,
            Clusters clusters,
            float[] center,
            Map<String, Object> training) {
        Map<String, Object> body = definition.configMap();
        body.keySet().removeAll(replaced());
        if (!stages.isEmpty()) {
            List<Object> all = new ArrayList<>();
            if (body.get("project") instanceof List<?> before) {
                all.addAll(before);
            }
            all.addAll(stages);
            body.put("project", all);
        }
        if (code != null) {
            body.put("hash", hash(code));
        } else if (!stages.isEmpty() && body.get("hash") instanceof Map<?, ?> hash && hash.containsKey("center")) {
            Map<String, Object> moved = new LinkedHashMap<>();
            hash.forEach((key, value) -> moved.put(key.toString(), value));
            List<Float> mean = new ArrayList<>();
            for (float value : center) {
                mean.add(value);
            }
            moved.put("center", mean);
            body.put("hash", moved);
        }
        if (clusters != null) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("count", clusters.count());
            map.put("centroids", FloatFormat.BFLOAT16.toBase64(clusters.centroids()));
            map.put("assign", Math.min(learn.kmeans().assign(), clusters.count()));
            body.put("clusters", map);
        }
        if (!definition.modelSha256().isEmpty()) {
            body.put("model_sha256", definition.modelSha256());
        }
        body.put("training", training);
        return body;
    }

    /** A stage of {@code project}. */
    static Map<String, Object> stage(Linear map, boolean relu, boolean normalized) {
        Map<String, Object> stage = new LinkedHashMap<>();
        stage.put("dims", map.rows());
        stage.put("weights", FloatFormat.FLOAT32.toBase64(map.weights()));
        stage.put("bias", FloatFormat.FLOAT32.toBase64(map.bias()));
        if (relu) {
            stage.put("activation", "relu");
        }
        stage.put("normalize", normalized ? "l2" : "none");
        return stage;
    }

    private static Map<String, Object> hash(LearnedCode code) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", "planes");
        map.put("method", code.method().toLowerCase(Locale.ROOT));
        map.put("bits", code.bits());
        if (code.center() != null) {
            map.put("center", FloatFormat.FLOAT32.toBase64(code.center()));
        }
        map.put("weights", FloatFormat.FLOAT32.toBase64(code.weights()));
        if (code.thresholds() != null) {
            map.put("thresholds", FloatFormat.FLOAT32.toBase64(code.thresholds()));
        }
        map.put("scale", code.scale());
        return map;
    }
}
