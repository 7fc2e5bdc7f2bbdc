package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.lookalike.encoder.VitGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What graphs are found to take before they are loaded. */
class GraphMemoryTests {
    private static final long GIB = 1L << 30;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"fold-3gb", "mem-3gb"})
    void refusesWhatMakesGigabytes(String name) throws IOException {
        byte[] model = OnnxFileTests.resource(name);
        String message =
                assertThrows(ModelException.class, () -> memory(model, GIB)).getMessage();
        assertTrue(message.startsWith("it takes at least [32"), message); // 800,000,000 floats and a little
        assertTrue(message.contains("raise [lookalike.model.max_memory]"), message);
        assertEquals(name.equals("mem-3gb"), memory(model, 4 * GIB).mayFold());
    }

    @Test
    void countsTheAttentionOfATransformer() throws IOException {
        byte[] vit = new VitGraph(700, 1050, 14, 24, 1, 1).model();
        long attention = 3751L * 3751 * Float.BYTES;
        GraphMemory enough = memory(vit, 3 * attention);
        assertTrue(enough.mayFold());
        assertEquals(1, enough.rows(4, new long[] {1, 3, 700, 1050}));
        assertThrows(ModelException.class, () -> memory(vit, 2 * attention));
        assertEquals(4, memory(vit, 10 * attention).rows(4, new long[] {1, 3, 700, 1050}));
    }

    @Test
    void takesThePictureThatComes() throws IOException {
        GraphMemory open = memory(OnnxFileTests.resource("gooddyn"), 100 << 20);
        open.check(new long[] {1, 3, 700, 1050});
        assertThrows(ModelException.class, () -> open.check(new long[] {1, 3, 7000, 10500}));
        assertThrows(ModelException.class, () -> open.check(new long[] {100, 3, 700, 1050}));
        assertEquals(5, open.rows(40, new long[] {1, 3, 700, 1050}));
    }

    @Test
    void refusesWeightsThatAreLarge() throws IOException {
        TensorProto sparse =
                TensorProto.newBuilder().setName("w").setDataType(1).build();
        ModelProto.Builder model = ModelProto.parseFrom(Graphs.means(-1)).toBuilder();
        model.getGraphBuilder().addSparseInitializerBuilder().setValues(sparse).addDims(1L << 30);
        assertTooMuch(model, "for its weights");
        ModelProto.Builder absurd = ModelProto.parseFrom(Graphs.means(-1)).toBuilder();
        absurd.getGraphBuilder()
                .addInitializer(sparse.toBuilder().addDims(1L << 40).addDims(1L << 40));
        assertTooMuch(absurd, "[9223372036854775807] bytes of memory for its weights");
        ModelProto.Builder negative = ModelProto.parseFrom(Graphs.means(-1)).toBuilder();
        negative.getGraphBuilder().addInitializer(sparse.toBuilder().addDims(-5));
        assertTooMuch(negative, "[9223372036854775807] bytes of memory for its weights");
    }

    @Test
    void refusesWhatOperatorsMakeOfConstants() throws IOException {
        for (NodeProto.Builder node : List.of(
                node("ConstantOfShape", "large"),
                node("Expand", "one", "large"),
                node("Tile", "one", "large"),
                node("Range", "zero", "much", "unit"),
                node("Resize", "one", "", "", "large"),
                node("Pad", "one", "pads"),
                node("RandomNormal").addAttribute(numbers("shape", 1L << 30)),
                node("RandomUniform").addAttribute(numbers("shape", 1L << 30)))) {
            ModelProto.Builder model = withConstants();
            model.getGraphBuilder().addNode(node);
            assertTooMuch(model, "for its weights and one picture");
            // within a branch, and within a function
            ModelProto.Builder branch = withConstants();
            branch.getGraphBuilder()
                    .addNode(node("If", "unit")
                            .addAttribute(AttributeProto.newBuilder()
                                    .setName("then_branch")
                                    .setG(GraphProto.newBuilder().addNode(node))));
            assertTooMuch(branch, "for its weights and one picture");
            ModelProto.Builder called = withConstants();
            called.addFunctionsBuilder()
                    .setName("F")
                    .setDomain("x")
                    .addAllInput(node.getInputList())
                    .addNode(node);
            called.getGraphBuilder()
                    .addNode(node("F", node.getInputList().toArray(String[]::new))
                            .setDomain("x"));
            assertTooMuch(called, "for its weights and one picture");
        }
    }

    /** None of these names a large number. */
    @Test
    void refusesSizesThatGrowStepByStep() throws IOException {
        TensorProto column = TensorProto.newBuilder()
                .setName("column")
                .setDataType(1)
                .addDims(1 << 15)
                .addDims(1)
                .build();
        TensorProto row = TensorProto.newBuilder()
                .setName("row")
                .setDataType(1)
                .addDims(1)
                .addDims(1 << 15)
                .build();
        for (String operator : List.of("Add", "MatMul")) {
            ModelProto.Builder model = withConstants();
            model.getGraphBuilder()
                    .addInitializer(column)
                    .addInitializer(row)
                    .addNode(node(operator, "column", "row"));
            assertTooMuch(model, "for its weights and one picture");
        }
        ModelProto.Builder tiles = withConstants();
        tiles.getGraphBuilder()
                .addInitializer(integers("thousand", 1, 1 << 10))
                .addNode(node("Tile", "one", "thousand").setOutput(0, "t1"))
                .addNode(node("Tile", "t1", "thousand").setOutput(0, "t2"))
                .addNode(node("Tile", "t2", "thousand"));
        assertTooMuch(tiles, "for its weights and one picture");
    }

    /** Nobody knows how large these become, or they are many multiplications: no loader computes them where nobody can end it. */
    @Test
    void leavesUnfoldedWhatItDoesNotKnow() throws IOException {
        for (NodeProto.Builder node : List.of(
                node("Resize", "one", "", "one"),
                node("NonZero", "one"),
                node("SomethingNew", "one"),
                node("Range", "one", "one", "one"),
                node("MatMul", "wide", "wide"))) {
            ModelProto.Builder model = withConstants();
            model.getGraphBuilder()
                    .addInitializer(TensorProto.newBuilder()
                            .setName("wide")
                            .setDataType(1)
                            .addDims(1000)
                            .addDims(1000))
                    .addNode(node);
            assertFalse(memory(model.build().toByteArray(), GIB).mayFold(), node.getOpType());
        }
        ModelProto.Builder harmless = withConstants();
        harmless.getGraphBuilder().addNode(node("Neg", "large"));
        assertTrue(memory(harmless.build().toByteArray(), GIB).mayFold());
    }

    private static ModelProto.Builder withConstants() throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Graphs.means(-1)).toBuilder();
        model.getGraphBuilder()
                .addInitializer(integers("large", 1, 1L << 30))
                .addInitializer(integers("pads", 1, 0, 1L << 30))
                .addInitializer(integers("zero", 0, 0))
                .addInitializer(integers("much", 0, 1L << 30))
                .addInitializer(integers("unit", 0, 1))
                .addInitializer(TensorProto.newBuilder()
                        .setName("one")
                        .setDataType(1)
                        .addDims(1)
                        .addFloatData(1));
        return model;
    }

    private static TensorProto integers(String name, int axes, long... numbers) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.INT64.getNumber());
        for (long each : numbers) {
            tensor.addInt64Data(each);
        }
        return axes == 0 ? tensor.build() : tensor.addDims(numbers.length).build();
    }

    private static AttributeProto numbers(String name, long... numbers) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        for (long each : numbers) {
            attribute.addInts(each);
        }
        return attribute.build();
    }

    private static NodeProto.Builder node(String operator, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput("made");
    }

    private GraphMemory memory(byte[] model, long limit) throws IOException {
        return new GraphMemory(OnnxFile.read(Files.write(directory.resolve("model.onnx"), model)), limit);
    }

    private void assertTooMuch(ModelProto.Builder model, String words) {
        byte[] bytes = model.build().toByteArray();
        String message = assertThrows(ModelException.class, () -> memory(bytes, GIB), model::toString)
                .getMessage();
        assertTrue(message.contains(words), message);
    }
}
