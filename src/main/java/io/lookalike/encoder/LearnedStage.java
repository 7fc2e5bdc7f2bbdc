package io.lookalike.encoder;

import io.lookalike.hashing.LinearMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One stage of {@code project}: a learned map of vectors, such as a projection on principal components, and a
 * normalization.
 *
 * @param dims of the result
 */
public record LearnedStage(int dims, LinearMap map, EncoderConfig.Normalize normalize) {
    private static final int MAX_STAGES = 4;

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
            EncoderConfig.Normalize normalize =
                    stage.choice("normalize", EncoderConfig.Normalize.class, EncoderConfig.Normalize.NONE);
            stage.finish();
            stages.add(new LearnedStage(dims, new LinearMap(from, dims, weights, bias), normalize));
            from = dims;
        }
        return List.copyOf(stages);
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("dims", dims);
        map.put("weights", FloatFormat.FLOAT32.toBase64(this.map.weights()));
        if (this.map.bias() != null) {
            map.put("bias", FloatFormat.FLOAT32.toBase64(this.map.bias()));
        }
        map.put("normalize", normalize.name().toLowerCase(Locale.ROOT));
        return map;
    }
}
