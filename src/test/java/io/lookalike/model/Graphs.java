package io.lookalike.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Tiny ONNX files for tests: pictures of 3 x 8 x 8 go in, the mean of each channel comes out. */
final class Graphs {
    static final int FLOAT = TensorProto.DataType.FLOAT.getNumber();

    private Graphs() {}

    /** Mean of each channel as {@code embedding}, and twice that as {@code doubled}; {@code batch} -1 is dynamic. */
    static byte[] means(long batch) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("means")
                .addInput(value("input", FLOAT, batch, 3, 8, 8))
                .addNode(node("GlobalAveragePool", List.of("input"), "pooled"))
                .addNode(node("Flatten", List.of("pooled"), "embedding"))
                .addNode(node("Add", List.of("embedding", "embedding"), "doubled"))
                .addOutput(value("embedding", FLOAT, batch, 3))
                .addOutput(value("doubled", FLOAT, batch, 3));
        return model(graph, Map.of("labels", "red,green,blue"));
    }

    /** An input of one type cast to another. */
    static byte[] cast(TensorProto.DataType from, TensorProto.DataType to) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("cast")
                .addInput(value("input", from.getNumber(), -1, 4))
                .addNode(node("Cast", List.of("input"), "output").toBuilder()
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(to.getNumber())))
                .addOutput(value("output", to.getNumber(), -1, 4));
        return model(graph, Map.of());
    }

    static byte[] unknownOperator() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("unknown")
                .addInput(value("input", FLOAT, -1, 4))
                .addNode(node("Teleport", List.of("input"), "output"))
                .addOutput(value("output", FLOAT, -1, 4));
        return model(graph, Map.of());
    }

    static byte[] twoInputs() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("two")
                .addInput(value("left", FLOAT, -1, 4))
                .addInput(value("right", FLOAT, -1, 4))
                .addNode(node("Add", List.of("left", "right"), "output"))
                .addOutput(value("output", FLOAT, -1, 4));
        return model(graph, Map.of());
    }

    /** Declares any number of rows but can reshape only six numbers, so that every other batch fails while it runs. */
    static byte[] failing() {
        return reshape(2, 3);
    }

    /** Takes rows of three numbers, six in all, and turns them into others. */
    static byte[] reshape(long rows, long columns) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("failing")
                .addInput(value("input", FLOAT, -1, 3))
                .addInitializer(TensorProto.newBuilder()
                        .setName("shape")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(2)
                        .addInt64Data(rows)
                        .addInt64Data(columns))
                .addNode(node("Reshape", List.of("input", "shape"), "output"))
                .addOutput(value("output", FLOAT, rows, columns));
        return model(graph, Map.of());
    }

    /** Repeats one number {@code times} times. */
    static byte[] repeat(long times) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("repeat")
                .addInput(value("input", TensorProto.DataType.UINT8.getNumber(), 1))
                .addInitializer(TensorProto.newBuilder()
                        .setName("times")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(1)
                        .addInt64Data(times))
                .addNode(node("Expand", List.of("input", "times"), "output"))
                .addOutput(value("output", TensorProto.DataType.UINT8.getNumber(), times));
        return model(graph, Map.of());
    }

    /** A number of an input is how many megabytes it fills, of which it gives the largest element. */
    static byte[] fill() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("fill")
                .addInput(value("input", FLOAT, 1))
                .addInitializer(TensorProto.newBuilder()
                        .setName("megabyte")
                        .setDataType(FLOAT)
                        .addDims(1)
                        .addFloatData((1 << 20) / Float.BYTES))
                .addNode(node("Mul", List.of("input", "megabyte"), "numbers"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Cast")
                        .addInput("numbers")
                        .addOutput("shape")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(TensorProto.DataType.INT64.getNumber())))
                .addNode(node("ConstantOfShape", List.of("shape"), "filled"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("ReduceMax")
                        .addInput("filled")
                        .addOutput("output")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("keepdims")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(1)))
                .addOutput(value("output", FLOAT, 1));
        return model(graph, Map.of());
    }

    /** Adds four numbers that lie in {@code weights.bin} beside the model. */
    static byte[] externalWeights() {
        return externalWeights("weights.bin", 16);
    }

    /** Adds four numbers that lie in another file. */
    static byte[] externalWeights(String location, long length) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("external")
                .addInput(value("input", FLOAT, -1, 4))
                .addInitializer(TensorProto.newBuilder()
                        .setName("weights")
                        .setDataType(FLOAT)
                        .addDims(4)
                        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .addExternalData(entry("location", location))
                        .addExternalData(entry("length", Long.toString(length))))
                .addNode(node("Add", List.of("input", "weights"), "output"))
                .addOutput(value("output", FLOAT, -1, 4));
        return model(graph, Map.of());
    }

    /** What stands in the place of the plugin's own resources. */
    static Function<String, InputStream> builtin(Map<String, byte[]> resources) {
        return name -> resources.containsKey(name) ? new ByteArrayInputStream(resources.get(name)) : null;
    }

    static float[] random(long seed, int length) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    private static byte[] model(GraphProto.Builder graph, Map<String, String> metadata) {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(7)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph);
        metadata.forEach((key, value) -> model.addMetadataProps(entry(key, value)));
        return model.build().toByteArray();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static NodeProto node(String operator, List<String> inputs, String output) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .build();
    }

    static ValueInfoProto value(String name, int type, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(dim < 0 ? axis.setDimParam("batch") : axis.setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
                .build();
    }
}
