package io.lookalike.encoder;

import io.lookalike.hashing.LinearMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One stage of {@code project}: a learned map of vectors, such as a projection on principal components or a layer of a
 * head, an activation, and a normalization, in this order.
 *
 * @param dims of the result
 */
public record LearnedStage(int dims, LinearMap map, Activation activation, EncoderConfig.Normalize normalize) {
    public static final int MAX_STAGES = 8;

    /** What becomes of each component of the mapped vector. */
    public enum Activation {
        NONE,
        /** {@code max(0, x)}. */
        RELU
    }

    /** @param inputDims of the input of the first stage */
    static List<LearnedStage> parse(ConfigReader config, int inputDims) {
        List<LearnedStage> stages = new ArrayList<>();
        int from = inputDims;
        for (ConfigReader stage : config.objects("project", MAX_STAGES)) {
            int dims = stage.required("dims", 1, EncoderConfig.MAX_DIMS);
            EncoderConfig.requireWeights(stage.name("dims"), from, dims, "dim that it makes");
            float[] weights = stage.requiredArray(
                    "weights",
                    FloatFormat.FLOAT32,
                    dims * from,
                    "[" + dims + "] dims x [" + from + "] of the vectors that it takes");
            float[] bias = stage.array("bias", FloatFormat.FLOAT32, dims, "[dims]");
            Activation activation = stage.choice("activation", Activation.class, Activation.NONE);
            EncoderConfig.Normalize normalize =
                    stage.choice("normalize", EncoderConfig.Normalize.class, EncoderConfig.Normalize.NONE);
            stage.finish();
            stages.add(new LearnedStage(dims, new LinearMap(from, dims, weights, bias), activation, normalize));
            from = dims;
        }
        return List.copyOf(stages);
    }

    /** The mapped vector, before its normalization; it is not finite if x is very large. */
    public float[] apply(float[] x) {
        float[] y = map.apply(x);
        for (int d = 0; activation == Activation.RELU && d < y.length; d++) {
            y[d] = Math.max(0, y[d]);
        }
        return y;
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("dims", dims);
        map.put("weights", FloatFormat.FLOAT32.toBase64(this.map.weights()));
        if (this.map.bias() != null) {
            map.put("bias", FloatFormat.FLOAT32.toBase64(this.map.bias()));
        }
        // left out where there is none: fingerprints are made of this
        if (activation != Activation.NONE) {
            map.put("activation", EncoderConfig.lower(activation));
        }
        map.put("normalize", EncoderConfig.lower(normalize));
        return map;
    }
}
