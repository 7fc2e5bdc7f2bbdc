package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import io.lookalike.inference.TinyGraphs;
import io.lookalike.model.Models;
import io.lookalike.model.Stop;
import io.lookalike.model.TensorInfo;
import io.lookalike.model.TestModels;
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
        models = TestModels.open(directory, 1, directory);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private GraphFacts facts(byte[] graph) {
        String id = "m" + Integer.toHexString(Arrays.hashCode(graph));
        TinyGraphs.put(directory, id, graph, null);
        return new GraphFacts(models.get(id), new Stop());
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
        String outputs = "[embedding float32[-1, 3], doubled float32[-1, 3]]";
        refused("model [m] has outputs " + outputs + "; name the one to use in [output]", two::onlyOutput);
        refused("model [m] has no output [x]; it has " + outputs, () -> two.requireOutput("x"));
        two.requireOutput("doubled");
        assertArrayEquals(
                new long[] {1, 3},
                two.output("doubled", image(8, Preprocessing.Layout.NCHW)).shape());
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
        assertArrayEquals(
                new long[] {1, 3, 5, 5},
                open.output("output", image(5, open.layout())).shape());
        assertEquals(
                Preprocessing.Layout.NHWC,
                facts(TinyGraphs.identity(DataType.FLOAT, -1, 28, 28, 1)).layout());
    }

    @Test
    void testLayoutsOfOpenAxes() {
        assertEquals(
                Preprocessing.Layout.NCHW,
                facts(TinyGraphs.identity(DataType.FLOAT, -1, -1, 20, 30)).layout());
        assertEquals(
                Preprocessing.Layout.NHWC,
                facts(TinyGraphs.identity(DataType.FLOAT, -1, 20, 30, -1)).layout());
        assertEquals(
                Preprocessing.Layout.NCHW,
                facts(TinyGraphs.identity(DataType.FLOAT, -1, 3, 3, 3)).layout());
        for (long[] shape : new long[][] {{-1, -1, -1, -1}, {-1, 20, 30, 40}}) {
            TensorInfo input = new TensorInfo("input", "float32", shape);
            refused(
                    "[image.layout] is missing and input [" + input
                            + "] of model [m] does not show it; name [nchw], channels "
                            + "before height and width, or [nhwc], channels after them",
                    () -> facts(TinyGraphs.identity(DataType.FLOAT, shape)).layout());
        }
        refused(
                "input [input float32[-1, 4, 20, 30]] of model [m] has [4] channels in layout [nchw]; pictures have "
                        + "[3], or [1] "
                        + "in grey: name the other [image.layout], or export the model for pictures",
                () -> facts(TinyGraphs.identity(DataType.FLOAT, -1, 4, 20, 30)).inputSize(Preprocessing.Layout.NCHW));
    }

    @Test
    void testTypesOfNumbers() {
        for (DataType type : new DataType[] {
            DataType.FLOAT,
            DataType.FLOAT16,
            DataType.DOUBLE,
            DataType.UINT8,
            DataType.INT8,
            DataType.INT32,
            DataType.INT64
        }) {
            GraphFacts facts = facts(TinyGraphs.identity(type, -1, 3, 8, 8));
            assertArrayEquals(
                    new long[] {1, 3, 8, 8},
                    facts.output("output", image(8, Preprocessing.Layout.NCHW)).shape(),
                    type.name());
        }
        assertNull(facts(TinyGraphs.identity(DataType.DOUBLE, -1, 3, 8, 8)).wholeNumbers());
        assertArrayEquals(
                new long[] {0, 255},
                facts(TinyGraphs.identity(DataType.UINT8, -1, 3, 8, 8)).wholeNumbers());
        assertArrayEquals(
                new long[] {-128, 127},
                facts(TinyGraphs.identity(DataType.INT8, -1, 3, 8, 8)).wholeNumbers());
    }

    @Test
    void testAFixedBatchIsBounded() {
        GraphFacts facts = facts(TinyGraphs.identity(DataType.UINT8, 3, 3, 8, 8));
        assertArrayEquals(
                new long[] {1, 3, 8, 8},
                facts.output("output", image(8, Preprocessing.Layout.NCHW)).shape());
        refused(
                "input [input uint8[1000, 3, -1, -1]] of model [m] takes [1000] pictures at a time, which with "
                        + "[image] are "
                        + "[30000000] numbers; at most [16777216] are allowed, export the model for a batch of one "
                        + "or of any "
                        + "number",
                () -> facts(TinyGraphs.identity(DataType.UINT8, 1000, 3, -1, -1))
                        .output("output", image(100, Preprocessing.Layout.NCHW)));
    }

    @Test
    void testOutputsOfNothing() {
        GraphFacts facts = facts(TinyGraphs.shaped(DataType.FLOAT, new long[] {-1, 3, 8, 8}, "e", -1, 0));
        refused(
                "output [e float32[-1, 0]] of model [m] holds no numbers; name another [output], or export the model "
                        + "again",
                () -> facts.output("e", image(8, Preprocessing.Layout.NCHW)));
    }

    @Test
    void testGraphsThatAreNoEmbedders() {
        refused(
                "model [m] has [2] inputs [left float32[1, 3, 8, 8], right float32[1, 3, 8, 8]]; an embedder takes a "
                        + "picture and "
                        + "nothing else: export the part alone that makes a vector of a picture",
                () -> facts(TinyGraphs.twoInputs()));
        String takes =
                "; it must be one of [float32, float16, float64, uint8, int8, int32, int64] with four axes, [batch, "
                        + "channels, "
                        + "height, width] or [batch, height, width, channels]";
        refused(
                "input [input] of model [m] is [bool] of shape [1, 3, 8, 8]" + takes,
                () -> facts(TinyGraphs.identity(DataType.BOOL, 1, 3, 8, 8)));
        refused(
                "input [input] of model [m] is [float32] of shape [-1, 77]" + takes,
                () -> facts(TinyGraphs.identity(DataType.FLOAT, -1, 77)));
    }
}
