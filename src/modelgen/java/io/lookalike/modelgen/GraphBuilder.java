package io.lookalike.modelgen;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes an ONNX graph over square pictures, one operator per call.
 *
 * <p>Every value is a {@link Tensor} of shape {@code [batch, channels, size, size]} with a dynamic batch; values and
 * initializers are numbered in the order of the calls, so that the same calls give the same bytes. Weights are
 * {@code float}; equal ones are written once. Only operators of opset 13 are written. Not thread-safe.
 */
final class GraphBuilder {

    private static final int OPSET = 13;
    private static final int IR_VERSION = 7;
    private static final float TINY = 1e-6f;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private int values;
    private final Map<TensorProto, String> constants = new HashMap<>();

    GraphBuilder(String name) {
        graph.setName(name);
    }

    /** Declares the graph's input, {@code [batch, channels, size, size]} floats. */
    Tensor input(String name, int channels, int size) {
        graph.addInput(valueInfo(name, channels, size, size));
        return new Tensor(name, channels, size);
    }

    /**
     * Convolves at stride 1 and keeps the size: the border pixels are repeated outwards.
     *
     * @param kernels the weights, {@code [out][in / groups][side * side]}, with an odd side
     * @param groups the number of groups that the input channels are split into
     */
    Tensor conv(Tensor x, float[][][] kernels, int groups) {
        return conv(x, kernels, groups, null);
    }

    /** Mixes channels at every pixel: {@code out[o] = bias[o] + sum of weights[o][i] * in[i]}. */
    Tensor mix(Tensor x, float[][] weights, float[] bias) {
        float[][][] kernels = new float[weights.length][][];
        for (int o = 0; o < weights.length; o++) {
            kernels[o] = new float[weights[o].length][];
            for (int i = 0; i < weights[o].length; i++) {
                kernels[o][i] = new float[] {weights[o][i]};
            }
        }
        return conv(x, kernels, 1, bias);
    }

    /** Convolves as {@link #conv}, but at every other pixel of every other row only. */
    Tensor convEverySecond(Tensor x, float[][][] kernels, int groups) {
        Tensor padded = pad(x, side(x, kernels, groups) / 2);
        NodeProto.Builder node = convolution(padded, kernels, groups, null).addAttribute(ints("strides", 2, 2));
        return add(node, kernels.length, (x.size() + 1) / 2);
    }

    private Tensor conv(Tensor x, float[][][] kernels, int groups, float[] bias) {
        Tensor padded = pad(x, side(x, kernels, groups) / 2);
        return add(convolution(padded, kernels, groups, bias), kernels.length, x.size());
    }

    private static int side(Tensor x, float[][][] kernels, int groups) {
        int in = kernels[0].length;
        int area = kernels[0][0].length;
        int side = (int) StrictMath.round(StrictMath.sqrt(area));
        if (side * side != area || side % 2 == 0 || in * groups != x.channels() || kernels.length % groups != 0) {
            throw new IllegalArgumentException("kernels of [" + area + "] weights, [" + in + "] inputs and [" + groups
                    + "] groups do not fit [" + x.channels()
                    + "] channels; supply odd squares and channels / groups inputs");
        }
        return side;
    }

    private NodeProto.Builder convolution(Tensor padded, float[][][] kernels, int groups, float[] bias) {
        int in = kernels[0].length;
        int side = (int) StrictMath.round(StrictMath.sqrt(kernels[0][0].length));
        List<String> inputs = new ArrayList<>();
        inputs.add(padded.name());
        inputs.add(constant(flatten(kernels), kernels.length, in, side, side));
        if (bias != null) {
            inputs.add(constant(bias, bias.length));
        }
        return node("Conv", inputs)
                .addAttribute(ints("kernel_shape", side, side))
                .addAttribute(integer("group", groups));
    }

    /** Repeats the border pixels {@code width} times on every side. */
    Tensor pad(Tensor x, int width) {
        if (width == 0) {
            return x;
        }
        String pads = constant(new long[] {0, 0, width, width, 0, 0, width, width}, 8);
        NodeProto.Builder node = node("Pad", List.of(x.name(), pads)).addAttribute(string("mode", "edge"));
        return add(node, x.channels(), x.size() + 2 * width);
    }

    /** Averages squares of {@code side} pixels that lie {@code stride} apart; nothing is padded. */
    Tensor averagePool(Tensor x, int side, int stride) {
        NodeProto.Builder node = node("AveragePool", List.of(x.name()))
                .addAttribute(ints("kernel_shape", side, side))
                .addAttribute(ints("strides", stride, stride));
        return add(node, x.channels(), (x.size() - side) / stride + 1);
    }

