package io.lookalike.inference;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Writes small ONNX graphs into a directory of models. */
public final class TinyGraphs {
    private TinyGraphs() {}

    /** Writes {@code model.onnx}, and {@code model.json} unless it is null. */
    public static void put(Path models, String id, byte[] graph, String json) {
        try {
            Files.createDirectories(models.resolve(id));
            Files.write(models.resolve(id).resolve("model.onnx"), graph);
            if (json != null) {
                Files.write(models.resolve(id).resolve("model.json"), json.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Pictures of 3 x 8 x 8; the mean of each channel as {@code embedding}, and {@code doubled}. */
    public static byte[] means() {
        return means(8, 8);
    }

    /** The same for another size of pictures. */
    public static byte[] means(long height, long width) {
        return model(GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, height, width))
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Flatten", "embedding", "pooled"))
                .addNode(node("Add", "doubled", "embedding", "embedding"))
                .addOutput(value("embedding", DataType.FLOAT, -1, 3))
                .addOutput(value("doubled", DataType.FLOAT, -1, 3)));
    }

    /**
     * Pictures of any number of 3 x {@code side} x {@code side}; the mean of each channel as {@code embedding}, and the
     * means of 4 x 4 patches of each channel as {@code code}, 48 values.
     */
    public static byte[] patches(long side) {
        return model(patchesOf(side)
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Flatten", "embedding", "pooled"))
                .addOutput(value("embedding", DataType.FLOAT, -1, 3)));
    }

    /** {@link #patches} with its code alone. */
    public static byte[] patchesAlone(long side) {
        return model(patchesOf(side));
    }

    private static GraphProto.Builder patchesOf(long side) {
        NodeProto pool = with(
                with(node("AveragePool", "patches", "input"), "kernel_shape", side / 4, side / 4),
                "strides",
                side / 4,
                side / 4);
        return GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, side, side))
                .addNode(pool)
                .addNode(node("Flatten", "code", "patches"))
                .addOutput(value("code", DataType.FLOAT, -1, 48));
    }

    /** Returns its input. */
    public static byte[] identity(DataType type, long... shape) {
        return model(GraphProto.newBuilder()
                .addInput(value("input", type, shape))
                .addNode(node("Identity", "output", "input"))
                .addOutput(value("output", type, shape)));
    }

    public static byte[] twoInputs() {
        return model(GraphProto.newBuilder()
                .addInput(value("left", DataType.FLOAT, 1, 3, 8, 8))
                .addInput(value("right", DataType.FLOAT, 1, 3, 8, 8))
                .addNode(node("Add", "output", "left", "right"))
                .addOutput(value("output", DataType.FLOAT, 1, 3, 8, 8)));
    }

    /** An input of any type and shape, and an output of any shape that is scaled by the picture's mean. */
    public static byte[] shaped(DataType type, long[] input, String name, long... output) {
        int[] ones = new int[output.length];
        Arrays.fill(ones, 1);
        ones[0] = -1;
        int numbers = 1;
        for (int i = 1; i < output.length; i++) {
            numbers *= Math.toIntExact(output[i]);
        }
        Random random = new Random(numbers);
        float[] weights = new float[numbers];
        for (int i = 0; i < numbers; i++) {
            weights[i] = 0.5f + random.nextFloat();
        }
        long[] inner = output.clone();
        inner[0] = 1;
        return model(GraphProto.newBuilder()
                .addInput(value("input", type, input))
                .addInitializer(integers("ones", ones))
                .addInitializer(floats("weights", weights, inner))
                .addNode(with(node("Cast", "numbers", "input"), "to", DataType.FLOAT.getNumber()))
                .addNode(with(node("ReduceMean", "mean", "numbers"), "axes", 1, 2, 3))
                .addNode(node("Reshape", "column", "mean", "ones"))
                .addNode(node("Mul", name, "column", "weights"))
                .addOutput(value(name, DataType.FLOAT, output)));
    }

