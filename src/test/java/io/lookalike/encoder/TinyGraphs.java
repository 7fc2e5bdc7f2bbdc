package io.lookalike.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small ONNX graphs in directories, as an administrator puts models. */
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
        return model(GraphProto.newBuilder()
                .addInput(value("input", DataType.FLOAT, -1, 3, 8, 8))
                .addNode(node("GlobalAveragePool", "pooled", "input"))
                .addNode(node("Flatten", "embedding", "pooled"))
                .addNode(node("Add", "doubled", "embedding", "embedding"))
                .addOutput(value("embedding", DataType.FLOAT, -1, 3))
                .addOutput(value("doubled", DataType.FLOAT, -1, 3)));
    }

    /** Answers what it was given. */
    static byte[] identity(DataType type, long... shape) {
        return model(GraphProto.newBuilder()
                .addInput(value("input", type, shape))
                .addNode(node("Identity", "output", "input"))
                .addOutput(value("output", type, shape)));
    }

    static byte[] twoInputs() {
        return model(GraphProto.newBuilder()
                .addInput(value("left", DataType.FLOAT, 1, 3, 8, 8))
                .addInput(value("right", DataType.FLOAT, 1, 3, 8, 8))
                .addNode(node("Add", "output", "left", "right"))
                .addOutput(value("output", DataType.FLOAT, 1, 3, 8, 8)));
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(7)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(graph.setName("tiny"))
                .build()
                .toByteArray();
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addOutput(output);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node.build();
    }

    private static ValueInfoProto value(String name, DataType type, long... dims) {
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