    /** Averages over a grid of {@code cells * cells} equal squares; the size must be a multiple of {@code cells}. */
    Tensor grid(Tensor x, int cells) {
        if (x.size() % cells != 0) {
            throw new IllegalArgumentException("cannot cut [" + x.size() + "] pixels into [" + cells
                    + "] cells; the size must be a multiple of the cells");
        }
        int side = x.size() / cells;
        return side == 1 ? x : averagePool(x, side, side);
    }

    Tensor relu(Tensor x) {
        return unary("Relu", x);
    }

    Tensor abs(Tensor x) {
        return unary("Abs", x);
    }

    Tensor sigmoid(Tensor x) {
        return unary("Sigmoid", x);
    }

    /** The square root of {@code x + 1e-6} less that of {@code 1e-6}: 0 at 0, for values that are not negative. */
    Tensor sqrt(Tensor x) {
        return shift(root(relu(x), TINY), -StrictMath.sqrt(TINY));
    }

    /** The square root of {@code x + offset}, for an offset that makes every sum positive. */
    Tensor root(Tensor x, double offset) {
        return unary("Sqrt", shift(x, offset));
    }

    /** The power of values that are not negative. */
    Tensor power(Tensor x, double exponent) {
        return withScalar("Pow", x, exponent);
    }

    Tensor square(Tensor x) {
        return multiply(x, x);
    }

    Tensor scale(Tensor x, double factor) {
        return withScalar("Mul", x, factor);
    }

    Tensor shift(Tensor x, double offset) {
        return withScalar("Add", x, offset);
    }

    Tensor add(Tensor x, Tensor y) {
        return binary("Add", x, y);
    }

    Tensor subtract(Tensor x, Tensor y) {
        return binary("Sub", x, y);
    }

    Tensor multiply(Tensor x, Tensor y) {
        return binary("Mul", x, y);
    }

    /** Divides; the caller sees to it that {@code y} is above 0. */
    Tensor divide(Tensor x, Tensor y) {
        return binary("Div", x, y);
    }

    /** The sum over channels at every pixel. */
    Tensor channelSum(Tensor x) {
        float[] ones = new float[x.channels()];
        Arrays.fill(ones, 1);
        return mix(x, new float[][] {ones}, null);
    }

    /** The mean over all channels and pixels of a picture. */
    Tensor mean(Tensor x) {
        NodeProto.Builder node = node("ReduceMean", List.of(x.name()))
                .addAttribute(ints("axes", 1, 2, 3))
                .addAttribute(integer("keepdims", 1));
        return add(node, 1, 1);
    }

    /**
     * Sums {@code x[i] * y[j]} over all pixels, for every pair of channels: the bilinear pooling of two maps.
     *
     * @return {@code x.channels() * y.channels()} channels of size 1, divided by the number of pixels
     */
    Tensor gram(Tensor x, Tensor y) {
        int pixels = x.size() * x.size();
        String flatX = reshape(x.name(), 0, x.channels(), pixels);
        String flatY = reshape(y.name(), 0, y.channels(), pixels);
        String turned = append(node("Transpose", List.of(flatY)).addAttribute(ints("perm", 0, 2, 1)));
        String product = append(node("MatMul", List.of(flatX, turned)));
        int channels = x.channels() * y.channels();
        return scale(new Tensor(reshape(product, 0, channels, 1, 1), channels, 1), 1.0 / pixels);
    }

    /** Turns pixels into channels: {@code [batch, dims, 1, 1]}. */
    Tensor flat(Tensor x) {
        return x.size() == 1 ? x : new Tensor(reshape(x.name(), 0, x.dims(), 1, 1), x.dims(), 1);
    }

    /** Joins channels; all sizes must be equal. */
    Tensor concat(List<Tensor> parts) {
        int channels = 0;
        List<String> names = new ArrayList<>();
        for (Tensor part : parts) {
            channels += part.channels();
            names.add(part.name());
        }
        NodeProto.Builder node = node("Concat", names).addAttribute(integer("axis", 1));
        return add(node, channels, parts.get(0).size());
    }

    /** Divides a flat tensor by {@code sqrt(sum of squares + epsilon)}: nothing at all stays nothing at all. */
    Tensor unit(Tensor x, double epsilon) {
        return divide(x, root(channelSum(square(x)), epsilon));
    }

