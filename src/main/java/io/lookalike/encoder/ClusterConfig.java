package io.lookalike.encoder;

import io.lookalike.hashing.Centroids;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads and writes {@code clusters}: the centroids that an encoder assigns vectors to. Stateless. */
final class ClusterConfig {
    private static final int MAX_COUNT = 65_536;
    private static final int MAX_ASSIGNED = 16;

    private ClusterConfig() {}

    /**
     * @param config null for no clusters
     * @return null for no clusters
     */
    static Centroids parse(ConfigReader config, int dims) {
        if (config == null) {
            return null;
        }
        int count = config.required("count", 1, MAX_COUNT);
        EncoderConfig.requireWeights(config.name("count"), dims, count, "cluster");
        int assigned = config.integer("assign", 1, 1, Math.min(count, MAX_ASSIGNED));
        float[] values = config.requiredArray(
                "centroids",
                FloatFormat.BFLOAT16,
                count * dims,
                "[" + count + "] clusters x [" + dims + "] dims of the vectors");
        config.finish();
        return new Centroids(dims, count, values, assigned);
    }

    static Map<String, Object> toMap(Centroids centroids) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("count", centroids.count());
        map.put("centroids", FloatFormat.BFLOAT16.toBase64(centroids.values()));
        map.put("assign", centroids.assigned());
        return map;
    }
}
