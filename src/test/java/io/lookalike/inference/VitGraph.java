package io.lookalike.inference;

import static io.lookalike.inference.TinyGraphs.floats;
import static io.lookalike.inference.TinyGraphs.integers;
import static io.lookalike.inference.TinyGraphs.node;
import static io.lookalike.inference.TinyGraphs.value;
import static io.lookalike.inference.TinyGraphs.with;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Random;

/**
 * A vision transformer with random weights: patches by a convolution, leading tokens, position embeddings, and blocks
 * of attention and perceptron, each after a layer normalisation (Dosovitskiy et al., ICLR 2021).
 *
 * <p>Its output {@code tokens} has shape {@code [batch, leading + patches, dims]}.
 *
 * @param height of the input, a multiple of {@code patch}
 * @param width of the input, a multiple of {@code patch}
 * @param leading class token and registers
 */
public record VitGraph(int height, int width, int patch, int dims, int leading, int blocks) {

    int patches() {
        return height / patch * (width / patch);
    }

    private float[] random(String name, int length) {
        Random random = new Random(name.hashCode());
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(dims));
        }
        return values;
    }

    /** The kernel of the patches, {@code [dims, 3, patch, patch]}. */
    float[] kernel() {
        return random("kernel", dims * 3 * patch * patch);
    }

    /** Position embeddings, {@code [leading + patches, dims]}. */
    float[] positions() {
        return random("positions", (leading + patches()) * dims);
    }

    public byte[] model() {
        int tokens = leading + patches();
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInput(value("pixel_values", DataType.FLOAT, -1, 3, height, width))
                .addInitializer(floats("kernel", kernel(), dims, 3, patch, patch))
                .addInitializer(floats("positions", positions(), 1, tokens, dims))
                .addInitializer(integers("rows", 0, dims, -1))
                .addInitializer(integers("zero", 0))
                .addInitializer(integers("one", 1))
                .addInitializer(integers("inner", leading, dims))
                .addNode(with(node("Conv", "map", "pixel_values", "kernel"), "strides", patch, patch))
                .addNode(node("Reshape", "columns", "map", "rows"))
                .addNode(with(node("Transpose", "patches", "columns"), "perm", 0, 2, 1));
        String last = "patches";
        if (leading > 0) {
            graph.addInitializer(floats("lead", random("lead", leading * dims), 1, leading, dims))
                    .addNode(node("Shape", "shape", "patches"))
                    .addNode(node("Slice", "batch", "shape", "zero", "one"))
                    .addNode(with(node("Concat", "leadShape", "batch", "inner"), "axis", 0L))
                    .addNode(node("Expand", "leads", "lead", "leadShape"))
                    .addNode(with(node("Concat", "sequence", "leads", "patches"), "axis", 1L));
            last = "sequence";
        }
        graph.addNode(node("Add", "x0", last, "positions"));
        for (int block = 0; block < blocks; block++) {
            addBlock(graph, "x" + block, "x" + (block + 1), "b" + block);
        }
        graph.addNode(node("Identity", "tokens", "x" + blocks))
                .addOutput(value("tokens", DataType.FLOAT, -1, tokens, dims));
        return TinyGraphs.model(graph);
    }

    private void addBlock(GraphProto.Builder graph, String in, String out, String name) {
        for (String weight : new String[] {"q", "k", "v", "up", "down"}) {
            graph.addInitializer(floats(name + weight, random(name + weight, dims * dims), dims, dims));
        }
        for (String norm : new String[] {"n1", "n2"}) {
            graph.addInitializer(floats(name + norm, random(name + norm, dims), dims));
        }
        graph.addNode(node("LayerNormalization", name + "normed", in, name + "n1"));
        for (String weight : new String[] {"q", "k", "v"}) {
            graph.addNode(node("MatMul", name + "x" + weight, name + "normed", name + weight));
        }
        graph.addNode(with(node("Transpose", name + "keys", name + "xk"), "perm", 0, 2, 1))
                .addNode(node("MatMul", name + "scores", name + "xq", name + "keys"))
                .addNode(with(node("Softmax", name + "weights", name + "scores"), "axis", 2L))
                .addNode(node("MatMul", name + "seen", name + "weights", name + "xv"))
                .addNode(node("Add", name + "attended", in, name + "seen"))
                .addNode(node("LayerNormalization", name + "again", name + "attended", name + "n2"))
                .addNode(node("MatMul", name + "wide", name + "again", name + "up"))
                .addNode(node("Relu", name + "active", name + "wide"))
                .addNode(node("MatMul", name + "narrow", name + "active", name + "down"))
                .addNode(node("Add", out, name + "attended", name + "narrow"));
    }
}
