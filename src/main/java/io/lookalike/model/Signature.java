package io.lookalike.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.ValueInfo;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The inputs and outputs of a graph, read from its session because DJL does not expose them.
 *
 * @param inputs in the graph's order
 * @param outputs in the graph's order
 * @param metadata the file's {@code metadata_props}
 */
record Signature(List<TensorInfo> inputs, List<TensorInfo> outputs, Map<String, String> metadata) {
    private static final String TYPE_PREFIX = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";

    /** @param metadata read from the file, because a session would put all texts of its graph on the heap */
    static Signature of(OrtSession session, Map<String, String> metadata) throws OrtException {
        return new Signature(
                describe(session.getInputInfo().values()),
                describe(session.getOutputInfo().values()),
                metadata);
    }

    private static List<TensorInfo> describe(Collection<NodeInfo> nodes) {
        return nodes.stream()
                .map(node -> describe(node.getName(), node.getInfo()))
                .toList();
    }

    private static TensorInfo describe(String name, ValueInfo value) {
        if (value instanceof ai.onnxruntime.TensorInfo tensor) {
            return new TensorInfo(name, typeName(tensor), tensor.getShape());
        }
        return new TensorInfo(name, value instanceof SequenceInfo ? "sequence" : "map", new long[0]);
    }

    private static String typeName(ai.onnxruntime.TensorInfo tensor) {
        String name = tensor.onnxType.name();
        String type =
                (name.startsWith(TYPE_PREFIX) ? name.substring(TYPE_PREFIX.length()) : name).toLowerCase(Locale.ROOT);
        return switch (type) {
            case "float" -> "float32";
            case "double" -> "float64";
            default -> type;
        };
    }
}
