package io.lookalike.learning;

import java.util.List;

/**
 * A binary code by planes: bit i of a vector x is set if {@code w_i · (x - center) - thresholds_i > 0}.
 *
 * @param method {@code itq}, {@code pca_sign}, {@code pca_planes} or {@code hash_head}
 * @param bits number of planes
 * @param center {@code [dims]}, or null if it is zero
 * @param weights {@code [bits][dims]}, plane by plane
 * @param thresholds {@code [bits]}, or null if all are zero
 * @param scale of the estimate {@code (q - center) · (x - center) ≈ scale |x - center| Σ sign_i(x) w_i · (q - center)}
 * @param errors relative quantization error of ITQ before each iteration, 0 to 1; empty if no rotation was learned
 * @param choices of ITQ, the one that was made first; empty for other methods
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
public record LearnedCode(
        String method,
        int bits,
        float[] center,
        float[] weights,
        float[] thresholds,
        double scale,
        double[] errors,
        List<ItqChoice> choices) {}