    /** {@link #means} with its weights in a separate file, at any location. */
    public static byte[] external(String location, long length) {
        TensorProto weights = TensorProto.newBuilder()
                .setName("weights")
                .setDataType(DataType.FLOAT.getNumber())
                .addDims(1)
                .addDims(3)
                .addDims(1)
                .addDims(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", "0"))
                .addExternalData(entry("length", Long.toString(length)))
                .build();
        return model(GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, 8, 8))
                .addInitializer(weights)
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Mul", "weighted", "pooled", "weights"))
                .addNode(node("Flatten", "embedding", "weighted"))
                .addOutput(value("embedding", DataType.FLOAT, -1, 3)));
    }

    /**
     * {@link #means} through an operator with one input, such as one that the runtime lacks or whose output is no
     * number.
     */
    public static byte[] through(String operator) {
        return model(GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, 8, 8))
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Flatten", "flat", "pooled"))
                .addNode(node(operator, "embedding", "flat"))
                .addOutput(value("embedding", DataType.FLOAT, -1, 3)));
    }

    /**
     * {@link #means}, but a bright picture runs a node for many seconds that cannot be stopped: a maximum over
     * {@code window * window} numbers at as many places.
     */
    public static byte[] slowIfBright(int window) {
        GraphProto slow = GraphProto.newBuilder()
                .setName("slow")
                .addNode(node("Expand", "wide", "brightest", "sides"))
                .addNode(with(node("MaxPool", "pooled-wide", "wide"), "kernel_shape", window, window))
                .addNode(node("ReduceMax", "greatest", "pooled-wide"))
                .addNode(node("Sub", "nothing", "greatest", "brightest"))
                .addNode(node("ReduceMax", "zero", "nothing"))
                .addNode(node("Add", "slow-embedding", "flat", "zero"))
                .addOutput(value("slow-embedding", DataType.FLOAT, -1, 3))
                .build();
        GraphProto quick = GraphProto.newBuilder()
                .setName("quick")
                .addNode(node("Identity", "quick-embedding", "flat"))
                .addOutput(value("quick-embedding", DataType.FLOAT, -1, 3))
                .build();
        NodeProto choice = node("If", "embedding", "is-bright").toBuilder()
                .addAttribute(branch("then_branch", slow))
                .addAttribute(branch("else_branch", quick))
                .build();
        return model(GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, 8, 8))
                .addInitializer(integers("sides", 1, 1, 2 * window - 1, 2 * window - 1))
                .addInitializer(floats("bright", new float[] {0.99f}, 1))
                .addInitializer(integers("one", 1))
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Flatten", "flat", "pooled"))
                .addNode(with(node("ReduceMean", "brightness", "flat"), "axes", new long[] {1}))
                .addNode(with(node("ReduceMax", "most", "brightness"), "keepdims", 0))
                .addNode(node("Reshape", "brightest", "most", "one"))
                .addNode(node("Greater", "is-bright", "brightest", "bright"))
                .addNode(choice)
                .addOutput(value("embedding", DataType.FLOAT, -1, 3)));
    }

    /** {@link #means}; the greatest mean decides which part of the given megabytes a run fills. */
    public static byte[] fills(int megabytes) {
        return model(GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, 8, 8))
                .addInitializer(floats("numbers", new float[] {megabytes * ((1 << 20) / 4f)}, 1))
                .addInitializer(integers("one", 1))
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Flatten", "flat", "pooled"))
                .addNode(with(node("ReduceMax", "brightest", "flat"), "keepdims", 0))
                .addNode(node("Reshape", "most", "brightest", "one"))
                .addNode(node("Mul", "count", "most", "numbers"))
                .addNode(with(node("Cast", "shape", "count"), "to", DataType.INT64.getNumber()))
                .addNode(node("ConstantOfShape", "filled", "shape"))
                .addNode(with(node("ReduceSum", "zero", "filled"), "keepdims", 0))
                .addNode(node("Add", "embedding", "flat", "zero"))
                .addOutput(value("embedding", DataType.FLOAT, -1, 3)));
    }

    private static AttributeProto branch(String name, GraphProto graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.GRAPH)
                .setG(graph)
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    static TensorProto floats(String name, float[] values, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(DataType.FLOAT.getNumber());
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    static TensorProto integers(String name, int... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(DataType.INT64.getNumber())
                .addDims(values.length);
        for (int value : values) {
            tensor.addInt64Data(value);
        }
        return tensor.build();
    }

    static NodeProto with(NodeProto node, String attribute, long value) {
        return node.toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName(attribute)
                        .setType(AttributeType.INT)
                        .setI(value))
                .build();
    }

    static NodeProto with(NodeProto node, String attribute, long... values) {
        AttributeProto.Builder ints =
                AttributeProto.newBuilder().setName(attribute).setType(AttributeType.INTS);
        for (long value : values) {
            ints.addInts(value);
        }
        return node.toBuilder().addAttribute(ints).build();
    }

    static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph.setName("tiny"))
                .build()
                .toByteArray();
    }

    static NodeProto node(String operator, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node.build();
    }

    static ValueInfoProto value(String name, DataType type, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < dims.length; i++) {
            TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(dims[i] < 0 ? axis.setDimParam("d" + i) : axis.setDimValue(dims[i]));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
