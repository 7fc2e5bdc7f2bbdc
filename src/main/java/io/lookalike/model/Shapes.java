package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Node;
import io.lookalike.model.OnnxGraph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.LongBinaryOperator;

/**
 * What comes out of ONNX's operators, as far as shapes tell it: the shape and type of each output, and its numbers where they are
 * few and whole, since those become shapes again.
 *
 * <p>An operator that is not known here makes something unknown; nothing is ever refused, and numbers that overflow are absurd sizes
 * in the end, too. Stateless.
 */
final class Shapes {
    private static final int MAX_NUMBERS = 256;
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int BOOL = 9;

    private static final Set<String> COMPARISONS = Set.of(
            "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor", "Not", "IsNaN", "IsInf");

    /** Each number of the output comes of one number of each input. */
    private static final Set<String> ELEMENTWISE = Set.of(
            "Abs",
            "Acos",
            "Acosh",
            "Add",
            "And",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "BitShift",
            "BitwiseAnd",
            "BitwiseNot",
            "BitwiseOr",
            "BitwiseXor",
            "Cast",
            "CastLike",
            "Ceil",
            "Celu",
            "Clip",
            "Cos",
            "Cosh",
            "CumSum",
            "DequantizeLinear",
            "Div",
            "Dropout",
            "Elu",
            "Equal",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "Greater",
            "GreaterOrEqual",
            "HardSigmoid",
            "HardSwish",
            "Hardmax",
            "Identity",
            "IsInf",
            "IsNaN",
            "LayerNormalization",
            "LeakyRelu",
            "Less",
            "LessOrEqual",
            "Log",
            "LogSoftmax",
            "LRN",
            "Max",
            "Mean",
            "MeanVarianceNormalization",
            "Min",
            "Mish",
            "Mod",
            "Mul",
            "Neg",
            "Not",
            "Or",
            "Pow",
            "PRelu",
            "QuantizeLinear",
            "RandomNormalLike",
            "RandomUniformLike",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Shrink",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Softmax",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Sub",
            "Sum",
            "Tan",
            "Tanh",
            "ThresholdedRelu",
            "Trilu",
            "Where",
            "Xor",
            "BatchNormalization",
            "InstanceNormalization",
            "GroupNormalization",
            "RMSNormalization",
            "LpNormalization",
            "Bernoulli",
            "EyeLike",
            "ReverseSequence",
            "ScatterElements",
            "ScatterND",
            "Scatter");

    /** Those of which the first input alone gives the shape. */
    private static final Set<String> LIKE_FIRST = Set.of(
            "BatchNormalization",
            "InstanceNormalization",
            "GroupNormalization",
            "LayerNormalization",
            "RMSNormalization",
            "Clip",
            "CumSum",
            "DequantizeLinear",
            "QuantizeLinear",
            "Dropout",
            "CastLike",
            "Trilu",
            "ReverseSequence",
            "ScatterElements",
            "ScatterND",
            "Scatter");

    private Shapes() {}

    /**
     * What is known of a tensor.
     *
     * @param type a number of ONNX's, 0 where it is not known
     * @param shape null where it is not known
     * @param numbers all of them, null where they are not known
     * @param constant whether it hangs on no input of the graph
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Known(int type, long[] shape, long[] numbers, boolean constant) {
        static Known of(Tensor tensor) {
            long[] numbers = tensor.numbers;
            boolean whole = numbers != null && tensor.dims != null && numbers.length == count(tensor.dims);
            return new Known(tensor.type, tensor.dims, whole ? numbers : null, true);
        }

        long bytes() {
            return shape == null ? 0 : OnnxGraph.bytes(type, shape);
        }
    }

    private static long count(long[] shape) {
        return OnnxGraph.bytes(2, shape);
    }

    /** One for each output, as far as there are any; null for what is not known. */
    static List<Known> infer(Node node, List<Known> inputs) {
        if (node.isStandard() == false
                || node.attributes.values().stream().anyMatch(each -> each.refers || each.graphs.isEmpty() == false)) {
            return unknown(inputs);
        }
        try {
            return known(node, inputs);
        } catch (RuntimeException e) { // inputs that the operator does not take, which the loader finds out
            return unknown(inputs);
        }
    }

    private static List<Known> unknown(List<Known> inputs) {
        return Collections.nCopies(1, new Known(0, null, null, constant(inputs)));
    }

    private static boolean constant(List<Known> inputs) {
        return inputs.stream().allMatch(each -> each == null || each.constant());
    }

