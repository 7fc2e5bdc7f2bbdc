package io.lookalike.learning;

/**
 * A binary code by planes: bit i of a vector x is set if {@code w_i · (x - center) - thresholds_i > 0}.
 *
 * @param method {@code itq}, {@code pca_sign} or {@code pca_planes}
 * @param bits number of planes
 * @param center {@code [dims]}
 * @param weights {@code [bits][dims]}, plane by plane
 * @param thresholds {@code [bits]}, or null where all are zero
 * @param scale of the estimate {@code (q - center) · (x - center) ≈ scale |x - center| Σ sign_i(x) w_i · (q - center)}
 * @param errors of itq: how far the sample is from the corners of the best cube before each iteration, as a share of
 *     its squared length, 0 to 1; empty for others
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record LearnedCode(
        String method, int bits, float[] center, float[] weights, float[] thresholds, double scale, double[] errors) {}
