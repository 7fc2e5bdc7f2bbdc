package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import io.lookalike.model.Models;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphFactsTests {
    @TempDir
    Path directory;

    private Models models;

    @BeforeEach
    void open() {
        models = new Models(directory, 1, directory);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private GraphFacts facts(byte[] graph) {
        String id = "m" + Integer.toHexString(Arrays.hashCode(graph));
        TinyGraphs.put(directory, id, graph, null);
        return new GraphFacts(models.get(id));
    }

    private void refused(String message, Runnable call) {
        String said = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertEquals(message, said.replaceAll("model \\[m[0-9a-f]+\\]", "model [m]"));
    }

    private static Preprocessing image(int side, Preprocessing.Layout layout) {
        return new Preprocessing(
                new Preprocessing.Resize(side, side, Preprocessing.Mode.STRETCH, Resample.BILINEAR),
                null,
                null,
                Preprocessing.Channels.RGB,
                layout,
                1,
                new float[] {0},
                new float[] {1});
    }

    @Test
    void testOutputs() {
        GraphFacts two = facts(TinyGraphs.means());
        refused("model [m] has outputs [embedding, doubled]; name the one to use in [output]", two::onlyOutput);
        refused("model [m] has no output [x]; it has [embedding, doubled]", () -> two.requireOutput("x"));
        two.requireOutput("doubled");
        assertArrayEquals(new long[] {1, 3}, two.outputShape("doubled", image(8, Preprocessing.Layout.NCHW)));
        assertEquals(
                "output",
                facts(TinyGraphs.identity(DataType.FLOAT, -1, 3, 8, 8)).onlyOutput());
    }

    @Test
    void testLayouts() {
        GraphFacts first = facts(TinyGraphs.identity(DataType.FLOAT, -1, 3, 20, 30));
        assertEquals(Preprocessing.Layout.NCHW, first.layout());
        assertArrayEquals(new int[] {3, 20, 30}, first.inputSize(Preprocessing.Layout.NCHW));
        GraphFacts last = facts(TinyGraphs.identity(DataType.FLOAT, 1, 20, 30, 3));
        assertEquals(Preprocessing.Layout.NHWC, last.layout());
        assertArrayEquals(new int[] {3, 20, 30}, last.inputSize(Preprocessing.Layout.NHWC));
        GraphFacts open = facts(TinyGraphs.identity(DataType.FLOAT, -1, 3, -1, -1));
        assertArrayEquals(new int[] {3, -1, -1}, open.inputSize(open.layout()));
        assertArrayEquals(new long[] {1, 3, 5, 5}, open.outputShape("output", image(5, open.layout())));
        assertEquals(
                Preprocessing.Layout.NHWC,
                facts(TinyGraphs.identity(DataType.FLOAT, -1, 28, 28, 1)).layout());
    }

    @Test
    void testHalfPrecision() {
        GraphFacts half = facts(TinyGraphs.identity(DataType.FLOAT16, -1, 3, 8, 8));
        assertArrayEquals(new long[] {1, 3, 8, 8}, half.outputShape("output", image(8, Preprocessing.Layout.NCHW)));
    }

    @Test
    void testGraphsThatAreNoEmbedders() {
        refused(
                "model [m] has [2] inputs; an embedder takes one picture: export it with a single input",
                () -> facts(TinyGraphs.twoInputs()));
        String takes =
                "; it must be one of [float32, float16] with four axes, [batch, channels, height, width] or [batch, height, "
                        + "width, channels]";
        refused(
                "input [input] of model [m] is [int64] of shape [1, 3, 8, 8]" + takes,
                () -> facts(TinyGraphs.identity(DataType.INT64, 1, 3, 8, 8)));
        refused(
                "input [input] of model [m] is [float32] of shape [-1, 77]" + takes,
                () -> facts(TinyGraphs.identity(DataType.FLOAT, -1, 77)));
    }
}
