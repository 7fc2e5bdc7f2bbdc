package io.lookalike.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.ValueInfo;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a graph takes and gives, read from its session because DJL does not pass it on.
 *
 * @param inputs inputs in the graph's order
 * @param outputs outputs in the graph's order
 * @param metadata the file's {@code metadata_props}
 */
record Signature(List<TensorInfo> inputs, List<TensorInfo> outputs, Map<String, String> metadata) {
    /** Names of the types of elements by ONNX's number. */
    private static final List<String> TYPES = List.of(
            "undefined",
            "float32",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "string",
            "bool",
            "float16",
            "float64",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
            "bfloat16");

    private static final String TYPE_PREFIX = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";

    static Signature of(OrtSession session) throws OrtException {
        return new Signature(
                describe(session.getInputInfo().values()),
                describe(session.getOutputInfo().values()),
                session.getMetadata().getCustomMetadata());
    }

    /** The same read from the file, where an output may say less of its shape than once it is loaded. */
    static Signature of(OnnxGraph model) {
        Set<String> initial = new HashSet<>();
        model.graph().weights().forEach(each -> initial.add(each.name()));
        return new Signature(
                model.graph().inputs().stream()
                        .filter(input -> initial.contains(input.name()) == false)
                        .map(Signature::describe)
                        .toList(),
                model.graph().outputs().stream().map(Signature::describe).toList(),
                model.metadata());
    }

    private static TensorInfo describe(OnnxGraph.Value value) {
        String type = value.kind() != OnnxGraph.Kind.TENSOR
                ? value.kind() == OnnxGraph.Kind.SEQUENCE ? "sequence" : "map"
                : value.type() > 0 && value.type() < TYPES.size() ? TYPES.get(value.type()) : "undefined";
        return new TensorInfo(value.name(), type, value.shape() == null ? new long[0] : value.shape());
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
