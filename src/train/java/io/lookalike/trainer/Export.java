package io.lookalike.trainer;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a network of {@link Networks} as an ONNX graph, from the parameters of its blocks.
 *
 * <p>A batch norm is folded into the convolution before it: with {@code s = gamma / sqrt(variance + epsilon)}, weights
 * become {@code s * w}, and the bias {@code beta - s * mean}. The shapes of what has no parameters (pooling, the sum of
 * a residual unit) are those that {@link Networks} uses; {@link ModelDirectory} compares the outputs with PyTorch's
 * each time. Not thread-safe.
 */
final class Export {
    /** The network's only input, {@code [batch, 3, size, size]}. */
    static final String INPUT = "input";

    /** Of all batch norms in {@link Networks}. */
    private static final double EPSILON = 1e-5;

    /** A side that tells all strides apart. */
    private static final int PROBE = 64;

    private final OnnxGraph graph = new OnnxGraph("train");

    private Export() {}

    /**
     * The serialized model.
     *
     * @param network as {@link Networks#withHeads} made it, initialized
     * @param size side of the input in pixels
     * @param outputs the names of its outputs that are wanted, in the order of the heads; the heads after them are left
     *     out
     * @param lengths of these outputs
     */
    static byte[] onnx(SequentialBlock network, int size, List<String> outputs, List<Integer> lengths) {
        Export export = new Export();
        List<Block> parts = network.getChildren().values();
        String embedding = export.add(parts.get(0), export.graph.input(INPUT, 3, size, size));
        List<Block> heads = parts.get(1).getChildren().values();
        for (int i = 0; i < outputs.size(); i++) {
            export.graph.output(outputs.get(i), export.add(heads.get(i), embedding), lengths.get(i));
        }
        return export.graph.build();
    }

    private String add(Block block, String from) {
        return switch (block) {
            case SequentialBlock sequence -> addAll(sequence.getChildren().values(), from);
            case ParallelBlock unit -> addResidual(unit.getChildren().values(), from);
            case Conv2d convolution -> addConvolution(convolution, null, from);
            case Linear linear -> addLinear(linear, from);
            case LambdaBlock function -> addFunction(function.getName(), from);
            default -> throw new IllegalStateException("cannot export [" + block + "]");
        };
    }

    private String addAll(List<Block> blocks, String from) {
        String value = from;
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i) instanceof Conv2d convolution
                    && i + 1 < blocks.size()
                    && blocks.get(i + 1) instanceof BatchNorm norm) {
                value = addConvolution(convolution, norm, value);
                i++;
            } else {
                value = add(blocks.get(i), value);
            }
        }
        return value;
    }

    private String addResidual(List<Block> branches, String from) {
        String sum = graph.add("Add", List.of(add(branches.get(0), from), add(branches.get(1), from)));
        return graph.add("Relu", List.of(sum));
    }

    private String addFunction(String name, String from) {
        return switch (name) {
            case "identity" -> from;
            // the zoo names no activation, and has no other
            case "ReLU", LambdaBlock.DEFAULT_NAME -> graph.add("Relu", List.of(from));
            case "Tanh" -> graph.add("Tanh", List.of(from));
            case "batchFlatten" -> graph.add("Flatten", List.of(from));
            case "globalAvgPool2d" -> graph.add("GlobalAveragePool", List.of(from));
            case "maxPool2d" ->
                graph.add(
                        "MaxPool",
                        List.of(from),
                        OnnxGraph.ints("kernel_shape", Networks.POOL, Networks.POOL),
                        OnnxGraph.ints("strides", Networks.POOL_STRIDE, Networks.POOL_STRIDE),
                        OnnxGraph.ints(
                                "pads",
                                Networks.POOL_PADDING,
                                Networks.POOL_PADDING,
                                Networks.POOL_PADDING,
                                Networks.POOL_PADDING));
            default -> throw new IllegalStateException("cannot export function [" + name + "]");
        };
    }

    private String addLinear(Linear linear, String from) {
        Parameter weight = parameter(linear, "weight");
        Parameter bias = parameter(linear, "bias");
        return graph.add(
                "Gemm",
                List.of(from, constant(weight, numbers(weight)), constant(bias, numbers(bias))),
                OnnxGraph.integer("transB", 1));
    }

    /** @param norm null for none */
    private String addConvolution(Conv2d convolution, BatchNorm norm, String from) {
        Parameter weight = parameter(convolution, "weight");
        float[] weights = numbers(weight);
        Shape shape = weight.getArray().getShape();
        int filters = (int) shape.get(0);
        int side = (int) shape.get(2);
        float[] biases = new float[filters];
        if (convolution.getParameters().contains("bias")) {
            biases = numbers(parameter(convolution, "bias"));
        }
        if (norm != null) {
            fold(norm, weights, biases);
        }
        long stride =
                PROBE / convolution.getOutputShapes(new Shape[] {new Shape(1, shape.get(1), PROBE, PROBE)})[0].get(2);
        int padding = side / 2;
        List<String> inputs = new ArrayList<>(List.of(from, constant(weight, weights)));
        inputs.add(graph.constant(biases, filters));
        return graph.add(
                "Conv",
                inputs,
                OnnxGraph.ints("kernel_shape", side, side),
                OnnxGraph.ints("strides", stride, stride),
                OnnxGraph.ints("pads", padding, padding, padding, padding));
    }

    private static void fold(BatchNorm norm, float[] weights, float[] biases) {
        float[] gamma = numbers(parameter(norm, "gamma"));
        float[] beta = numbers(parameter(norm, "beta"));
        float[] mean = numbers(parameter(norm, "runningMean"));
        float[] variance = numbers(parameter(norm, "runningVar"));
        int each = weights.length / biases.length;
        for (int f = 0; f < biases.length; f++) {
            double factor = gamma[f] / Math.sqrt(variance[f] + EPSILON);
            for (int i = f * each; i < (f + 1) * each; i++) {
                weights[i] = (float) (factor * weights[i]);
            }
            biases[f] = (float) (beta[f] + factor * (biases[f] - mean[f]));
        }
    }

    private static Parameter parameter(Block block, String name) {
        return block.getDirectParameters().get(name);
    }

    private static float[] numbers(Parameter parameter) {
        return parameter.getArray().toFloatArray();
    }

    private String constant(Parameter parameter, float[] numbers) {
        return graph.constant(numbers, parameter.getArray().getShape().getShape());
    }
}
