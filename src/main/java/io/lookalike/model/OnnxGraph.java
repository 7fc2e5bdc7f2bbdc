package io.lookalike.model;

import java.util.List;
import java.util.Map;

/**
 * What a {@code model.onnx} says, without its weights: nodes, shapes, and the numbers of short tensors, which may be shapes.
 *
 * @param functions by {@link Call}
 */
record OnnxGraph(Graph graph, Map<Call, Function> functions, Map<String, String> metadata, long fileBytes) {
    /** A tensor of a type or shape that is not known has this. */
    static final int NO_TYPE = 0;

    static final int FLOAT = 1;
    static final int UINT8 = 2;
    static final int INT32 = 6;
    static final int INT64 = 7;
    static final int BOOL = 9;

    /** What the type of a value is. */
    enum Kind {
        TENSOR,
        SEQUENCE,
        MAP,
        OTHER
    }

    /** What a node of this name calls, where the file has such a function. */
    record Call(String domain, String name, String overload) {
        /** The domain {@code ai.onnx} is the one without a name. */
        static Call of(String domain, String name, String overload) {
            return new Call(domain.equals("ai.onnx") ? "" : domain, name, overload);
        }
    }

    /** @param weights initial values, those of sparse tensors too, which become dense when they are loaded */
    record Graph(
            List<Node> nodes, List<Weights> weights, List<Value> inputs, List<Value> outputs, List<Value> shapes) {}

    record Function(List<String> inputs, List<String> outputs, List<Attribute> defaults, List<Node> nodes) {}

    record Node(Call call, String name, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
        String operator() {
            return call.name();
        }

        /** For messages. */
        String shown() {
            String label = name.isEmpty() ? outputs.isEmpty() ? "" : outputs.getFirst() : name;
            return "node [" + OnnxFile.cut(label) + "] ([" + OnnxFile.cut(operator()) + "])";
        }
    }

    /**
     * @param reference the attribute of the function around it whose value this takes; empty for one with a value of its own
     * @param integer the value of one whole number, 0 for others
     * @param text empty where there is none or it is long
     * @param numbers whole or broken numbers of a list; null where there are too many to be a shape
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Attribute(
            String name,
            String reference,
            boolean isInteger,
            long integer,
            String text,
            double[] numbers,
            Weights tensor,
            List<Graph> graphs) {}

    /**
     * A tensor in the file or beside it.
     *
     * @param bytes that it takes in memory
     * @param numbers its numbers; null where there are many, or where they are of a type that no shape has
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Weights(String name, int type, long[] shape, long bytes, double[] numbers) {}

    /** @param shape -1 where an axis is open; null where the graph does not say */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Value(String name, Kind kind, int type, long[] shape) {}
}
