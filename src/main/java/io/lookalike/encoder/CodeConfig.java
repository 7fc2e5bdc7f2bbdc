package io.lookalike.encoder;

import io.lookalike.hashing.BinaryCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code hash}: how a vector becomes a code, with random or learned planes; or the network that makes codes of
 * pictures.
 *
 * @param seed of random planes; 0 for others
 * @param center subtracted from vectors before hashing, or null
 * @param method how planes were learned, a label only; null for random planes and when unknown
 * @param planes learned ones; null for others
 * @param network makes codes of pictures; null for planes
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
public record CodeConfig(int bits, long seed, float[] center, String method, BinaryCode planes, CodeNetwork network) {
    public static final String RANDOM = "hyperplane";
    private static final String LEARNED = "planes";
    private static final String METHOD = "[a-z0-9_]{1,40}";

    /** @param pictures whether the encoder takes pictures */
    static CodeConfig parse(ConfigReader config, int dims, boolean pictures) {
        String type = config.string("type", RANDOM);
        if (type.equals(CodeNetwork.TYPE)) {
            if (!pictures) {
                throw new IllegalArgumentException("[hash.type] [" + CodeNetwork.TYPE
                        + "] needs pictures; an encoder with \"model\":\"none\" takes vectors");
            }
            CodeNetwork network = CodeNetwork.stored(config);
            config.finish();
            return new CodeConfig(network.bits(), 0, null, null, null, network);
        }
        boolean learned = type.equals(LEARNED);
        if (!learned && !type.equals(RANDOM)) {
            throw new IllegalArgumentException("[hash.type] must be one of "
                    + List.of(RANDOM, LEARNED, CodeNetwork.TYPE) + "; got [" + Messages.show(type) + "]");
        }
        // Elasticsearch reads two letters of hex, a code of one byte, as base64
        int bits = learned
                ? config.required("bits", 16, 4096)
                : config.integer("bits", HashDefaults.of(dims).bits(), 16, 4096);
        if (bits % 8 != 0) {
            throw new IllegalArgumentException("[hash.bits] must be a multiple of [8]; got [" + bits + "]");
        }
        EncoderConfig.requireWeights("hash.bits", dims, bits, "bit");
        float[] center = config.array("center", FloatFormat.FLOAT32);
        if (center != null && center.length != dims) {
            throw new IllegalArgumentException(
                    "[hash.center] has [" + center.length + "] dims but vectors have [" + dims + "]");
        }
        CodeConfig code = learned
                ? learned(config, dims, bits, center)
                : new CodeConfig(bits, config.integer64("seed", 42), center, null, null, null);
        config.finish();
        return code;
    }

    private static CodeConfig learned(ConfigReader config, int dims, int bits, float[] center) {
        String method = config.string("method", null);
        if (method != null && !method.matches(METHOD)) {
            throw new IllegalArgumentException(
                    "[hash.method] must be a word of lower-case letters, such as [itq], [pca_sign] or [pca_planes]; "
                            + "got ["
                            + Messages.show(method) + "]");
        }
        float[] weights = config.requiredArray(
                "weights",
                FloatFormat.FLOAT32,
                bits * dims,
                "[" + bits + "] bits x [" + dims + "] dims of the vectors");
        float[] thresholds = config.array("thresholds", FloatFormat.FLOAT32, bits, "[bits]");
        double scale = config.number("scale", BinaryCode.evenScale(dims, weights));
        if (scale <= 0) {
            throw new IllegalArgumentException("[hash.scale] must be above [0]; got [" + scale
                    + "]; leave it out, and see [What an encoder holds] in docs/learning.md");
        }
        return new CodeConfig(
                bits, 0, center, method, BinaryCode.learned(dims, bits, weights, thresholds, center, scale), null);
    }

    /** The planes; null where a network makes codes. */
    public BinaryCode code(int dims) {
        return network != null ? null : planes != null ? planes : BinaryCode.random(dims, bits, seed, center);
    }

    Map<String, Object> toMap() {
        if (network != null) {
            return network.toMap();
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", planes == null ? RANDOM : LEARNED);
        if (method != null) {
            map.put("method", method);
        }
        map.put("bits", bits);
        if (planes == null) {
            map.put("seed", seed);
            if (center != null) {
                map.put("center", list(center));
            }
            return map;
        }
        if (center != null) {
            map.put("center", FloatFormat.FLOAT32.toBase64(center));
        }
        map.put("weights", FloatFormat.FLOAT32.toBase64(planes.weights()));
        if (planes.thresholds() != null) {
            map.put("thresholds", FloatFormat.FLOAT32.toBase64(planes.thresholds()));
        }
        map.put("scale", planes.scale());
        return map;
    }

    static List<Float> list(float[] values) {
        List<Float> list = new ArrayList<>(values.length);
        for (float value : values) {
            list.add(value);
        }
        return list;
    }
}
