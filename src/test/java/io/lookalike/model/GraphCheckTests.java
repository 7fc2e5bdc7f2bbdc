package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCheckTests {
    private static final long BOUND = 2L << 30;
    private static final String TOO_LARGE =
            "its weights take more than [2147483648] bytes; use a smaller model, or raise [lookalike.model.max_memory]";
    private static final String TOO_DEEP =
            "it has graphs within graphs deeper than [5]; export it without conditions and loops";
    private static final String CIRCLE =
            "its functions call each other in a circle, or deeper than [32]; export it without functions";
    private static final String TOO_MANY =
            "its graph has more than [50000] nodes, those of its functions included; export a smaller one";

    @TempDir
    Path directory;

    private void check(byte[] model) throws IOException {
        Path file = directory.resolve("model.onnx");
        Files.write(file, model);
        GraphCheck.check(file, BOUND);
    }

    private void assertRefused(String message, byte[] model) {
        assertEquals(
                message, assertThrows(ModelException.class, () -> check(model)).getMessage());
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = GraphCheckTests.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    private static NodeProto node(String domain, String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setDomain(domain)
                .setOpType(operator)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder().setGraph(graph).build().toByteArray();
    }

    @Test
    void honestGraphsPass() throws IOException {
        check(Graphs.means(-1));
        check(resource("gooddyn.onnx"));
        for (String builtin : Models.BUILTIN) {
            try (InputStream in = Models.class.getResourceAsStream(builtin + "/" + ModelFiles.MODEL)) {
                check(in.readAllBytes());
            }
        }
    }

    @Test
    void whatAFileRepeatsIsRefused() throws IOException {
        assertRefused("a tensor says twice where its weights lie; export it again", twoLocations());
        assertRefused(
                "its graph has a part twice that may be there once (field [5]); export it again",
                resource("ext-merged.onnx"));
        byte[] one = Graphs.means(-1);
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.writeBytes(one);
        two.writeBytes(one);
        assertRefused(
                "its graph has a part twice that may be there once (field [7]); export it again", two.toByteArray());
    }

    private static byte[] twoLocations() {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName("w").addDims(1);
        for (String location : List.of("weights.bin", "/etc/passwd")) {
            tensor.addExternalDataBuilder().setKey("location").setValue(location);
        }
        return model(GraphProto.newBuilder().addInitializer(tensor));
    }

    private static GraphProto nested(int depth) {
        GraphProto.Builder graph = GraphProto.newBuilder();
        if (depth > 0) {
            NodeProto.Builder node = NodeProto.newBuilder().setOpType("Loop").addOutput("o" + depth);
            node.addAttribute(AttributeProto.newBuilder().setName("body").setG(nested(depth - 1)));
            graph.addNode(node);
        }
        return graph.build();
    }

    @Test
    void graphsWithinGraphsAreBounded() throws IOException {
        assertRefused(TOO_DEEP, resource("nest-27.onnx"));
        check(model(nested(4).toBuilder()));
        assertRefused(TOO_DEEP, model(nested(5).toBuilder()));
    }

    private static FunctionProto function(String name, NodeProto... nodes) {
        return FunctionProto.newBuilder()
                .setDomain("own")
                .setName(name)
                .addAllNode(List.of(nodes))
                .build();
    }

    @Test
    void functionsAreUnfolded() throws IOException {
        assertRefused(CIRCLE, resource("func-recursive.onnx"));
        GraphProto graph =
                GraphProto.newBuilder().addNode(node("own", "a0", "y", "x")).build();
        ModelProto.Builder circle = ModelProto.newBuilder().setGraph(graph);
        circle.addFunctions(function("a0", node("own", "a1", "y", "x")));
        circle.addFunctions(function("a1", node("own", "a0", "y", "x")));
        assertRefused(CIRCLE, circle.build().toByteArray());
        ModelProto.Builder doubling = ModelProto.newBuilder().setGraph(graph);
        for (int i = 0; i < 20; i++) {
            String next = "a" + (i + 1);
            doubling.addFunctions(function("a" + i, node("own", next, "z", "x"), node("own", next, "y", "z")));
        }
        assertRefused(TOO_MANY, doubling.build().toByteArray());
        ModelProto.Builder honest = ModelProto.newBuilder().setGraph(graph);
        honest.addFunctions(function("a0", node("own", "a1", "z", "x"), node("own", "a1", "y", "z")));
        honest.addFunctions(function("a1", node("", "Relu", "y", "x")));
        check(honest.build().toByteArray());
    }

    /** A circle that goes through a graph in a function. */
    @Test
    void functionsAreFoundInSubgraphs() {
        NodeProto.Builder loop = NodeProto.newBuilder().setOpType("Loop").addOutput("y");
        loop.addAttribute(AttributeProto.newBuilder()
                .setName("body")
                .setG(GraphProto.newBuilder().addNode(node("own", "a0", "y", "x"))));
        ModelProto.Builder circle =
                ModelProto.newBuilder().setGraph(GraphProto.newBuilder().addNode(node("own", "a0", "y", "x")));
        circle.addFunctions(function("a0", loop.build()));
        assertRefused(CIRCLE, circle.build().toByteArray());
    }

    /** Each function has a loop whose body calls the next one. */
    @Test
    void nestingCountsThroughFunctions() {
        ModelProto.Builder model =
                ModelProto.newBuilder().setGraph(GraphProto.newBuilder().addNode(node("own", "a0", "y", "x")));
        for (int i = 0; i < 8; i++) {
            NodeProto.Builder loop = NodeProto.newBuilder().setOpType("Loop").addOutput("y");
            loop.addAttribute(AttributeProto.newBuilder()
                    .setName("body")
                    .setG(GraphProto.newBuilder().addNode(node("own", "a" + (i + 1), "y", "x"))));
            model.addFunctions(function("a" + i, loop.build()));
        }
        assertRefused(TOO_DEEP, model.build().toByteArray());
    }

    @Test
    void fieldsThatOthersWouldCutAreRefused() {
        byte[] model = Graphs.means(-1);
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        more.writeBytes(model);
        // field 7 with a 33rd bit, of no bytes
        more.writeBytes(new byte[] {(byte) 0xba, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10, 0});
        assertRefused("[model.onnx] is no ONNX model or is cut short; export it again", more.toByteArray());
    }

    @Test
    void weightsAreBounded() throws IOException {
        TensorProto.Builder weights =
                TensorProto.newBuilder().setDataType(Graphs.FLOAT).addDims(1 << 29);
        check(model(GraphProto.newBuilder().addInitializer(weights)));
        assertRefused(
                TOO_LARGE, model(GraphProto.newBuilder().addInitializer(weights).addInitializer(weights)));
        NodeProto constant = NodeProto.newBuilder()
                .setOpType("Constant")
                .addOutput("y")
                .addAttribute(AttributeProto.newBuilder().setName("value").setT(weights))
                .build();
        assertRefused(TOO_LARGE, model(GraphProto.newBuilder().addNode(constant).addNode(constant)));
        assertRefused(
                TOO_LARGE,
                ModelProto.newBuilder()
                        .addFunctions(function("f", constant, constant))
                        .build()
                        .toByteArray());
        assertRefused(
                TOO_LARGE,
                model(GraphProto.newBuilder()
                        .addSparseInitializer(
                                SparseTensorProto.newBuilder().addDims(1 << 20).addDims(1 << 20))));
        assertRefused(
                TOO_LARGE,
                model(GraphProto.newBuilder()
                        .addInitializer(
                                TensorProto.newBuilder().addDims(Long.MAX_VALUE).addDims(3))));
    }

    @Test
    void overloadsOfAFunctionAreFunctionsOfTheirOwn() throws IOException {
        GraphProto graph = GraphProto.newBuilder()
                .addNode(node("own", "f", "y", "x").toBuilder().setOverload("one"))
                .build();
        FunctionProto one = function(
                        "f",
                        node("own", "f", "y", "x").toBuilder()
                                .setOverload("two")
                                .build())
                .toBuilder()
                .setOverload("one")
                .build();
        FunctionProto two = function("f", node("", "Relu", "y", "x")).toBuilder()
                .setOverload("two")
                .build();
        ModelProto.Builder model = ModelProto.newBuilder().setGraph(graph).addFunctions(one);
        check(model.addFunctions(two).build().toByteArray());
        assertRefused(
                "its graph has a function twice; export it again",
                model.addFunctions(two).build().toByteArray());
    }

    @Test
    void whatTakesLongToLoadIsBounded() throws IOException {
        NodeProto.Builder loop = NodeProto.newBuilder().setOpType("Loop").addOutput("y");
        loop.addAttribute(AttributeProto.newBuilder().setName("body").setG(GraphProto.getDefaultInstance()));
        GraphProto.Builder branches = GraphProto.newBuilder();
        GraphProto.Builder fan = GraphProto.newBuilder();
        NodeProto.Builder wide = NodeProto.newBuilder().setOpType("Sum").addOutput("y");
        for (int i = 0; i < 1_000; i++) {
            branches.addNode(loop);
        }
        for (int i = 0; i < 4_000; i++) {
            fan.addNode(node("", "Relu", "y" + i, "x"));
            wide.addInput("x" + i);
        }
        check(model(branches));
        check(model(fan));
        check(model(GraphProto.newBuilder().addNode(wide)));
        assertRefused(
                "its graph has more than [1000] conditions and loops, those of its functions included; export it without them",
                model(branches.addNode(loop)));
        String uses =
                "its graph has a node of more than [4000] inputs, or a value that more than [4000] nodes need; export a "
                        + "smaller one";
        assertRefused(uses, model(fan.addNode(node("", "Relu", "z", "x"))));
        assertRefused(uses, model(GraphProto.newBuilder().addNode(wide.addInput("z"))));
    }

    @Test
    void manyNamesAreBounded() {
        GraphProto.Builder graph = GraphProto.newBuilder();
        for (int i = 0; i < 50_001; i++) {
            graph.addNode(node("", "Relu", "y" + (i + 1), "y" + i));
        }
        assertRefused(TOO_MANY, model(graph));
        assertTrue(assertThrows(
                        ModelException.class,
                        () -> check(model(GraphProto.newBuilder().addNode(node("", "x".repeat(5000), "y", "x")))))
                .getMessage()
                .startsWith("its graph has names of more than [4096] bytes"));
    }

    @Test
    void aModelIsDescribedAsTheLoadedOneDescribesItself() throws IOException {
        Files.createDirectories(directory.resolve("dyn"));
        Files.write(directory.resolve("dyn").resolve("model.onnx"), resource("gooddyn.onnx"));
        Files.createDirectories(directory.resolve("means"));
        Files.write(directory.resolve("means").resolve("model.onnx"), Graphs.means(-1));
        Files.writeString(directory.resolve("means").resolve("model.json"), "{}");
        try (Models models = new Models(directory, 1, directory)) {
            for (String id : List.of("dyn", "means")) {
                ModelInfo described = models.describe(id);
                assertEquals(described, models.describe(id));
                assertEquals(models.info(id), described);
                assertEquals(described, models.describe(id));
            }
        }
    }
}