    /**
     * Multiplies a flat tensor with a matrix: {@code out[c] = bias[c] + scale[c] * sum of in[r] * weights[r][c]}.
     *
     * @param weights one row for each value of {@code x}, stored as bytes
     */
    Tensor project(Tensor x, byte[][] weights, float[] scale, float[] bias) {
        int columns = scale.length;
        ByteString.Output rows = ByteString.newOutput(weights.length * columns);
        for (byte[] row : weights) {
            rows.write(row, 0, columns);
        }
        TensorProto.Builder bytes = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT8.getNumber())
                .setRawData(rows.toByteString());
        String matrix = append(node("Cast", List.of(constant(bytes, weights.length, columns)))
                .addAttribute(integer("to", TensorProto.DataType.FLOAT.getNumber())));
        String product = append(node("MatMul", List.of(reshape(x.name(), 0, x.dims()), matrix)));
        String scaled = append(node("Mul", List.of(product, constant(scale, columns))));
        String shifted = append(node("Add", List.of(scaled, constant(bias, columns))));
        return new Tensor(reshape(shifted, 0, columns, 1, 1), columns, 1);
    }

    /** What is left of a flat tensor without its part along a direction of length 1. */
    Tensor without(Tensor x, float[] direction) {
        float[][] column = new float[direction.length][];
        for (int i = 0; i < column.length; i++) {
            column[i] = new float[] {direction[i]};
        }
        Tensor part = mix(x, new float[][] {direction}, null);
        return subtract(x, mix(part, column, null));
    }

    /** Declares {@code x} as an output of shape {@code [batch, dims]}. */
    void output(String name, Tensor x) {
        String shape = constant(new long[] {0, x.dims()}, 2);
        graph.addNode(node("Reshape", List.of(x.name(), shape)).setName(name).addOutput(name));
        graph.addOutput(valueInfo(name, x.dims()));
    }

    /** The serialized model. */
    byte[] build(String producer) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName(producer)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private Tensor unary(String type, Tensor x) {
        return add(node(type, List.of(x.name())), x.channels(), x.size());
    }

    private Tensor withScalar(String type, Tensor x, double value) {
        String constant = constant(new float[] {(float) value}, 1);
        return add(node(type, List.of(x.name(), constant)), x.channels(), x.size());
    }

    private Tensor binary(String type, Tensor x, Tensor y) {
        int channels = Math.max(x.channels(), y.channels());
        return add(node(type, List.of(x.name(), y.name())), channels, Math.max(x.size(), y.size()));
    }

    private String reshape(String name, long... shape) {
        return append(node("Reshape", List.of(name, constant(shape, shape.length))));
    }

    private NodeProto.Builder node(String type, List<String> inputs) {
        return NodeProto.newBuilder().setOpType(type).addAllInput(inputs);
    }

    private Tensor add(NodeProto.Builder node, int channels, int size) {
        return new Tensor(append(node), channels, size);
    }

    private String append(NodeProto.Builder node) {
        String name = "v" + values++;
        graph.addNode(node.setName(name).addOutput(name));
        return name;
    }

    private String constant(float[] data, long... shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (float value : data) {
            tensor.addFloatData(value);
        }
        return constant(tensor, shape);
    }

    private String constant(long[] data, long... shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(TensorProto.DataType.INT64.getNumber());
        for (long value : data) {
            tensor.addInt64Data(value);
        }
        return constant(tensor, shape);
    }

    private String constant(TensorProto.Builder tensor, long... shape) {
        for (long length : shape) {
            tensor.addDims(length);
        }
        TensorProto nameless = tensor.build();
        String known = constants.get(nameless);
        if (known != null) {
            return known;
        }
        String name = "c" + constants.size();
        constants.put(nameless, name);
        graph.addInitializer(tensor.setName(name));
        return name;
    }

    private static float[] flatten(float[][][] kernels) {
        int in = kernels[0].length;
        int area = kernels[0][0].length;
        float[] flat = new float[kernels.length * in * area];
        for (int o = 0; o < kernels.length; o++) {
            for (int i = 0; i < in; i++) {
                System.arraycopy(kernels[o][i], 0, flat, (o * in + i) * area, area);
            }
        }
        return flat;
    }

    private static ValueInfoProto valueInfo(String name, long... shape) {
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
        for (long length : shape) {
            dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(length));
        }
        TypeProto.Tensor type = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                .setShape(dims)
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }

    private static AttributeProto ints(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto string(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }
}
