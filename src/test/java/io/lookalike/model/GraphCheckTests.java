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
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCheckTests {
    private static final long BOUND = 2L << 30;
    private static final String TOO_LARGE =
            "its graph and its weights take more than [2147483648] bytes; use a smaller model, or raise "
                    + "[lookalike.model.max_memory]";
    private static final String TOO_DEEP =
            "it has graphs within graphs deeper than [5]; export it without conditions and loops";
    private static final String CIRCLE =
            "its functions call each other in a circle, or deeper than [32]; export it without functions";
    private static final String TOO_MANY =
            "its graph has more than [50000] nodes, those of its functions included; export a smaller one";

    @TempDir
    Path directory;

    private void check(byte[] model) throws IOException {
        check(model, BOUND);
    }

    private void check(byte[] model, long bound) throws IOException {
        Path file = directory.resolve("model.onnx");
        Files.write(file, model);
        GraphCheck.check(file, bound);
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

    /** Without its body. */
    private static NodeProto.Builder loop(String output) {
        return NodeProto.newBuilder()
                .setOpType("Loop")
                .addAllInput(List.of("", "c", "x"))
                .addOutput(output);
    }

    private static GraphProto nested(int depth) {
        GraphProto.Builder graph = GraphProto.newBuilder();
        if (depth > 0) {
            NodeProto.Builder node = loop("o" + depth);
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
        NodeProto.Builder loop = loop("y");
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
            NodeProto.Builder loop = loop("y");
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

    private static NodeProto constant(TensorProto.Builder value) {
        return NodeProto.newBuilder()
                .setOpType("Constant")
                .addOutput("y")
                .addAttribute(AttributeProto.newBuilder().setName("value").setT(value))
                .build();
    }

    @Test
    void weightsAreBounded() throws IOException {
        TensorProto.Builder weights =
                TensorProto.newBuilder().setDataType(Graphs.FLOAT).addDims(1 << 28);
        check(model(GraphProto.newBuilder().addInitializer(weights)));
        assertRefused(
                TOO_LARGE, model(GraphProto.newBuilder().addInitializer(weights).addInitializer(weights)));
        NodeProto constant = constant(weights);
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
                        .addInitializer(
                                TensorProto.newBuilder().addDims(Long.MAX_VALUE).addDims(3))));
        // two channels of two become sixteen of sixteen
        assertRefused(
                TOO_LARGE,
                model(GraphProto.newBuilder()
                        .addInitializer(TensorProto.newBuilder()
                                .setDataType(Graphs.FLOAT)
                                .addAllDims(List.of(2L, 2L, 2048L, 2048L)))));
        assertRefused(
                "its graph has a tensor of more than [64] axes; export it again",
                model(GraphProto.newBuilder()
                        .addInitializer(TensorProto.newBuilder()
                                .addAllDims(Collections.nCopies(64, 1L))
                                .addDims(3L << 28))));
    }

    /** Each call of a function has what stands in it. */
    @Test
    void weightsOfAFunctionCountForEachCall() {
        NodeProto constant =
                constant(TensorProto.newBuilder().setDataType(Graphs.FLOAT).addDims(1 << 22));
        GraphProto.Builder graph = GraphProto.newBuilder();
        for (int i = 0; i < 200; i++) {
            graph.addNode(node("own", "f", "y" + i, "x" + i));
        }
        assertRefused(
                TOO_LARGE,
                ModelProto.newBuilder()
                        .setGraph(graph)
                        .addFunctions(function("f", constant))
                        .build()
                        .toByteArray());
    }

    /** What is small in the file and large once it is read. */
    @Test
    void whatUnpacksIsBounded() {
        TensorProto.Builder numbers = TensorProto.newBuilder().addDims(1);
        for (int i = 0; i < 40_000_000; i++) {
            numbers.addInt64Data(1);
        }
        byte[] packed = model(GraphProto.newBuilder().addInitializer(numbers));
        ModelException e = assertThrows(ModelException.class, () -> check(packed, 256L << 20));
        assertTrue(e.getMessage().startsWith("its graph and its weights take more than [268435456]"), e.getMessage());
        NodeProto.Builder node = NodeProto.newBuilder().setOpType("Relu");
        for (int i = 0; i < 2_000_000; i++) {
            node.addAttribute(AttributeProto.getDefaultInstance());
        }
        byte[] attributes = model(GraphProto.newBuilder().addNode(node));
        e = assertThrows(ModelException.class, () -> check(attributes, 256L << 20));
        assertTrue(e.getMessage().startsWith("its graph and its weights take more than [268435456]"), e.getMessage());
    }

    @Test
    void manyValuesAreBounded() {
        String described = "its graph describes more than [100000] values; export a smaller one";
        GraphProto.Builder inputs = GraphProto.newBuilder();
        GraphProto.Builder outputs = GraphProto.newBuilder();
        for (int i = 0; i < 100_001; i++) {
            inputs.addInput(ValueInfoProto.getDefaultInstance());
            outputs.addOutput(ValueInfoProto.getDefaultInstance());
        }
        assertRefused(described, model(inputs));
        assertRefused(described, model(outputs));
        GraphProto.Builder open = GraphProto.newBuilder();
        for (int i = 0; i < 101; i++) {
            open.addOutput(Graphs.value("y" + i, Graphs.FLOAT, 1));
        }
        assertRefused(
                "its graph has more than [100] inputs or outputs; export the part alone that makes a vector of a "
                        + "picture",
                model(open));
        GraphProto.Builder names = GraphProto.newBuilder();
        for (int i = 0; i < 600_000; i++) {
            names.addInitializer(TensorProto.newBuilder().setName("w" + i).addDims(0));
        }
        assertTrue(assertThrows(ModelException.class, () -> check(model(names)))
                .getMessage()
                .contains("too many of them for [33554432] bytes"));
    }

    @Test
    void descriptionsAreBounded() {
        String text = "x".repeat(3 << 20);
        String tooLong =
                "its description and its properties have more than [4194304] bytes; export it with less of them";
        assertRefused(
                tooLong,
                ModelProto.newBuilder()
                        .setDocString(text)
                        .setGraph(GraphProto.newBuilder().setDocString(text))
                        .build()
                        .toByteArray());
        ModelProto.Builder properties = ModelProto.newBuilder();
        for (int i = 0; i < 2; i++) {
            properties.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey("k" + i).setValue(text));
        }
        assertRefused(tooLong, properties.build().toByteArray());
    }

    /** ONNX Runtime ends the process on these, or runs them with memory that no limit sees. */
    @Test
    void operatorsThatAreNotForPicturesAreRefused() throws IOException {
        for (NodeProto each : List.of(
                node("ai.onnx.ml", "LinearClassifier", "y", "x"),
                node("", "RoiAlign", "y", "x"),
                node("ai.onnx", "StringConcat", "y", "x", "x"),
                node("com.microsoft", "GroupQueryAttention", "y", "x"))) {
            String name = (each.getDomain().isEmpty() ? "" : each.getDomain() + "/") + each.getOpType();
            assertRefused(
                    "its operator [" + name
                            + "] is not run: nothing that makes vectors of pictures needs it; export that part alone",
                    model(GraphProto.newBuilder().addNode(each)));
        }
        check(model(GraphProto.newBuilder()
                .addNode(node("com.microsoft", "QLinearAdd", "y", "x"))
                .addNode(node("com.microsoft", "FusedConv", "z", "y"))));
        assertRefused(
                "its graph has sparse weights; export it with dense ones",
                model(GraphProto.newBuilder().addSparseInitializer(SparseTensorProto.getDefaultInstance())));
        assertRefused(
                "its graph has a tensor of strings; export only the part that takes pictures",
                model(GraphProto.newBuilder()
                        .addInitializer(TensorProto.newBuilder()
                                .setDataType(TensorProto.DataType.STRING.getNumber())
                                .addDims(1))));
        NodeProto still = node("", "MaxPool", "y", "x").toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("strides")
                        .addInts(1)
                        .addInts(0))
                .build();
        assertRefused(
                "its graph has a node whose [strides] are not all at least [1]; export it again",
                model(GraphProto.newBuilder().addNode(still)));
        NodeProto.Builder loop = NodeProto.newBuilder().setOpType("Loop").addAllInput(List.of("", "c", "x"));
        check(model(GraphProto.newBuilder().addNode(loop.addOutput("y"))));
        assertRefused(
                "it has a loop that collects what each turn makes, without end; export it without",
                model(GraphProto.newBuilder().addNode(loop.addOutput("z"))));
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
        NodeProto.Builder loop = loop("y");
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
                "its graph has more than [1000] conditions and loops, those of its functions included; export it "
                        + "without them",
                model(branches.addNode(loop)));
        String uses =
                "its graph has a node of more than [4000] inputs, a value that more than [4000] nodes need, or more "
                        + "than [300000]"
                        + " inputs in all; export a smaller one";
        assertRefused(uses, model(fan.addNode(node("", "Relu", "z", "x"))));
        assertRefused(uses, model(GraphProto.newBuilder().addNode(wide.addInput("z"))));
    }

    @Test
    void whatTakesTheSquareOfItsNumberIsBounded() {
        NodeProto.Builder wide = NodeProto.newBuilder().setOpType("Sum").addOutput("y");
        GraphProto.Builder sums = GraphProto.newBuilder();
        GraphProto.Builder norms = GraphProto.newBuilder();
        GraphProto.Builder turns = GraphProto.newBuilder();
        for (int i = 0; i < 3_900; i++) {
            wide.addInput("x" + i);
            turns.addNode(node("", "Transpose", "t" + (i + 1), "t" + i));
            norms.addNode(node("", "GroupNormalization", "n" + (i + 1), "n" + i));
        }
        for (int i = 0; i < 100; i++) {
            sums.addNode(wide);
        }
        String inputs =
                "its graph has a node of more than [4000] inputs, a value that more than [4000] nodes need, or more "
                        + "than [300000]"
                        + " inputs in all; export a smaller one";
        assertRefused(inputs, model(sums));
        String square = "its graph has more than [3000] [Transpose] nodes, or more than [200] of "
                + "[AffineGrid, CenterCropPad, GroupNormalization]; export a smaller one";
        assertRefused(square, model(turns));
        assertRefused(square, model(norms));
        NodeProto[] fan = new NodeProto[3_900];
        for (int i = 0; i < fan.length; i++) {
            fan[i] = node("", "Relu", "y" + i, "x");
        }
        ModelProto.Builder calls = ModelProto.newBuilder().addFunctions(function("f", fan));
        for (int i = 0; i < 2; i++) {
            calls.getGraphBuilder().addNode(node("own", "f", "y" + i, "x"));
        }
        assertRefused(inputs, calls.build().toByteArray());
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
        try (Models models = TestModels.open(directory, 1, directory)) {
            for (String id : List.of("dyn", "means")) {
                ModelInfo described = models.describe(id);
                assertEquals(described, models.describe(id));
                assertEquals(models.info(id), described);
                assertEquals(described, models.describe(id));
            }
        }
    }
}
