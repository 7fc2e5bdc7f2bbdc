package io.lookalike.model;

import static io.lookalike.model.OnnxGraph.BOOL;
import static io.lookalike.model.OnnxGraph.FLOAT;
import static io.lookalike.model.OnnxGraph.INT32;
import static io.lookalike.model.OnnxGraph.INT64;
import static io.lookalike.model.OnnxGraph.UINT8;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How large what a node makes is, by the operators' rules of ONNX and the commonest of {@code com.microsoft}.
 *
 * <p>A size that hangs on numbers which are not known is {@link Extent#UNKNOWN}; an operator that is not here too. Lives for one
 * node. Not thread-safe.
 *
 * @see <a href="https://onnx.ai/onnx/operators/">the operators</a>
 */
final class ShapeRules {
    /** What they make has the shape of their first input. */
    private static final Set<String> SAME = Set.of(
            ("Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Bernoulli BiasGelu BitwiseNot Cast CastLike Ceil Celu Clip Cos"
                            + " Cosh CumSum DequantizeLinear Dropout DynamicQuantizeLinear Elu Erf Exp EyeLike FastGelu Floor Gelu"
                            + " GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN LRN"
                            + " LayerNormalization LeakyRelu Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not"
                            + " QLinearLeakyRelu QLinearSigmoid QLinearSoftmax QuantizeLinear QuickGelu RandomNormalLike"
                            + " RandomUniformLike Reciprocal Relu ReverseSequence Round Scatter ScatterElements ScatterND Selu"
                            + " Shrink Sigmoid Sign SimplifiedLayerNormalization Sin Sinh SkipLayerNormalization Softmax Softplus"
                            + " Softsign Sqrt Tan Tanh ThresholdedRelu Trilu")
                    .split(" "));

    /** They go through all inputs element by element, repeated to a common shape. */
    private static final Set<String> BROADCAST = Set.of(
            ("Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul"
                            + " Or PRelu Pow Sub Sum Xor")
                    .split(" "));

    private static final Set<String> BOOLEAN = Set.of(
            "And", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less", "LessOrEqual", "Not", "Or", "Xor");

    /** Each looks at its input once, and at what it makes. */
    private static final Set<String> MOVING = Set.of(
            ("Compress Concat Constant ConstantOfShape DepthToSpace Expand Flatten Gather GatherElements GatherND GlobalAveragePool"
                            + " GlobalMaxPool OneHot Pad Range Reshape Shape Size Slice SpaceToDepth Split Squeeze Tile"
                            + " Transpose Unsqueeze Where")
                    .split(" "));

    /** What they make may be larger than what they were given, by numbers that they were given. */
    private static final Set<String> SIZED = Set.of(
            ("CenterCropPad Col2Im ConstantOfShape ConvTranspose DFT Einsum Expand HammingWindow HannWindow BlackmanWindow"
                            + " GridSample MaxUnpool MelWeightMatrix OneHot Pad RandomNormal RandomUniform Range Reshape Resize"
                            + " STFT Tile Upsample Multinomial AffineGrid")
                    .split(" "));

    private final Node node;
    private final List<Extent> in;
    private final Function<String, Attribute> attributes;

    ShapeRules(Node node, List<Extent> in, Function<String, Attribute> attributes) {
        this.node = node;
        this.in = in;
        this.attributes = attributes;
    }

    static boolean isSized(String operator) {
        return SIZED.contains(operator);
    }

    /** Whether the work is about as much as what goes in and comes out. */
    static boolean isPlain(String operator) {
        return SAME.contains(operator)
                || BROADCAST.contains(operator)
                || MOVING.contains(operator)
                || operator.startsWith("Reduce");
    }

    /** One for each output of the node. */
    List<Extent> outputs() {
        List<Extent> made;
        try {
            made = all();
        } catch (RuntimeException e) {
            made = List.of(); // a graph that ONNX Runtime will refuse, or a rule that falls short of the operator's
        }
        List<Extent> known = made;
        return IntStream.range(0, node.outputs().size())
                .mapToObj(i -> i < known.size() ? known.get(i) : Extent.UNKNOWN)
                .toList();
    }

    private List<Extent> all() {
        String operator = node.operator();
        return switch (operator) {
            case "Split" -> split();
            case "TopK" -> topK();
            case "DynamicQuantizeLinear" ->
                List.of(in.getFirst().as(UINT8).with(null), Extent.of(FLOAT), Extent.of(UINT8));
            case "LSTM", "GRU", "RNN" -> recurrent();
            case "Unique" ->
                Stream.concat(
                                Stream.of(in.getFirst().atMost()),
                                Stream.generate(() -> flatAtMost(in.getFirst(), INT64))
                                        .limit(3))
                        .toList();
            case "BatchNormalization" -> {
                Extent mean = in.size() > 4 ? in.get(3) : Extent.UNKNOWN;
                yield List.of(in.getFirst().with(null), mean, mean, mean, mean);
            }
            case "Dropout" -> List.of(in.getFirst(), in.getFirst().as(BOOL).with(null));
            case "LayerNormalization", "SimplifiedLayerNormalization", "SkipLayerNormalization", "MaxPool" -> {
                Extent first = one(operator);
                yield List.of(first, first.as(INT64), first.as(INT64), first);
            }
            default -> List.of(one(operator));
        };
    }

    private Extent one(String operator) {
        if (SAME.contains(operator)) {
            return same(operator);
        }
        if (BROADCAST.contains(operator)) {
            return broadcast(operator);
        }
        if (operator.startsWith("Reduce")) {
            return reduce(operator, in.getFirst().type());
        }
        return switch (operator) {
            case "ArgMax", "ArgMin" -> arg();
            case "AveragePool", "LpPool", "MaxPool", "QLinearAveragePool" ->
                windows(in.getFirst(), in.getFirst().shape()[1], ints("kernel_shape"));
            case "Compress" -> in.getFirst().atMost();
            case "Concat" -> concat(in);
            case "Constant" -> constant();
            case "ConstantOfShape" -> constantOfShape();
            case "Conv", "FusedConv" ->
                conv(in.getFirst(), in.get(1), in.getFirst().type());
            case "ConvInteger" -> conv(in.getFirst(), in.get(1), INT32);
            case "QLinearConv" -> conv(in.getFirst(), in.get(3), in.get(7).type());
            case "ConvTranspose" -> convTranspose();
            case "DepthToSpace" -> blocks(true);
            case "SpaceToDepth" -> blocks(false);
            case "Einsum" -> einsum();
            case "Expand" -> expand();
            case "Flatten" -> flatten();
            case "Gather" -> gather();
            case "GatherElements" ->
                sized(in.getFirst().type(), in.get(1).shape(), in.get(1).isExact());
            case "GatherND" -> gatherNd();
            case "Gemm", "FusedGemm" -> gemm(in.get(1));
            case "QGemm" -> gemm(in.get(3)).as(FLOAT);
            case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "QLinearGlobalAveragePool" -> global();
            case "GridSample" -> gridSample();
            case "MatMul", "FusedMatMul" -> matMul(in.get(1), in.getFirst().type());
            case "MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat" -> matMul(in.get(1), FLOAT);
            case "QLinearMatMul" -> matMul(in.get(3), in.get(7).type());
            case "QLinearAdd", "QLinearMul" ->
                broadcast(List.of(in.getFirst(), in.get(3)), in.getFirst().type());
            case "QLinearConcat" ->
                concat(IntStream.range(2, in.size())
                        .filter(i -> (i - 2) % 3 == 0)
                        .mapToObj(in::get)
                        .toList());
            case "NonZero" -> {
                Extent from = in.getFirst();
                yield Extent.of(INT64, from.axes(), from.count()).atMost();
            }
            case "NonMaxSuppression" -> Extent.of(INT64, in.get(1).count(), 3).atMost();
            case "OneHot" -> oneHot();
            case "Pad" -> pad();
            case "RandomNormal", "RandomUniform" -> sized((int) integer("dtype", FLOAT), whole(ints("shape")), true);
            case "Range" -> range();
            case "Reshape" -> reshape();
            case "Resize", "Upsample" -> resize(operator);
            case "RoiAlign", "MaxRoiPool" -> roi();
            case "Shape" -> shape();
            case "Size" -> {
                Extent from = in.getFirst();
                yield from.hasShape() && from.isExact()
                        ? Extent.numbers(INT64, new long[0], from.count())
                        : Extent.of(INT64);
            }
            case "Slice" -> slice();
            case "Squeeze" -> squeeze();
            case "Tile" -> tile();
            case "Transpose" -> transpose();
            case "Unsqueeze" -> unsqueeze();
            case "Where" -> where();
            default -> Extent.UNKNOWN;
        };
    }

    // attributes and numbers that are given

    private double[] ints(String name) {
        Attribute attribute = attributes.apply(name);
        return attribute == null || (attribute.numbers() != null && attribute.numbers().length == 0)
                ? null
                : attribute.numbers();
    }

    private long integer(String name, long missing) {
        Attribute attribute = attributes.apply(name);
        return attribute == null || attribute.isInteger() == false ? missing : attribute.integer();
    }

    private String text(String name, String missing) {
        Attribute attribute = attributes.apply(name);
        return attribute == null || attribute.text().isEmpty() ? missing : attribute.text();
    }

    private boolean has(int input) {
        return input < in.size()
                && input < node.inputs().size()
                && node.inputs().get(input).isEmpty() == false;
    }

    /** The numbers of an attribute, or of an input in newer versions of the operator. */
    private double[] given(String attribute, int input) {
        double[] numbers = ints(attribute);
        return numbers == null && has(input) ? in.get(input).numbers() : numbers;
    }

    private static long[] whole(double[] numbers) {
        if (numbers == null) {
            return null;
        }
        for (double number : numbers) {
            if (number < 0) {
                throw new ArithmeticException("a size below zero");
            }
        }
        return Arrays.stream(numbers).mapToLong(number -> (long) number).toArray();
    }

    private static Extent sized(int type, long[] shape, boolean exact) {
        if (shape == null) {
            return Extent.unknown(type);
        }
        return new Extent(shape, exact, Bounds.product(shape), type, null, false);
    }

    private static Extent flatAtMost(Extent from, int type) {
        return from.count() < 0
                ? Extent.unknown(type)
                : Extent.of(type, from.count()).atMost();
    }

    // element by element

    private Extent same(String operator) {
        Extent from = in.getFirst();
        int type = switch (operator) {
            case "Cast" -> (int) integer("to", FLOAT);
            case "CastLike" -> in.get(1).type();
            case "QuantizeLinear" -> has(2) ? in.get(2).type() : UINT8;
            case "DequantizeLinear" -> in.get(1).type();
            case "EyeLike", "RandomNormalLike", "RandomUniformLike", "Bernoulli" -> (int) integer("dtype", from.type());
            default -> BOOLEAN.contains(operator) ? BOOL : from.type();
        };
        double[] numbers = SmallNumbers.map(from.numbers(), SmallNumbers.unary(operator));
        if (operator.startsWith("Cast") && numbers != null && isWhole(type) && isWhole(from.type()) == false) {
            numbers = SmallNumbers.map(numbers, number -> number < 0 ? Math.ceil(number) : Math.floor(number));
        }
        if (operator.equals("Clip")) {
            numbers = clip(from);
        }
        return from.as(type).with(numbers);
    }

    private double[] clip(Extent from) {
        double least = has(1) ? in.get(1).only() : Double.NEGATIVE_INFINITY;
        double most = has(2) ? in.get(2).only() : Double.POSITIVE_INFINITY;
        boolean known = Double.isNaN(least) == false
                && Double.isNaN(most) == false
                && attributes.apply("min") == null
                && attributes.apply("max") == null;
        return known ? SmallNumbers.map(from.numbers(), number -> Math.min(most, Math.max(least, number))) : null;
    }

    private static boolean isWhole(int type) {
        return type != FLOAT && type != 10 && type != 11 && type != 16;
    }

    private Extent broadcast(String operator) {
        int type = BOOLEAN.contains(operator) ? BOOL : in.getFirst().type();
        Extent made = broadcast(in, type);
        if (in.size() != 2 || made.hasShape() == false) {
            return made;
        }
        boolean whole = isWhole(in.getFirst().type());
        return made.with(SmallNumbers.zip(in.get(0), in.get(1), made.shape(), SmallNumbers.binary(operator, whole)));
    }

    private static Extent broadcast(List<Extent> all, int type) {
        int axes = 0;
        boolean exact = true;
        for (Extent each : all) {
            if (each.hasShape() == false) {
                return Extent.unknown(type);
            }
            axes = Math.max(axes, each.axes());
            exact &= each.isExact();
        }
        long[] shape = new long[axes];
        Arrays.fill(shape, 1);
        for (Extent each : all) {
            for (int i = 0; i < each.axes(); i++) {
                int at = axes - each.axes() + i;
                shape[at] = shape[at] == 0 || each.shape()[i] == 0 ? 0 : Math.max(shape[at], each.shape()[i]);
            }
        }
        return sized(type, shape, exact);
    }

    private Extent where() {
        Extent made = broadcast(in, in.get(1).type());
        if (made.hasShape() == false) {
            return made;
        }
        double[][] three = new double[3][];
        for (int i = 0; i < 3; i++) {
            three[i] = SmallNumbers.spread(in.get(i), made.shape());
            if (three[i] == null) {
                return made;
            }
        }
        double[] chosen = new double[three[0].length];
        Arrays.setAll(chosen, i -> three[0][i] != 0 ? three[1][i] : three[2][i]);
        return made.with(chosen);
    }

    private Extent reduce(String operator, int type) {
        Extent from = in.getFirst();
        if (from.hasShape() == false) {
            return from.count() < 0 ? Extent.unknown(type) : flatAtMost(from, type);
        }
        boolean keep = integer("keepdims", 1) != 0;
        double[] axes = given("axes", 1);
        if (axes == null && has(1)) {
            return new Extent(null, false, from.count(), type, null, false); // no more than went in
        }
        boolean[] reduced = new boolean[from.axes()];
        if (axes == null || axes.length == 0) {
            if (integer("noop_with_empty_axes", 0) != 0) {
                return from.as(type).with(null);
            }
            Arrays.fill(reduced, true);
        } else {
            for (double axis : axes) {
                reduced[from.axis((long) axis)] = true;
            }
        }
        long[] shape = IntStream.range(0, reduced.length)
                .filter(i -> keep || reduced[i] == false)
                .mapToLong(i -> reduced[i] ? 1 : from.shape()[i])
                .toArray();
        Extent made = sized(type, shape, from.isExact());
        return made.count() == 1 ? made.with(SmallNumbers.reduce(operator, from.numbers())) : made;
    }

    private Extent arg() {
        Extent from = in.getFirst();
        if (from.hasShape() == false) {
            return flatAtMost(from, INT64);
        }
        int axis = from.axis(integer("axis", 0));
        boolean keep = integer("keepdims", 1) != 0;
        long[] shape = IntStream.range(0, from.axes())
                .filter(i -> keep || i != axis)
                .mapToLong(i -> i == axis ? 1 : from.shape()[i])
                .toArray();
        return sized(INT64, shape, from.isExact());
    }

    // convolutions and windows

    private Extent conv(Extent x, Extent kernel, int type) {
        if (x.hasShape() == false || kernel.hasShape() == false) {
            return Extent.unknown(type);
        }
        double[] size = IntStream.range(2, kernel.axes())
                .mapToDouble(i -> kernel.shape()[i])
                .toArray();
        return windows(x, kernel.shape()[0], size).as(type);
    }

    private Extent windows(Extent x, long channels, double[] kernel) {
        if (x.hasShape() == false || kernel == null) {
            return Extent.unknown(x.type());
        }
        int sides = x.axes() - 2;
        double[] strides = ints("strides");
        double[] dilations = ints("dilations");
        double[] pads = ints("pads");
        String auto = text("auto_pad", "NOTSET");
        boolean up = integer("ceil_mode", 0) != 0;
        long[] shape = x.shape().clone();
        shape[1] = channels;
        for (int i = 0; i < sides; i++) {
            long stride = strides == null ? 1 : Math.max(1, (long) strides[i]);
            long reach = (long) (kernel[i] - 1) * (dilations == null ? 1 : (long) dilations[i]) + 1;
            long side = x.shape()[i + 2];
            if (auto.startsWith("SAME")) {
                shape[i + 2] = (side + stride - 1) / stride;
                continue;
            }
            long padded = pads == null || auto.equals("VALID") ? side : side + (long) pads[i] + (long) pads[i + sides];
            long room = Math.max(0, padded - reach);
            shape[i + 2] = (up ? (room + stride - 1) / stride : room / stride) + 1;
        }
        return sized(x.type(), shape, x.isExact());
    }

    private Extent convTranspose() {
        Extent x = in.getFirst();
        Extent kernel = in.get(1);
        if (x.hasShape() == false || kernel.hasShape() == false) {
            return Extent.unknown(x.type());
        }
        int sides = x.axes() - 2;
        double[] strides = ints("strides");
        double[] dilations = ints("dilations");
        double[] pads = ints("pads");
        double[] more = ints("output_padding");
        double[] said = ints("output_shape");
        long[] shape = x.shape().clone();
        shape[1] = Bounds.times(kernel.shape()[1], Math.max(1, integer("group", 1)));
        for (int i = 0; i < sides; i++) {
            long stride = strides == null ? 1 : (long) strides[i];
            long reach = (kernel.shape()[i + 2] - 1) * (dilations == null ? 1 : (long) dilations[i]) + 1;
            double cut = pads == null ? 0 : pads[i] + pads[i + sides];
            double side = (double) stride * (x.shape()[i + 2] - 1) + reach + (more == null ? 0 : more[i]) - cut;
            double wanted = said == null ? side : said[said.length - sides + i];
            shape[i + 2] = text("auto_pad", "").startsWith("SAME") && said == null
                    ? Bounds.times(x.shape()[i + 2], stride)
                    : whole(new double[] {wanted})[0];
        }
        return sized(x.type(), shape, x.isExact());
    }

    private Extent global() {
        Extent x = in.getFirst();
        if (x.hasShape() == false) {
            return Extent.unknown(x.type());
        }
        long[] shape = x.shape().clone();
        Arrays.fill(shape, 2, shape.length, 1);
        return sized(x.type(), shape, x.isExact());
    }

    private Extent gridSample() {
        Extent x = in.getFirst();
        Extent grid = in.get(1);
        if (x.hasShape() == false || grid.hasShape() == false) {
            return Extent.unknown(x.type());
        }
        long[] shape = x.shape().clone();
        System.arraycopy(grid.shape(), 1, shape, 2, shape.length - 2);
        return sized(x.type(), shape, x.isExact() && grid.isExact());
    }

    private Extent roi() {
        Extent x = in.getFirst();
        double[] pooled = ints("pooled_shape");
        long height = pooled == null ? integer("output_height", 1) : (long) pooled[0];
        long width = pooled == null ? integer("output_width", 1) : (long) pooled[1];
        return sized(x.type(), new long[] {in.get(1).shape()[0], x.shape()[1], height, width}, false);
    }

    private Extent blocks(boolean apart) {
        Extent x = in.getFirst();
        long block = integer("blocksize", 1);
        long[] shape = x.shape().clone();
        shape[1] = apart ? shape[1] / (block * block) : shape[1] * block * block;
        shape[2] = apart ? shape[2] * block : shape[2] / block;
        shape[3] = apart ? shape[3] * block : shape[3] / block;
        return sized(x.type(), shape, x.isExact());
    }

    /** By factors along the axes, or to sizes. */
    private Extent resize(String operator) {
        Extent x = in.getFirst();
        boolean isOld = operator.equals("Upsample") || node.inputs().size() == 2;
        double[] scales = operator.equals("Upsample") && ints("scales") != null
                ? ints("scales")
                : has(isOld ? 1 : 2) ? in.get(isOld ? 1 : 2).numbers() : null;
        double[] sizes = has(3) ? in.get(3).numbers() : null;
        boolean bySizes = has(3);
        double[] said = bySizes ? sizes : scales;
        if (x.hasShape() == false || said == null) {
            return Extent.unknown(x.type());
        }
        double[] axes = ints("axes");
        long[] shape = x.shape().clone();
        double widest = 0;
        for (int i = 0; i < said.length; i++) {
            int axis = axes == null ? i : x.axis((long) axes[i]);
            widest = Math.max(widest, bySizes ? said[i] / Math.max(1, x.shape()[axis]) : said[i]);
        }
        boolean larger = text("keep_aspect_ratio_policy", "stretch").equals("not_smaller");
        for (int i = 0; i < said.length; i++) {
            int axis = axes == null ? i : x.axis((long) axes[i]);
            double size = bySizes ? said[i] : Math.floor(x.shape()[axis] * said[i]);
            shape[axis] = whole(new double[] {larger ? Math.ceil(x.shape()[axis] * widest) : size})[0];
        }
        return sized(x.type(), shape, x.isExact());
    }

    // products

    private Extent matMul(Extent right, int type) {
        Extent left = in.getFirst();
        if (left.hasShape() == false || right.hasShape() == false) {
            return Extent.unknown(type);
        }
        long[] a = left.axes() == 1
                ? new long[] {1, left.shape()[0]}
                : left.shape().clone();
        long[] b = right.axes() == 1
                ? new long[] {right.shape()[0], 1}
                : right.shape().clone();
        if (integer("transA", 0) != 0) {
            swapLast(a);
        }
        if (integer("transB", 0) != 0) {
            swapLast(b);
        }
        Extent outer = broadcast(
                List.of(
                        Extent.of(type, Arrays.copyOf(a, a.length - 2)),
                        Extent.of(type, Arrays.copyOf(b, b.length - 2))),
                type);
        long[] rows = left.axes() == 1 ? new long[0] : new long[] {a[a.length - 2]};
        long[] columns = right.axes() == 1 ? new long[0] : new long[] {b[b.length - 1]};
        return sized(type, join(outer.shape(), rows, columns), left.isExact() && right.isExact());
    }

    private static void swapLast(long[] shape) {
        long last = shape[shape.length - 1];
        shape[shape.length - 1] = shape[shape.length - 2];
        shape[shape.length - 2] = last;
    }

    private static long[] join(long[]... parts) {
        return Arrays.stream(parts).flatMapToLong(Arrays::stream).toArray();
    }

    private Extent gemm(Extent right) {
        Extent left = in.getFirst();
        long rows = left.shape()[integer("transA", 0) != 0 ? 1 : 0];
        long columns = right.shape()[integer("transB", 0) != 0 ? 0 : 1];
        return sized(left.type(), new long[] {rows, columns}, left.isExact() && right.isExact());
    }

    /** {@code ...} and repeated letters of the result are not known here. */
    private Extent einsum() {
        int type = in.getFirst().type();
        String[] sides = text("equation", "").replace(" ", "").split("->", -1);
        if (sides.length != 2 || sides[0].contains(".")) {
            return Extent.unknown(type);
        }
        String[] terms = sides[0].split(",", -1);
        long[] sizes = new long[Character.MAX_VALUE];
        boolean exact = true;
        for (int i = 0; i < terms.length; i++) {
            exact &= in.get(i).isExact();
            for (int axis = 0; axis < terms[i].length(); axis++) {
                char letter = terms[i].charAt(axis);
                sizes[letter] = Math.max(sizes[letter], in.get(i).shape()[axis]);
            }
        }
        return sized(type, sides[1].chars().mapToLong(letter -> sizes[letter]).toArray(), exact);
    }

    private List<Extent> recurrent() {
        Extent x = in.getFirst();
        Extent recurrence = in.get(2);
        long hidden = recurrence.shape()[2];
        long directions = recurrence.shape()[0];
        boolean byBatch = integer("layout", 0) != 0;
        long steps = x.shape()[byBatch ? 1 : 0];
        long batch = x.shape()[byBatch ? 0 : 1];
        Extent last = sized(
                x.type(),
                byBatch ? new long[] {batch, directions, hidden} : new long[] {directions, batch, hidden},
                x.isExact());
        Extent every = sized(
                x.type(),
                byBatch ? new long[] {batch, steps, directions, hidden} : new long[] {steps, directions, batch, hidden},
                x.isExact());
        return List.of(every, last, last);
    }

    // shapes and what moves along them

    private Extent constant() {
        Attribute tensor = attributes.apply("value");
        tensor = tensor == null ? attributes.apply("sparse_value") : tensor;
        if (tensor != null && tensor.tensor() != null) {
            return Extent.of(tensor.tensor());
        }
        for (String name : List.of("value_int", "value_float")) {
            Attribute one = attributes.apply(name);
            if (one != null) {
                double number = one.isInteger() ? one.integer() : one.numbers()[0];
                return Extent.numbers(name.equals("value_int") ? INT64 : FLOAT, new long[0], number);
            }
        }
        for (String name : List.of("value_ints", "value_floats")) {
            Attribute several = attributes.apply(name);
            if (several != null && several.numbers() != null) {
                return Extent.vector(several.numbers()).as(name.equals("value_ints") ? INT64 : FLOAT);
            }
        }
        return Extent.UNKNOWN;
    }

    private Extent shape() {
        Extent from = in.getFirst();
        if (from.hasShape() == false) {
            return Extent.unknown(INT64);
        }
        int axes = from.axes();
        int start = bounded(integer("start", 0), axes);
        int end = bounded(integer("end", axes), axes);
        long[] part = Arrays.copyOfRange(from.shape(), start, Math.max(start, end));
        return from.isExact()
                ? Extent.vector(Arrays.stream(part).asDoubleStream().toArray())
                : Extent.of(INT64, part.length);
    }

    private static int bounded(long at, int length) {
        return Math.clamp(at < 0 ? at + length : at, 0, length);
    }

    private Extent constantOfShape() {
        Attribute value = attributes.apply("value");
        int type =
                value == null || value.tensor() == null ? FLOAT : value.tensor().type();
        Extent made = sized(type, whole(in.getFirst().numbers()), true);
        if (made.hasShape() == false || made.count() > OnnxReader.MAX_NUMBERS) {
            return made;
        }
        double[] numbers = new double[(int) made.count()];
        double[] one = value == null || value.tensor() == null
                ? new double[1]
                : value.tensor().numbers();
        if (one == null || one.length != 1) {
            return made;
        }
        Arrays.fill(numbers, one[0]);
        return made.with(numbers);
    }

    private Extent expand() {
        Extent from = in.getFirst();
        long[] target = whole(in.get(1).numbers());
        if (target == null) {
            return Extent.unknown(from.type());
        }
        Extent made = broadcast(List.of(from, Extent.of(from.type(), target)), from.type());
        return made.hasShape() ? made.with(SmallNumbers.spread(from, made.shape())) : made;
    }

    private Extent tile() {
        Extent from = in.getFirst();
        long[] repeats = whole(in.get(1).numbers());
        if (repeats == null || from.hasShape() == false) {
            return Extent.unknown(from.type());
        }
        long[] shape = new long[from.axes()];
        Arrays.setAll(shape, i -> Bounds.times(from.shape()[i], repeats[i]));
        Extent made = sized(from.type(), shape, from.isExact());
        if (from.numbers() != null && from.axes() == 1 && made.count() <= OnnxReader.MAX_NUMBERS) {
            double[] numbers = new double[(int) made.count()];
            Arrays.setAll(numbers, i -> from.numbers()[i % from.numbers().length]);
            return made.with(numbers);
        }
        return made;
    }

    private Extent range() {
        double start = in.get(0).only();
        double limit = in.get(1).only();
        double step = in.get(2).only();
        double length = Math.max(0, Math.ceil((limit - start) / step));
        if (Double.isNaN(length)) {
            return Extent.unknown(in.getFirst().type());
        }
        Extent made = sized(in.getFirst().type(), new long[] {(long) length}, true);
        if (length > OnnxReader.MAX_NUMBERS) {
            return made;
        }
        double[] numbers = new double[(int) length];
        Arrays.setAll(numbers, i -> start + i * step);
        return made.with(numbers);
    }

    private Extent oneHot() {
        double depth = in.get(1).only();
        Extent from = in.getFirst();
        if (Double.isNaN(depth) || from.hasShape() == false) {
            return Extent.unknown(in.get(2).type());
        }
        return sized(in.get(2).type(), join(from.shape(), whole(new double[] {depth})), from.isExact());
    }

    private Extent pad() {
        Extent from = in.getFirst();
        double[] pads = given("pads", 1);
        if (pads == null || from.hasShape() == false) {
            return Extent.unknown(from.type());
        }
        double[] axes = has(3) ? in.get(3).numbers() : null;
        long[] shape = from.shape().clone();
        for (int i = 0; i < pads.length / 2; i++) {
            int axis = axes == null ? i : from.axis((long) axes[i]);
            shape[axis] = whole(new double[] {Math.max(0, shape[axis] + pads[i] + pads[i + pads.length / 2])})[0];
        }
        return sized(from.type(), shape, from.isExact());
    }

    private Extent reshape() {
        Extent from = in.getFirst();
        double[] target = given("shape", 1);
        if (target == null) {
            return Extent.unknown(from.type());
        }
        boolean isEmpty = integer("allowzero", 0) != 0;
        long[] shape = new long[target.length];
        int open = -1;
        long known = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = target[i] == 0 && isEmpty == false ? from.shape()[i] : (long) target[i];
            if (target[i] == -1) {
                open = i;
            } else {
                known = Bounds.times(known, shape[i]);
            }
        }
        if (open >= 0) {
            if (from.count() < 0) {
                return Extent.unknown(from.type());
            }
            shape[open] = known == 0 ? 0 : from.count() / known;
        }
        boolean exact = from.isExact() && from.count() >= 0;
        return sized(from.type(), shape, exact || open < 0).with(from.numbers());
    }

    private Extent flatten() {
        Extent from = in.getFirst();
        long at = integer("axis", 1);
        int axis = (int) (at < 0 ? at + from.axes() : at);
        long rows = Bounds.product(Arrays.copyOf(from.shape(), axis));
        long columns = Bounds.product(Arrays.copyOfRange(from.shape(), axis, from.axes()));
        return sized(from.type(), new long[] {rows, columns}, from.isExact()).with(from.numbers());
    }

    private Extent squeeze() {
        Extent from = in.getFirst();
        if (from.hasShape() == false) {
            return from;
        }
        double[] axes = given("axes", 1);
        if (axes == null && (has(1) || from.isExact() == false)) {
            return new Extent(null, false, from.count(), from.type(), null, false);
        }
        boolean[] gone = new boolean[from.axes()];
        if (axes == null) {
            for (int i = 0; i < gone.length; i++) {
                gone[i] = from.shape()[i] == 1;
            }
        } else {
            for (double axis : axes) {
                gone[from.axis((long) axis)] = true;
            }
        }
        long[] shape = IntStream.range(0, gone.length)
                .filter(i -> gone[i] == false)
                .mapToLong(i -> from.shape()[i])
                .toArray();
        return sized(from.type(), shape, from.isExact()).with(from.numbers());
    }

    private Extent unsqueeze() {
        Extent from = in.getFirst();
        double[] axes = given("axes", 1);
        if (axes == null || from.hasShape() == false) {
            return new Extent(null, false, from.count(), from.type(), null, false);
        }
        int all = from.axes() + axes.length;
        boolean[] added = new boolean[all];
        for (double axis : axes) {
            added[(int) (axis < 0 ? axis + all : axis)] = true;
        }
        long[] shape = new long[all];
        for (int i = 0, at = 0; i < all; i++) {
            shape[i] = added[i] ? 1 : from.shape()[at++];
        }
        return sized(from.type(), shape, from.isExact()).with(from.numbers());
    }

    private Extent transpose() {
        Extent from = in.getFirst();
        if (from.hasShape() == false) {
            return new Extent(null, false, from.count(), from.type(), null, false);
        }
        double[] order = ints("perm");
        long[] shape = new long[from.axes()];
        Arrays.setAll(shape, i -> from.shape()[order == null ? shape.length - 1 - i : (int) order[i]]);
        return sized(from.type(), shape, from.isExact()).with(from.axes() < 2 ? from.numbers() : null);
    }

    private Extent concat(List<Extent> parts) {
        Extent first = parts.getFirst();
        if (parts.stream().allMatch(Extent::hasShape) == false) {
            return Extent.unknown(first.type());
        }
        int axis = first.axis(integer("axis", 1));
        long[] shape = first.shape().clone();
        shape[axis] = 0;
        boolean exact = true;
        for (Extent each : parts) {
            exact &= each.isExact();
            for (int i = 0; i < shape.length; i++) {
                shape[i] = i == axis ? Bounds.plus(shape[i], each.shape()[i]) : Math.max(shape[i], each.shape()[i]);
            }
        }
        Extent made = sized(first.type(), shape, exact);
        if (first.axes() != 1 || parts.stream().anyMatch(each -> each.numbers() == null)) {
            return made;
        }
        return made.with(parts.stream()
                .flatMapToDouble(each -> Arrays.stream(each.numbers()))
                .toArray());
    }

    private List<Extent> split() {
        Extent from = in.getFirst();
        int outputs = node.outputs().size();
        if (from.hasShape() == false) {
            return Stream.generate(() -> Extent.unknown(from.type()))
                    .limit(outputs)
                    .toList();
        }
        int axis = from.axis(integer("axis", 0));
        double[] sizes = given("split", 1);
        boolean open = sizes == null && has(1);
        long side = from.shape()[axis];
        long each = (side + outputs - 1) / outputs;
        return IntStream.range(0, outputs)
                .mapToObj(i -> {
                    long[] shape = from.shape().clone();
                    long first = i * each;
                    shape[axis] =
                            open ? side : sizes != null ? (long) sizes[i] : Math.max(0, Math.min(each, side - first));
                    Extent made = sized(from.type(), shape, from.isExact() && open == false);
                    if (from.axes() != 1 || from.numbers() == null || made.isExact() == false) {
                        return made;
                    }
                    long start = sizes == null
                            ? first
                            : (long) Arrays.stream(sizes, 0, i).sum();
                    return made.with(Arrays.copyOfRange(from.numbers(), (int) start, (int) (start + made.count())));
                })
                .toList();
    }

    private List<Extent> topK() {
        Extent from = in.getFirst();
        if (from.hasShape() == false) {
            Extent same = new Extent(null, false, from.count(), from.type(), null, false);
            return List.of(same, same.as(INT64));
        }
        int axis = from.axis(integer("axis", -1));
        double k = has(1) ? in.get(1).only() : integer("k", 1);
        long[] shape = from.shape().clone();
        shape[axis] = Double.isNaN(k) ? shape[axis] : Math.min(shape[axis], (long) k);
        Extent made = sized(from.type(), shape, from.isExact() && Double.isNaN(k) == false);
        return List.of(made, made.as(INT64));
    }

    private Extent gather() {
        Extent from = in.getFirst();
        Extent at = in.get(1);
        if (from.hasShape() == false || at.hasShape() == false) {
            return Extent.unknown(from.type());
        }
        int axis = from.axis(integer("axis", 0));
        long[] shape = join(
                Arrays.copyOf(from.shape(), axis), at.shape(), Arrays.copyOfRange(from.shape(), axis + 1, from.axes()));
        Extent made = sized(from.type(), shape, from.isExact() && at.isExact());
        if (from.numbers() == null || at.numbers() == null || from.axes() != 1) {
            return made;
        }
        return made.with(Arrays.stream(at.numbers())
                .map(i -> from.numbers()[from.numbers().length == 0 ? 0 : (int) (i < 0 ? i + from.count() : i)])
                .toArray());
    }

    private Extent gatherNd() {
        Extent from = in.getFirst();
        Extent at = in.get(1);
        if (from.hasShape() == false || at.hasShape() == false) {
            return Extent.unknown(from.type());
        }
        int depth = (int) (at.shape()[at.axes() - 1] + integer("batch_dims", 0));
        return sized(
                from.type(),
                join(Arrays.copyOf(at.shape(), at.axes() - 1), Arrays.copyOfRange(from.shape(), depth, from.axes())),
                from.isExact() && at.isExact());
    }

    private Extent slice() {
        Extent from = in.getFirst();
        double[] starts = given("starts", 1);
        double[] ends = given("ends", 2);
        double[] axes = given("axes", 3);
        double[] steps = has(4) ? in.get(4).numbers() : null;
        if (from.hasShape() == false
                || starts == null
                || ends == null
                || (axes == null && has(3))
                || (steps == null && has(4))) {
            return from.atMost();
        }
        long[] shape = from.shape().clone();
        double[] numbers = from.numbers();
        for (int i = 0; i < starts.length; i++) {
            int axis = axes == null ? i : from.axis((long) axes[i]);
            long side = from.shape()[axis];
            double step = steps == null ? 1 : steps[i];
            double first = starts[i] < 0 ? starts[i] + side : starts[i];
            double last = ends[i] < 0 ? ends[i] + side : ends[i];
            first = Math.clamp(first, 0.0, step < 0 ? Math.max(0.0, side - 1) : side);
            last = Math.clamp(last, step < 0 ? -1.0 : 0.0, side);
            shape[axis] = (long) Math.max(0, Math.ceil((last - first) / step));
            if (numbers != null && from.axes() == 1) {
                double[] all = numbers;
                double start = first;
                numbers = new double[(int) shape[axis]];
                double[] part = numbers;
                Arrays.setAll(part, j -> all[(int) (start + j * step)]);
            }
        }
        return sized(from.type(), shape, from.isExact()).with(from.axes() == 1 ? numbers : null);
    }
}
