package io.lookalike.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model file says of a graph or of a function: its nodes, and of its tensors everything but most of their numbers.
 *
 * <p>Filled by {@link GraphReader}, which bounds what it holds, and only read afterwards.
 */
final class OnnxGraph {
    /** Filled in by the reader. */
    static final class Node {
        String operator = "";
        String domain = "";
        String overload = "";
        final List<String> inputs = new ArrayList<>();
        final List<String> outputs = new ArrayList<>();
        final Map<String, Attribute> attributes = new HashMap<>();

        /** What names a function of this file, if there is one. */
        String function() {
            return functionName(domain, operator, overload);
        }

        boolean isStandard(String name) {
            return operator.equals(name) && (domain.isEmpty() || domain.equals("ai.onnx"));
        }

        boolean isStandard() {
            return domain.isEmpty() || domain.equals("ai.onnx");
        }

        long number(String attribute, long otherwise) {
            Attribute found = attributes.get(attribute);
            return found == null ? otherwise : found.number;
        }

        /** Null where there is no such attribute. */
        long[] numbers(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null || found.numbers == null ? null : found.numbers;
        }

        String text(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null ? "" : found.text;
        }
    }

    /** One attribute of a node, or what a function takes in its place. */
    static final class Attribute {
        String name = "";
        long number;
        String text = "";
        /** Null where it has none, or too many to matter. */
        long[] numbers;

        long texts;
        long floats;
        /** Whether it stands for what the caller of a function gives. */
        boolean refers;

        final List<Tensor> tensors = new ArrayList<>();
        final List<OnnxGraph> graphs = new ArrayList<>();
    }

    /** A constant: the bytes that it takes in memory, and its numbers where they may be a shape. */
    static final class Tensor {
        String name = "";
        int type;
        long[] dims = {};
        /** Null where they are many, or no whole numbers, or lie in another file. */
        long[] numbers;

        /** The bytes that its file holds of it. */
        long stored;
        /** Null where its numbers lie in the model. */
        String location;

        long offset;
        long length;

        /** What its numbers take in memory, with {@link Long#MAX_VALUE} for what is absurd. */
        long bytes() {
            return OnnxGraph.bytes(type, dims);
        }
    }

    /** What a tensor takes in memory; {@link Long#MAX_VALUE} for what is absurd, such as negative sizes. */
    static long bytes(int type, long[] shape) {
        long bits = elementBits(type);
        long numbers = 1;
        for (long axis : shape) {
            long high = Math.multiplyHigh(numbers, axis);
            numbers *= axis;
            if (axis < 0 || high != 0 || numbers < 0) {
                return Long.MAX_VALUE;
            }
        }
        return numbers > Long.MAX_VALUE / bits ? Long.MAX_VALUE : (numbers * bits + 7) / 8;
    }

    /** Of ONNX's types; a text is an object of the C++ library. */
    private static long elementBits(int type) {
        return switch (type) {
            case 2, 3, 9, 17, 18, 19, 20, 24 -> 8;
            case 4, 5, 10, 16 -> 16;
            case 7, 11, 13, 14 -> 64;
            case 8 -> 256;
            case 15 -> 128;
            case 21, 22, 23 -> 4;
            default -> 32;
        };
    }

    /** An input, an output or a value between; the shape is null where it is not said, with -1 for axes that are open. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Value(String name, int type, long[] shape) {
        /** What is no tensor: a sequence, a map. */
        static final int NO_TENSOR = -1;
    }

    String name = "";
    String domain = "";
    String overload = "";
    final List<Node> nodes = new ArrayList<>();
    final Map<String, Tensor> constants = new LinkedHashMap<>();
    final List<Value> inputs = new ArrayList<>();
    final List<Value> outputs = new ArrayList<>();
    final Map<String, Value> values = new HashMap<>();

    String function() {
        return functionName(domain, name, overload);
    }

    private static String functionName(String domain, String name, String overload) {
        return (domain.equals("ai.onnx") ? "" : domain) + ":" + name + ":" + overload;
    }
}