    /** Multiplications that an operator takes at least; more than its output has numbers, for those that multiply matrices. */
    static long work(Node node, List<Known> inputs, List<Known> made) {
        Known output = made.isEmpty() ? null : made.getFirst();
        if (output == null || output.shape() == null || inputs.size() < 2 || inputs.get(1) == null) {
            return 0;
        }
        long[] second = inputs.get(1).shape();
        if (second == null || second.length < 2) {
            return 0;
        }
        long each = switch (node.operator) {
            case "MatMul" -> second[second.length - 2];
            case "Gemm" -> Math.max(second[0], second[1]);
            case "Conv", "ConvTranspose" -> count(Arrays.copyOfRange(second, 1, second.length));
            case "Einsum" -> Long.MAX_VALUE;
            default -> 1;
        };
        long outputs = count(output.shape());
        return outputs > 0 && each > Long.MAX_VALUE / outputs ? Long.MAX_VALUE : outputs * each;
    }

    private static List<Known> known(Node node, List<Known> inputs) {
        String operator = node.operator;
        if (operator.equals("Split")) {
            return split(node, inputs);
        }
        boolean constant = constant(inputs);
        Known first = inputs.isEmpty() ? null : inputs.getFirst();
        int type = first == null ? FLOAT : first.type();
        long[] shape;
        long[] numbers = null;
        switch (operator) {
            case "Constant" -> {
                return List.of(constant(node));
            }
            case "Shape" -> {
                type = INT64;
                numbers = shape(node, first.shape());
                shape = numbers == null ? null : new long[] {numbers.length};
            }
            case "Size" -> {
                type = INT64;
                numbers = first.shape() == null ? null : new long[] {count(first.shape())};
                shape = new long[0];
            }
            case "ConstantOfShape" -> {
                Attribute value = node.attributes.get("value");
                Tensor filled = value == null || value.tensors.isEmpty() ? null : value.tensors.getFirst();
                type = filled == null ? FLOAT : filled.type;
                shape = first.numbers();
                if (filled != null && filled.numbers != null && shape != null && count(shape) <= MAX_NUMBERS) {
                    numbers = new long[(int) count(shape)];
                    Arrays.fill(numbers, filled.numbers[0]);
                }
            }
            case "RandomNormal", "RandomUniform" -> shape = node.numbers("shape");
            case "Range" -> shape = range(inputs);
            case "Expand" -> shape = broadcast(first.shape(), inputs.get(1).numbers());
            case "Tile" -> shape = tile(first.shape(), inputs.get(1).numbers());
            case "Reshape" -> {
                shape = reshape(node, first.shape(), inputs.get(1).numbers());
                numbers = first.numbers();
            }
            case "Flatten" -> shape = flatten(first.shape(), node.number("axis", 1));
            case "Transpose" -> shape = transpose(first.shape(), node.numbers("perm"));
            case "Squeeze" -> {
                shape = squeeze(first.shape(), axes(node, inputs));
                numbers = first.numbers();
            }
            case "Unsqueeze" -> {
                shape = unsqueeze(first.shape(), axes(node, inputs));
                numbers = first.numbers();
            }
            case "Concat" -> {
                shape = concat(inputs, node.number("axis", 0));
                numbers = shape != null && shape.length == 1 ? joined(inputs) : null;
            }
            case "Gather" -> {
                shape = gather(first.shape(), inputs.get(1).shape(), node.number("axis", 0));
                numbers = gathered(first, inputs.get(1));
            }
            case "Slice" -> {
                long[][] cut = cut(node, inputs);
                shape = sliced(first.shape(), cut);
                numbers = slice(first, cut);
            }
            case "MatMul" -> shape = matmul(first.shape(), inputs.get(1).shape());
            case "Gemm" -> shape = gemm(node, first.shape(), inputs.get(1).shape());
            case "Conv" -> shape = convolved(node, first.shape(), inputs.get(1).shape());
            case "MaxPool", "AveragePool", "LpPool" -> shape = pooled(node, first.shape());
            case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool" -> {
                shape = first.shape().clone();
                Arrays.fill(shape, 2, shape.length, 1);
            }
            case "Resize", "Upsample" -> shape = resized(inputs);
            case "Pad" -> shape = padded(node, inputs);
            case "ArgMax", "ArgMin" -> {
                type = INT64;
                shape = reduced(first.shape(), new long[] {node.number("axis", 0)}, node.number("keepdims", 1) != 0);
            }
            case "OneHot" -> {
                type = inputs.get(2).type();
                shape = unsqueeze(first.shape(), new long[] {node.number("axis", -1)});
                int axis = axis(node.number("axis", -1), shape.length);
                shape[axis] = inputs.get(1).numbers()[0];
            }
            default -> {
                if (operator.startsWith("Reduce")) {
                    long[] axes = axes(node, inputs);
                    boolean keep = node.number("keepdims", 1) != 0;
                    boolean none = axes == null && (inputs.size() < 2 || inputs.get(1) == null);
                    shape = axes == null && none == false
                            ? null
                            : none && node.number("noop_with_empty_axes", 0) != 0
                                    ? first.shape()
                                    : reduced(first.shape(), axes, keep);
                    numbers = reducedNumbers(operator, first, shape);
                } else if (ELEMENTWISE.contains(operator)) {
                    shape = LIKE_FIRST.contains(operator) ? first.shape() : broadcast(inputs);
                    type = elementType(node, inputs);
                    numbers = computed(operator, inputs, shape);
                } else {
                    return unknown(inputs);
                }
            }
        }
        boolean few =
                numbers != null && shape != null && numbers.length == count(shape) && numbers.length <= MAX_NUMBERS;
        return List.of(new Known(type, shape, few ? numbers : null, constant));
    }

    private static int elementType(Node node, List<Known> inputs) {
        String operator = node.operator;
        if (COMPARISONS.contains(operator)) {
            return BOOL;
        }
        return switch (operator) {
            case "Cast" -> (int) node.number("to", FLOAT);
            case "CastLike", "Where" -> inputs.get(1).type();
            case "DequantizeLinear" -> inputs.get(1).type();
            case "QuantizeLinear" ->
                inputs.size() > 2 && inputs.get(2) != null ? inputs.get(2).type() : 2;
            default -> inputs.getFirst().type();
        };
    }

    private static Known constant(Node node) {
        for (Attribute each : node.attributes.values()) {
            if (each.tensors.isEmpty() == false) {
                return Known.of(each.tensors.getFirst());
            }
        }
        if (node.attributes.containsKey("value_int")) {
            return new Known(INT64, new long[0], new long[] {node.number("value_int", 0)}, true);
        }
        if (node.numbers("value_ints") != null) {
            long[] numbers = node.numbers("value_ints");
            return new Known(INT64, new long[] {numbers.length}, numbers, true);
        }
        // what lies in the file is as large as the file
        return new Known(FLOAT, new long[0], null, true);
    }

    private static long[] shape(Node node, long[] shape) {
        if (shape == null) {
            return null;
        }
        int from = bound(node.number("start", 0), shape.length);
        int to = bound(node.number("end", shape.length), shape.length);
        return from >= to ? new long[0] : Arrays.copyOfRange(shape, from, to);
    }

    private static int bound(long place, int length) {
        return Math.clamp(place < 0 ? place + length : place, 0, length);
    }

    private static int axis(long axis, int axes) {
        long place = axis < 0 ? axis + axes : axis;
        if (place < 0 || place >= axes) {
            throw new IllegalArgumentException("no such axis");
        }
        return (int) place;
    }

    private static long[] range(List<Known> inputs) {
        long[] start = inputs.get(0).numbers();
        long[] end = inputs.get(1).numbers();
        long[] step = inputs.get(2).numbers();
        if (start == null || end == null || step == null || step[0] == 0) {
            return null;
        }
        double numbers = Math.ceil(((double) end[0] - start[0]) / step[0]);
        return new long[] {(long) Math.max(0, numbers)};
    }

    private static long[] broadcast(List<Known> inputs) {
        long[] shape = new long[0];
        for (Known each : inputs) {
            if (each == null || each.shape() == null) {
                return null;
            }
            shape = broadcast(shape, each.shape());
        }
        return shape;
    }

    private static long[] broadcast(long[] one, long[] other) {
        if (one == null || other == null) {
            return null;
        }
        long[] shape = new long[Math.max(one.length, other.length)];
        for (int i = 1; i <= shape.length; i++) {
            long a = i <= one.length ? one[one.length - i] : 1;
            long b = i <= other.length ? other[other.length - i] : 1;
            shape[shape.length - i] = a == 1 ? b : b == 1 ? a : Math.max(a, b);
        }
        return shape;
    }

    private static long[] tile(long[] shape, long[] times) {
        if (shape == null || times == null) {
            return null;
        }
        long[] tiled = shape.clone();
        for (int i = 0; i < tiled.length; i++) {
            tiled[i] = multiply(tiled[i], times[i]);
        }
        return tiled;
    }

    private static long multiply(long a, long b) {
        return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? Long.MAX_VALUE : a * b;
    }

    private static long[] reshape(Node node, long[] shape, long[] wanted) {
        if (wanted == null) {
            return null;
        }
        long[] made = wanted.clone();
        int open = -1;
        long rest = 1;
        for (int i = 0; i < made.length; i++) {
            if (made[i] == 0 && node.number("allowzero", 0) == 0) {
                made[i] = shape[i];
            }
            if (made[i] == -1) {
                open = i;
            } else {
                rest = multiply(rest, made[i]);
            }
        }
        if (open >= 0) {
            if (shape == null) {
                return null;
            }
            made[open] = rest == 0 ? 0 : count(shape) / rest;
        }
        return made;
    }

    private static long[] flatten(long[] shape, long axis) {
        if (shape == null) {
            return null;
        }
        int at = bound(axis, shape.length);
        return new long[] {count(Arrays.copyOf(shape, at)), count(Arrays.copyOfRange(shape, at, shape.length))};
    }

    private static long[] transpose(long[] shape, long[] order) {
        if (shape == null) {
            return null;
        }
        long[] made = new long[shape.length];
        for (int i = 0; i < made.length; i++) {
            made[i] = shape[order == null ? made.length - 1 - i : (int) order[i]];
        }
        return made;
    }

    /** From an attribute or, in later versions, from an input. */
    private static long[] axes(Node node, List<Known> inputs) {
        if (node.numbers("axes") != null) {
            return node.numbers("axes");
        }
        return inputs.size() > 1 && inputs.get(1) != null ? inputs.get(1).numbers() : null;
    }

    private static boolean[] marked(long[] axes, int length) {
        boolean[] marked = new boolean[length];
        for (long each : axes) {
            marked[axis(each, length)] = true;
        }
        return marked;
    }

    private static long[] squeeze(long[] shape, long[] axes) {
        if (shape == null) {
            return null;
        }
        boolean[] gone = axes == null ? new boolean[shape.length] : marked(axes, shape.length);
        long[] made = new long[shape.length];
        int count = 0;
        for (int i = 0; i < shape.length; i++) {
            if (axes == null ? shape[i] != 1 : gone[i] == false) {
                made[count++] = shape[i];
            }
        }
        return Arrays.copyOf(made, count);
    }

    private static long[] unsqueeze(long[] shape, long[] axes) {
        if (shape == null || axes == null) {
            return null;
        }
        boolean[] added = marked(axes, shape.length + axes.length);
        long[] made = new long[added.length];
        int from = 0;
        for (int i = 0; i < made.length; i++) {
            made[i] = added[i] ? 1 : shape[from++];
        }
        return made;
    }

    private static long[] concat(List<Known> inputs, long axis) {
        long[] made = null;
        for (Known each : inputs) {
            if (each == null || each.shape() == null) {
                return null;
            }
            int at = axis(axis, each.shape().length);
            if (made == null) {
                made = each.shape().clone();
            } else {
                made[at] += each.shape()[at];
            }
        }
        return made;
    }

    private static long[] joined(List<Known> inputs) {
        long[] made = new long[0];
        for (Known each : inputs) {
            if (each.numbers() == null || made.length > MAX_NUMBERS) {
                return null;
            }
            int before = made.length;
            made = Arrays.copyOf(made, before + each.numbers().length);
            System.arraycopy(each.numbers(), 0, made, before, each.numbers().length);
        }
        return made;
    }

    private static long[] gather(long[] shape, long[] places, long axis) {
        if (shape == null || places == null) {
            return null;
        }
        int at = axis(axis, shape.length);
        long[] made = new long[shape.length - 1 + places.length];
        System.arraycopy(shape, 0, made, 0, at);
        System.arraycopy(places, 0, made, at, places.length);
        System.arraycopy(shape, at + 1, made, at + places.length, shape.length - at - 1);
        return made;
    }

    private static long[] gathered(Known from, Known places) {
        if (from.numbers() == null || places.numbers() == null || from.shape().length != 1) {
            return null;
        }
        long[] made = new long[places.numbers().length];
        for (int i = 0; i < made.length; i++) {
            made[i] = from.numbers()[axis(places.numbers()[i], from.numbers().length)];
        }
        return made;
    }

    /** Starts, ends, axes and steps, each null where unknown. */
    private static long[][] cut(Node node, List<Known> inputs) {
        if (node.numbers("starts") != null) {
            return new long[][] {node.numbers("starts"), node.numbers("ends"), node.numbers("axes"), null};
        }
        long[][] cut = new long[4][];
        for (int i = 1; i <= 4; i++) {
            if (i < inputs.size() && inputs.get(i) != null) {
                cut[i - 1] = inputs.get(i).numbers();
                if (cut[i - 1] == null) {
                    return null;
                }
            }
        }
        return cut;
    }

    private static long[] sliced(long[] shape, long[][] cut) {
        if (shape == null || cut == null) {
            return null;
        }
        long[] made = shape.clone();
        for (int i = 0; i < cut[0].length; i++) {
            int at = axis(cut[2] == null ? i : cut[2][i], shape.length);
            long step = cut[3] == null ? 1 : cut[3][i];
            long length = shape[at];
            long start = Math.clamp(cut[0][i] < 0 ? cut[0][i] + length : cut[0][i], 0, step < 0 ? length - 1 : length);
            long end = Math.clamp(cut[1][i] < 0 ? cut[1][i] + length : cut[1][i], step < 0 ? -1 : 0, length);
            made[at] = Math.max(0, Math.ceilDiv(end - start, step));
        }
        return made;
    }

    private static long[] slice(Known from, long[][] cut) {
        if (from.numbers() == null || cut == null || from.shape().length != 1 || cut[0].length != 1) {
            return null;
        }
        int length = from.numbers().length;
        long step = cut[3] == null ? 1 : cut[3][0];
        if (step != 1) {
            return null;
        }
        int start = bound(cut[0][0], length);
        int end = bound(cut[1][0], length);
        return start >= end ? new long[0] : Arrays.copyOfRange(from.numbers(), start, end);
    }

    private static List<Known> split(Node node, List<Known> inputs) {
        Known first = inputs.getFirst();
        if (first.shape() == null) {
            return unknown(inputs);
        }
        int at = axis(node.number("axis", 0), first.shape().length);
        long[] parts = node.numbers("split");
        if (parts == null && inputs.size() > 1 && inputs.get(1) != null) {
            parts = inputs.get(1).numbers();
        }
        List<Known> made = new ArrayList<>();
        int outputs = node.outputs.size();
        for (int i = 0; i < outputs; i++) {
            long[] shape = first.shape().clone();
            shape[at] = parts == null ? Math.ceilDiv(shape[at], outputs) : parts[i];
            made.add(new Known(first.type(), shape, null, constant(inputs)));
        }
        return made;
    }

    private static long[] matmul(long[] left, long[] right) {
        if (left == null || right == null) {
            return null;
        }
        long[] a = left.length == 1 ? new long[] {1, left[0]} : left;
        long[] b = right.length == 1 ? new long[] {right[0], 1} : right;
        long[] outer = broadcast(Arrays.copyOf(a, a.length - 2), Arrays.copyOf(b, b.length - 2));
        long[] made = Arrays.copyOf(outer, outer.length + 2);
        made[outer.length] = a[a.length - 2];
        made[outer.length + 1] = b[b.length - 1];
        if (left.length == 1) {
            made = squeeze(made, new long[] {outer.length});
        }
        return right.length == 1 ? Arrays.copyOf(made, made.length - 1) : made;
    }

    private static long[] gemm(Node node, long[] left, long[] right) {
        if (left == null || right == null) {
            return null;
        }
        return new long[] {left[node.number("transA", 0) != 0 ? 1 : 0], right[node.number("transB", 0) != 0 ? 0 : 1]};
    }

    private static long[] convolved(Node node, long[] shape, long[] kernel) {
        if (shape == null || kernel == null) {
            return null;
        }
        long[] made = windows(node, shape, Arrays.copyOfRange(kernel, 2, kernel.length));
        made[1] = kernel[0];
        return made;
    }

    private static long[] pooled(Node node, long[] shape) {
        return shape == null ? null : windows(node, shape, node.numbers("kernel_shape"));
    }

    /** How often a window fits on each side. */
    private static long[] windows(Node node, long[] shape, long[] kernel) {
        long[] strides = node.numbers("strides");
        long[] pads = node.numbers("pads");
        long[] dilations = node.numbers("dilations");
        boolean same = node.text("auto_pad").startsWith("SAME");
        long[] made = shape.clone();
        int sides = kernel.length;
        for (int i = 0; i < sides; i++) {
            long stride = strides == null ? 1 : strides[i];
            long side = shape[2 + i];
            if (same) {
                made[2 + i] = Math.ceilDiv(side, stride);
                continue;
            }
            long padded = side + (pads == null ? 0 : Math.addExact(pads[i], pads[sides + i]));
            long window = (kernel[i] - 1) * (dilations == null ? 1 : dilations[i]) + 1;
            long places = node.number("ceil_mode", 0) != 0
                    ? Math.ceilDiv(padded - window, stride)
                    : Math.floorDiv(padded - window, stride);
            made[2 + i] = Math.max(0, places + 1);
        }
        return made;
    }

    /** Where the sides are given; factors are not whole numbers, and not known here. */
    private static long[] resized(List<Known> inputs) {
        Known sizes = inputs.size() > 3 ? inputs.get(3) : null;
        return sizes == null
                        || sizes.numbers() == null
                        || inputs.getFirst().shape() == null
                        || sizes.numbers().length != inputs.getFirst().shape().length
                ? null
                : sizes.numbers();
    }

    private static long[] padded(Node node, List<Known> inputs) {
        long[] pads = node.numbers("pads");
        if (pads == null && inputs.size() > 1 && inputs.get(1) != null && inputs.size() < 4) {
            pads = inputs.get(1).numbers();
        }
        long[] shape = inputs.getFirst().shape();
        if (shape == null || pads == null) {
            return null;
        }
        long[] made = shape.clone();
        for (int i = 0; i < made.length; i++) {
            made[i] = Math.addExact(made[i], Math.addExact(pads[i], pads[made.length + i]));
        }
        return made;
    }

    private static long[] reduced(long[] shape, long[] axes, boolean keep) {
        if (shape == null) {
            return null;
        }
        boolean all = axes == null || axes.length == 0;
        boolean[] gone = new boolean[shape.length];
        if (all) {
            Arrays.fill(gone, true);
        } else {
            gone = marked(axes, shape.length);
        }
        long[] made = new long[shape.length];
        int count = 0;
        for (int i = 0; i < shape.length; i++) {
            if (gone[i] == false) {
                made[count++] = shape[i];
            } else if (keep) {
                made[count++] = 1;
            }
        }
        return Arrays.copyOf(made, count);
    }

    private static long[] reducedNumbers(String operator, Known first, long[] shape) {
        if (first.numbers() == null || shape == null || count(shape) != 1 || first.numbers().length == 0) {
            return null;
        }
        LongBinaryOperator operation = operator.equals("ReduceMean") ? null : operation(operator);
        return operation == null
                ? null
                : new long[] {Arrays.stream(first.numbers()).reduce(operation).getAsLong()};
    }

    private static LongBinaryOperator operation(String operator) {
        return switch (operator) {
            case "Add", "Sum", "ReduceSum" -> (a, b) -> a + b;
            case "Sub" -> (a, b) -> a - b;
            case "Mul", "ReduceProd" -> (a, b) -> a * b;
            case "Div" -> (a, b) -> a / b;
            case "Mod" -> Math::floorMod;
            case "Min", "ReduceMin" -> Math::min;
            case "Max", "ReduceMax" -> Math::max;
            case "Equal" -> (a, b) -> a == b ? 1 : 0;
            case "Greater" -> (a, b) -> a > b ? 1 : 0;
            case "Less" -> (a, b) -> a < b ? 1 : 0;
            default -> null;
        };
    }

    /** Numbers of whole numbers, of which one may stand for many. */
    private static long[] computed(String operator, List<Known> inputs, long[] shape) {
        if (shape == null || count(shape) > MAX_NUMBERS || shape.length > 1) {
            return null;
        }
        for (Known each : inputs) {
            if (each == null || each.numbers() == null || each.numbers().length == 0) {
                return null;
            }
        }
        if (operator.equals("Identity") || operator.equals("Cast")) {
            return inputs.getFirst().numbers();
        }
        long[] made = new long[(int) count(shape)];
        LongBinaryOperator operation = operation(operator);
        for (int i = 0; i < made.length; i++) {
            if (operator.equals("Where")) {
                made[i] = at(inputs.get(0), i) != 0 ? at(inputs.get(1), i) : at(inputs.get(2), i);
            } else if (operation == null || inputs.size() < 2) {
                return null;
            } else {
                made[i] = at(inputs.get(0), i);
                for (int j = 1; j < inputs.size(); j++) {
                    made[i] = operation.applyAsLong(made[i], at(inputs.get(j), i));
                }
            }
        }
        return made;
    }

    private static long at(Known known, int place) {
        return known.numbers()[known.numbers().length == 1 ? 0 : place];
    }
}
