package io.lookalike.model;

import java.util.Set;
import java.util.TreeSet;

/** Refuses operators that image embedding does not need, and too many of those that load slowly. Not thread-safe. */
final class OperatorCheck {
    /** Loading time grows with the square of their number: 1,500 pairs take 0.8 s, 12,000 more than 20 s. */
    private static final int MAX_TRANSPOSES = 3_000;

    /**
     * Operators that ONNX Runtime builds from others. Loading time grows with the square of their number: 1,000 group
     * normalizations take 57 s.
     */
    private static final Set<String> COMPOSED = Set.of("GroupNormalization", "CenterCropPad", "AffineGrid");

    private static final int MAX_COMPOSED = 200;

    /**
     * Operators for which ONNX Runtime 1.21 allocates memory outside of any limit, or which crash the process on some
     * inputs. Image embedding needs none of them: they are for text, sequences, sound, boxes and classical learning.
     */
    private static final Set<String> REFUSED = Set.of(
            "StringConcat",
            "StringSplit",
            "StringNormalizer",
            "RegexFullMatch",
            "TfIdfVectorizer",
            "SequenceEmpty",
            "SequenceConstruct",
            "SequenceInsert",
            "SequenceErase",
            "SequenceAt",
            "SequenceLength",
            "SequenceMap",
            "SplitToSequence",
            "ConcatFromSequence",
            "Optional",
            "OptionalGetElement",
            "OptionalHasElement",
            "RoiAlign",
            "MaxRoiPool",
            "MaxUnpool",
            "NonMaxSuppression",
            "Unique",
            "MelWeightMatrix",
            "Col2Im");

    /**
     * ONNX Runtime's own operators that its tools write for image networks. Those whose names begin with QLinear are
     * allowed too.
     */
    private static final Set<String> ALLOWED_OF_RUNTIME = Set.of(
            "Attention",
            "BiasAdd",
            "BiasGelu",
            "BiasSplitGelu",
            "DequantizeLinear",
            "DynamicQuantizeMatMul",
            "FastGelu",
            "FusedConv",
            "FusedGemm",
            "FusedMatMul",
            "Gelu",
            "GroupNorm",
            "MatMulIntegerToFloat",
            "MatMulNBits",
            "MultiHeadAttention",
            "NhwcMaxPool",
            "QAttention",
            "QGemm",
            "QuantizeLinear",
            "QuickGelu",
            "SkipLayerNormalization");

    private static final String RUNTIME_DOMAIN = "com.microsoft";

    private int transposes;
    private int composed;

    void add(String domain, String operator) {
        boolean refused = domain.equals("ai.onnx.ml")
                || REFUSED.contains(operator)
                || (domain.equals(RUNTIME_DOMAIN)
                        && !ALLOWED_OF_RUNTIME.contains(operator)
                        && !operator.startsWith("QLinear"));
        if (refused) {
            throw new ModelException("its operator [" + (domain.isEmpty() ? "" : domain + "/") + operator
                    + "] is not run: nothing that makes vectors of pictures needs it; export that part alone");
        }
        transposes += operator.equals("Transpose") ? 1 : 0;
        composed += COMPOSED.contains(operator) ? 1 : 0;
        if (transposes > MAX_TRANSPOSES || composed > MAX_COMPOSED) {
            throw new ModelException(
                    "its graph has more than [" + MAX_TRANSPOSES + "] [Transpose] nodes, or more than [" + MAX_COMPOSED
                            + "] of " + new TreeSet<>(COMPOSED) + "; export a smaller one");
        }
    }
}
