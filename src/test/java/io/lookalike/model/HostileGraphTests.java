package io.lookalike.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Graphs that would end the process, never load, or fill the memory are refused before ONNX Runtime sees them. */
@Timeout(60)
class HostileGraphTests {
    private static final long MOST = 64L << 20;
    private static final String CIRCLE = "its functions call each other in a circle, or deeper than [32]";
    private static final String TOO_DEEP = "it has graphs within graphs deeper than [5]";
    private static final String TOO_MANY = "it has more than [30000] nodes, or [1000000] counting each graph";
    private static final String NOBODY_KNOWS = "makes a tensor whose size hangs on what is in a picture";
    private static final String MAY_GROW = "may carry a larger tensor from each turn to the next";
    private static final String TOO_LARGE = "a run on an input of shape [1, 3, 8, 8] takes about [";

    @TempDir
    Path directory;

    private Models models;
    private int count;

    @BeforeEach
    void open() {
        models = new Models(directory, 1, directory);
        models.maxMemory(MOST);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private String put(byte[] model) {
        String id = "m" + count++;
        try {
            Files.createDirectories(directory.resolve(id));
            Files.write(directory.resolve(id).resolve("model.onnx"), model);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return id;
    }

    private void assertRefused(String message, byte[] model) {
        String id = put(model);
        for (int i = 0; i < 2; i++) { // described and loaded
            boolean first = i == 0;
            String said = assertThrows(
                            ModelException.class, () -> {
                                if (first) {
                                    models.describe(id);
                                } else {
                                    models.get(id);
                                }
                            })
                    .getMessage();
            assertTrue(said.startsWith("cannot load model [" + id + "]: "), said);
            assertTrue(said.contains(message), said);
        }
    }

    private void assertLoads(byte[] model) {
        String id = put(model);
        models.use(id, new Stop(), loaded -> {
            models.fit(id, "y", new long[] {1, 3, 8, 8}, 1);
            return loaded.run("y", new float[192], new long[] {1, 3, 8, 8});
        });
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = HostileGraphTests.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    // parts of graphs; each takes pictures x of 3 x 8 x 8 and makes y of [batch, 3] of e, their means

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addOutput(output)
                .addAllInput(List.of(inputs))
                .build();
    }

    private static NodeProto with(NodeProto node, AttributeProto.Builder attribute) {
        return node.toBuilder().addAttribute(attribute).build();
    }

    private static AttributeProto.Builder integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value);
    }

    private static AttributeProto.Builder graph(String name, GraphProto.Builder value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(value);
    }

    private static TensorProto ints(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return tensor.build();
    }

    private static TensorProto scalar(String name, TensorProto.DataType type, long value) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
        return (type == TensorProto.DataType.INT64 ? tensor.addInt64Data(value) : tensor.addInt32Data((int) value))
                .build();
    }

    private static GraphProto.Builder pictures(NodeProto... nodes) {
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(Graphs.value("x", Graphs.FLOAT, -1, 3, 8, 8))
                .addInitializer(scalar("true", TensorProto.DataType.BOOL, 1))
                .addInitializer(scalar("zero", TensorProto.DataType.INT64, 0))
                .addInitializer(scalar("one", TensorProto.DataType.INT64, 1))
                .addInitializer(ints("a", 100_000))
                .addInitializer(ints("b", 50_000))
                .addNode(node("GlobalAveragePool", "p", "x"))
                .addNode(node("Flatten", "e", "p"))
                .addAllNode(List.of(nodes))
                .addOutput(Graphs.value("y", Graphs.FLOAT, -1, 3));
    }

    private static byte[] model(GraphProto.Builder graph, FunctionProto... functions) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .addAllFunctions(List.of(functions))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    /** A value whose shape is not said. */
    private static ValueInfoProto open(String name) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(Graphs.FLOAT)))
                .build();
    }

    private static NodeProto call(String function, String output, String input) {
        return node(function, output, input).toBuilder().setDomain("own").build();
    }

    /** From {@code i} to {@code o}. */
    private static FunctionProto function(String name, NodeProto... nodes) {
        return FunctionProto.newBuilder()
                .setDomain("own")
                .setName(name)
                .addInput("i")
                .addOutput("o")
                .addAllNode(List.of(nodes))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .build();
    }

    /** One branch of a condition goes on, the other is the input. */
    private static NodeProto condition(String output, String input, GraphProto.Builder branch) {
        return with(
                with(node("If", output, "true"), graph("then_branch", branch)),
                graph("else_branch", inner(output + "_else", node("Identity", output + "_else", input))));
    }

    private static GraphProto.Builder inner(String output, NodeProto... nodes) {
        return GraphProto.newBuilder()
                .setName("inner")
                .addAllNode(List.of(nodes))
                .addOutput(open(output));
    }

    private static NodeProto nested(int depth, String output, String input, NodeProto innermost) {
        NodeProto node = innermost;
        for (int i = 0; i < depth; i++) {
            node = condition(i == depth - 1 ? output : "o" + i, input, inner(node.getOutput(0), node));
        }
        return node;
    }

    // the form of files

    @Test
    void honestGraphsLoad() throws IOException {
        assertLoads(model(pictures(node("Relu", "y", "e"))));
        assertLoads(model(pictures(call("f", "y", "e")), function("f", node("Relu", "o", "i"))));
        assertLoads(model(pictures(nested(3, "y", "e", node("Relu", "inmost", "e")))));
        models.maxMemory(Models.DEFAULT_MAX_MEMORY);
        for (String builtin : Models.BUILTIN) {
            models.use(builtin, new Stop(), model -> {
                long[] shape = model.info().inputs().getFirst().shape();
                shape[0] = 1;
                return models.fit(
                        builtin, model.info().outputs().getFirst().name(), shape, 4);
            });
        }
    }

    @Test
    void whatAFileRepeatsIsRefused() throws IOException {
        assertRefused("a message [AttributeProto] has field [5] twice", resource("ext-merged.onnx"));
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(Graphs.means(-1));
        twice.writeBytes(Graphs.means(-1));
        assertRefused("a message [ModelProto] has field [7] twice", twice.toByteArray());
        assertRefused(
                "a message [TensorProto] has field [14] twice",
                model(pictures(node("Relu", "y", "e"))
                        .addInitializer(outside("/etc/passwd").toBuilder()
                                .setUnknownFields(field(14, 0)))));
        assertRefused(
                "a tensor says twice where its weights lie",
                model(pictures(node("Relu", "y", "e"))
                        .addInitializer(outside("weights.bin").toBuilder().addExternalData(entry("location", "/etc/passwd")))));
    }

    private static UnknownFieldSet field(int number, long value) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number, UnknownFieldSet.Field.newBuilder().addVarint(value).build())
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static TensorProto outside(String location) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(Graphs.FLOAT)
                .addDims(3)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .build();
    }

    /** Protocol buffers keep 32 bits of a number that says where a tensor lies. */
    @Test
    void placesOfWeightsAreReadAsOnnxRuntimeReadsThem() {
        TensorProto.Builder wide = outside("/etc/passwd").toBuilder().clearDataLocation();
        assertRefused(
                "keeps weights in [/etc/passwd]",
                model(pictures(node("Relu", "y", "e")).addInitializer(wide.setUnknownFields(field(14, 1L << 32 | 1)))));
        assertRefused(
                "a tensor lies at a place of kind [7]",
                model(pictures(node("Relu", "y", "e")).addInitializer(wide.setUnknownFields(field(14, 7)))));
    }

    @Test
    void weightsLieBesideTheGraphWhereverTheyAreNamed() {
        String said = "keeps weights in [/etc/passwd], which is not the name of a file beside it";
        NodeProto constant = with(
                node("Constant", "c"),
                AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(outside("/etc/passwd")));
        NodeProto add = node("Add", "y", "e", "c");
        assertRefused(said, model(pictures(constant, add)));
        assertRefused(said, model(pictures(call("f", "y", "e")), function("f", constant, node("Add", "o", "i", "c"))));
        assertRefused(said, model(pictures(condition("y", "e", inner("z", constant, node("Add", "z", "e", "c"))))));
        SparseTensorProto.Builder sparse = SparseTensorProto.newBuilder()
                .setValues(outside("/etc/passwd"))
                .setIndices(ints("", 0, 1, 2))
                .addDims(3);
        assertRefused(said, model(pictures(node("Add", "y", "e", "w")).addSparseInitializer(sparse)));
        assertRefused(
                said,
                model(pictures(with(
                        with(node("Constant", "c"), AttributeProto.newBuilder()
                                .setName("sparse_value")
                                .setType(AttributeProto.AttributeType.SPARSE_TENSOR)
                                .setSparseTensor(sparse)),
                        integer("other", 1)), add)));
    }

    @Test
    void weightsLieWithinTheirFile() throws IOException {
        for (String[] said : new String[][] {
            {"offset", "9223372036854775807"}, {"offset", "-8"}, {"length", "99999999999999999999"}, {"offset", "0x10"}
        }) {
            byte[] graph = model(pictures(node("Add", "y", "e", "w"))
                    .addInitializer(outside("weights.bin").toBuilder().addExternalData(entry(said[0], said[1]))));
            Files.createDirectories(directory.resolve("m" + count));
            Files.write(directory.resolve("m" + count).resolve("weights.bin"), new byte[12]);
            assertRefused("it must be a whole number of bytes", graph);
        }
        Files.createDirectories(directory.resolve("m" + count));
        Files.write(directory.resolve("m" + count).resolve("weights.bin"), new byte[12]);
        assertRefused(
                "which has [12] bytes but needs [16]",
                model(pictures(node("Add", "y", "e", "w"))
                        .addInitializer(outside("weights.bin").toBuilder().addExternalData(entry("offset", "4")))));
        assertRefused(
                "a tensor in another file says [prepacked_0]",
                model(pictures(node("Add", "y", "e", "w"))
                        .addInitializer(
                                outside("weights.bin").toBuilder().addExternalData(entry("prepacked_0", "k|0;9;0")))));
    }

    // loading without end

    @Test
    void graphsWithinGraphsAreBounded() throws IOException {
        assertRefused(TOO_DEEP, resource("nest-27.onnx"));
        assertRefused(TOO_DEEP, model(pictures(nested(6, "y", "e", node("Relu", "inmost", "e")))));
        // three in a function that is called three deep
        FunctionProto deep = function("f", nested(3, "o", "i", node("Relu", "inmost", "i")));
        assertRefused(TOO_DEEP, model(pictures(nested(3, "y", "e", call("f", "inmost", "e"))), deep));
    }

    /** Each function has a condition whose branch calls the next one. */
    @Test
    void nestingCountsThroughFunctions() {
        FunctionProto[] row = new FunctionProto[8];
        for (int i = 0; i < row.length; i++) {
            NodeProto next = i == 0 ? node("Relu", "z", "i") : call("f" + (i - 1), "z", "i");
            row[i] = function("f" + i, condition("o", "i", inner("z", next)));
        }
        assertRefused(TOO_DEEP, model(pictures(call("f7", "y", "e")), row));
    }

    @Test
    void fieldsThatOthersWouldCutAreRefused() {
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        more.writeBytes(Graphs.means(-1));
        // field 7 with a 33rd bit, of no bytes
        more.writeBytes(new byte[] {(byte) 0xba, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10, 0});
        assertRefused("is no ONNX model or is cut short", more.toByteArray());
    }

    @Test
    void functionsAreUnfolded() throws IOException {
        assertRefused(CIRCLE, resource("func-recursive.onnx"));
        assertRefused(
                CIRCLE,
                model(
                        pictures(call("f", "y", "e")),
                        function("f", call("g", "o", "i")),
                        function("g", condition("o", "i", inner("z", call("f", "z", "i"))))));
        assertRefused(CIRCLE, model(pictures(node("Relu", "y", "e")), function("f", call("f", "o", "i"))));
        FunctionProto[] row = new FunctionProto[40];
        FunctionProto[] doubling = new FunctionProto[20];
        for (int i = 0; i < 40; i++) {
            row[i] = i == 0
                    ? function("f0", node("Relu", "o", "i"))
                    : function("f" + i, call("f" + (i - 1), "o", "i"));
        }
        for (int i = 0; i < 20; i++) {
            doubling[i] = i == 0
                    ? function("f0", node("Relu", "o", "i"))
                    : function("f" + i, call("f" + (i - 1), "t", "i"), call("f" + (i - 1), "o", "t"));
        }
        assertRefused(CIRCLE, model(pictures(call("f39", "y", "e")), row));
        assertRefused(TOO_MANY, model(pictures(call("f19", "y", "e")), doubling));
    }

    @Test
    void theNumberOfNodesIsBounded() {
        GraphProto.Builder many = pictures();
        for (int i = 0; i <= 30_000; i++) {
            many.addNode(node("Relu", "n" + i, i == 0 ? "e" : "n" + (i - 1)));
        }
        assertRefused(TOO_MANY, model(many));
        assertRefused(
                "it has names of more than [4096] bytes", model(pictures(node("Relu", "y".repeat(5000), "e"))));
    }

    /** Loading takes the square of some numbers. */
    @Test
    void nothingIsNeededTooOften() {
        GraphProto.Builder fan = pictures();
        GraphProto.Builder wide = pictures();
        GraphProto.Builder conditions = pictures();
        NodeProto.Builder sum = NodeProto.newBuilder().setOpType("Sum").addOutput("y");
        for (int i = 0; i < 2500; i++) {
            fan.addNode(node("Relu", "n" + i, "e"));
            wide.addNode(node("Relu", "n" + i, i == 0 ? "e" : "n" + (i - 1)));
            sum.addInput("n" + i);
            conditions.addNode(condition("n" + i, i == 0 ? "e" : "n" + (i - 1), inner("t", node("Relu", "t", "e"))));
        }
        String often = "too many of its nodes need the same values";
        assertRefused(often, model(fan));
        assertRefused("has [2500] inputs; at most [1000] are allowed", model(wide.addNode(sum)));
        assertRefused("it has more than [1000] conditions and loops", model(conditions));
        GraphProto.Builder calls = pictures();
        for (int i = 0; i < 100; i++) {
            calls.addNode(call("f", "n" + i, "e"));
        }
        NodeProto[] uses = new NodeProto[25];
        for (int i = 0; i < 25; i++) {
            uses[i] = node("Relu", i == 0 ? "o" : "o" + i, "i");
        }
        assertRefused(often, model(calls, function("f", uses)));
    }

    /** ONNX Runtime would compute it while it loads the model, which nobody can end. */
    @Test
    void whatIsNotKnownOfConstantsIsNotComputedWhileLoading() throws IOException {
        GraphProto.Builder turn = GraphProto.newBuilder()
                .setName("turn")
                .addInput(Graphs.value("it", TensorProto.DataType.INT64.getNumber()))
                .addInput(Graphs.value("go", TensorProto.DataType.BOOL.getNumber()))
                .addInput(open("v"))
                .addNode(node("Identity", "again", "go"))
                .addNode(node("Mul", "w", "v", "v"))
                .addOutput(Graphs.value("again", TensorProto.DataType.BOOL.getNumber()))
                .addOutput(open("w"));
        GraphProto.Builder loop = pictures(
                        with(node("Loop", "k", "turns", "true", "f"), graph("body", turn)),
                        node("Mul", "y", "e", "k"))
                .addInitializer(scalar("turns", TensorProto.DataType.INT64, 1_000_000_000_000L))
                .addInitializer(TensorProto.newBuilder()
                        .setName("f")
                        .setDataType(Graphs.FLOAT)
                        .addFloatData(1));
        models.get(put(model(loop)));
        OnnxGraph constants = OnnxFile.read(model(pictures(
                        node("Cast", "size", "a").toBuilder()
                                .addAttribute(integer("to", TensorProto.DataType.FLOAT.getNumber()))
                                .build(),
                        node("Sin", "odd", "size"),
                        with(node("Cast", "whole", "odd"), integer("to", TensorProto.DataType.INT64.getNumber())),
                        node("ConstantOfShape", "c", "whole"),
                        node("ReduceMean", "r", "c"),
                        node("Mul", "y", "e", "r"))));
        assertFalse(GraphMemory.load(constants).mayFold());
        assertTrue(GraphMemory.load(OnnxFile.read(model(pictures(node("Relu", "y", "e"))))).mayFold());
    }

    // memory

    @Test
    void theGivenModelsAreRefused() throws IOException {
        models.maxMemory(2L << 30);
        assertRefused("of them in node [blob] ([ConstantOfShape])", resource("fold-3gb.onnx"));
        assertRefused("of them in node [blob] ([ConstantOfShape])", resource("mem-3gb.onnx"));
    }

    /** Sizes that are computed in every way that exporters have are followed, also within graphs and functions. */
    @Test
    void whatNodesMakeIsBounded() {
        NodeProto[] product = {node("Mul", "s", "a", "b")};
        NodeProto[] shaped = {
            node("Shape", "sx", "x"), // [n, 3, 8, 8]
            node("ReduceProd", "r", "sx"),
            node("Mul", "t", "r", "a"),
            node("Concat", "q", "t", "a").toBuilder().addAttribute(integer("axis", 0)).build(),
            node("Gather", "s", "q", "zeros")
        };
        for (NodeProto[] computed : List.of(product, shaped)) {
            for (NodeProto last : List.of(
                    node("ConstantOfShape", "c", "s"),
                    node("Expand", "c", "one", "s"),
                    node("Tile", "c", "zeros", "s"))) {
                NodeProto[] rest = {
                    last, with(node("Cast", "f", "c"), integer("to", 1)), node("ReduceMean", "m", "f"), node("Mul", "y", "e", "m")
                };
                assertRefused(TOO_LARGE, model(pictures(computed).addAllNode(List.of(rest)).addInitializer(ints("zeros", 0))));
                assertRefused(
                        TOO_LARGE,
                        model(pictures(computed)
                                .addInitializer(ints("zeros", 0))
                                .addNode(condition(
                                        "y",
                                        "e",
                                        inner("z", rest[0], rest[1], rest[2], node("Mul", "z", "e", "m"))))));
            }
        }
        assertRefused(
                TOO_LARGE,
                model(
                        pictures(node("Mul", "s", "a", "b"), call("f", "m", "s"), node("Mul", "y", "e", "m")),
                        function("f", node("ConstantOfShape", "c", "i"), node("ReduceMean", "o", "c"))));
        assertRefused(
                TOO_LARGE,
                model(pictures(
                        node("Mul", "s", "a", "b"),
                        node("Squeeze", "limit", "s"),
                        node("Range", "c", "zero", "limit", "one"),
                        with(node("Cast", "f", "c"), integer("to", 1)),
                        node("ReduceMean", "m", "f"),
                        node("Mul", "y", "e", "m"))));
    }

    /** A column by a row: each is small. */
    @Test
    void productsAreBounded() {
        for (NodeProto outer : List.of(node("Mul", "c", "column", "row"), node("MatMul", "c", "column", "row"))) {
            assertRefused(
                    TOO_LARGE,
                    model(pictures(
                                    node("Reshape", "flat", "x", "line"),
                                    node("Concat", "many", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat", "flat")
                                            .toBuilder()
                                            .addAttribute(integer("axis", 0))
                                            .build(),
                                    node("Reshape", "column", "many", "tall"),
                                    node("Reshape", "row", "many", "wide"),
                                    outer,
                                    node("ReduceMean", "m", "c"),
                                    node("Mul", "y", "e", "m"))
                            .addInitializer(ints("line", -1))
                            .addInitializer(ints("tall", -1, 1))
                            .addInitializer(ints("wide", 1, -1))));
        }
    }

    @Test
    void nodesInAnyOrderAreFollowed() {
        assertRefused(
                TOO_LARGE,
                model(pictures(
                        node("Mul", "y", "e", "m"),
                        node("ReduceMean", "m", "c"),
                        node("ConstantOfShape", "c", "s"),
                        node("Mul", "s", "a", "b"))));
    }

    @Test
    void sizesThatHangOnThePictureAreRefused() {
        NodeProto most = with(node("ReduceMax", "most", "x"), integer("keepdims", 0));
        NodeProto whole = with(node("Cast", "w", "most"), integer("to", TensorProto.DataType.INT64.getNumber()));
        NodeProto size = node("Mul", "s", "w", "a");
        assertRefused(
                NOBODY_KNOWS,
                model(pictures(
                        most,
                        whole,
                        size,
                        node("ConstantOfShape", "c", "s"),
                        node("ReduceMean", "m", "c"),
                        node("Mul", "y", "e", "m"))));
        assertRefused(
                NOBODY_KNOWS,
                model(pictures(
                        node("NonZero", "found", "x"),
                        node("Shape", "many", "found"),
                        node("Mul", "s", "many", "a"),
                        node("ConstantOfShape", "c", "s"),
                        node("ReduceMean", "m", "c"),
                        node("Mul", "y", "e", "m"))));
    }

    private static GraphProto.Builder turn(NodeProto work) {
        return GraphProto.newBuilder()
                .setName("turn")
                .addInput(Graphs.value("it", TensorProto.DataType.INT64.getNumber()))
                .addInput(Graphs.value("go", TensorProto.DataType.BOOL.getNumber()))
                .addInput(open("v"))
                .addNode(node("Identity", "again", "go"))
                .addNode(work)
                .addOutput(Graphs.value("again", TensorProto.DataType.BOOL.getNumber()))
                .addOutput(open("w"));
    }

    @Test
    void loopsThatCollectAreRefused() {
        GraphProto.Builder doubling =
                turn(node("Concat", "w", "v", "v").toBuilder().addAttribute(integer("axis", 0)).build());
        assertRefused(
                MAY_GROW,
                model(pictures(
                        with(node("Loop", "k", "one", "true", "e"), graph("body", doubling)),
                        node("ReduceMean", "m", "k"),
                        node("Mul", "y", "e", "m"))));
        GraphProto.Builder keeping = turn(node("Relu", "w", "v")).addOutput(open("w"));
        NodeProto each = with(node("Loop", "k", "", "true", "e"), graph("body", keeping)).toBuilder()
                .addOutput("all")
                .build();
        assertRefused(
                "collects a tensor of each turn and says not how many turns there are",
                model(pictures(each, node("ReduceMean", "m", "all"), node("Mul", "y", "e", "m"))));
        assertRefused(
                TOO_LARGE,
                model(pictures(
                        each.toBuilder().setInput(0, "turns").build(),
                        node("ReduceMean", "m", "all"),
                        node("Mul", "y", "e", "m"))
                        .addInitializer(scalar("turns", TensorProto.DataType.INT64, 1L << 40))));
    }

    @Test
    void weightsAreBounded() {
        String said = "bytes of memory to be loaded; at most [" + MOST + "] are allowed";
        assertRefused(
                said,
                model(pictures(node("Relu", "y", "e"))
                        .addSparseInitializer(SparseTensorProto.newBuilder()
                                .setValues(TensorProto.newBuilder()
                                        .setName("w")
                                        .setDataType(Graphs.FLOAT)
                                        .addDims(1)
                                        .addFloatData(1))
                                .setIndices(ints("", 0))
                                .addDims(1 << 20)
                                .addDims(1 << 20))));
        assertRefused(
                said,
                model(pictures(node("Relu", "y", "e"))
                        .addInitializer(TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(Graphs.FLOAT)
                                .addDims(Long.MAX_VALUE)
                                .addDims(3))));
    }

    /** Where a batch does not fit, a smaller one may. */
    @Test
    void batchesAreAsLargeAsFits() {
        String id = put(model(pictures(
                        node("Tile", "wide", "x", "times"), // 3 MB for each picture
                        with(node("ReduceMean", "m", "wide"), AttributeProto.newBuilder()
                                .setName("axes")
                                .setType(AttributeProto.AttributeType.INTS)
                                .addInts(2)
                                .addInts(3)),
                        node("Flatten", "f", "m"),
                        node("Add", "y", "e", "f"))
                .addInitializer(ints("times", 1, 1, 64, 64))));
        models.use(id, new Stop(), model -> {
            assertEquals(16, models.fit(id, "y", new long[] {1, 3, 8, 8}, 64));
            assertEquals(4, models.fit(id, "y", new long[] {1, 3, 8, 8}, 4));
            return null;
        });
    }

    @Test
    void aModelIsDescribedAsTheLoadedOneDescribesItself() throws IOException {
        for (byte[] model : List.of(Graphs.means(-1), Graphs.means(2), Graphs.twoInputs(), resource("gooddyn.onnx"))) {
            String id = put(model);
            ModelInfo described = models.describe(id);
            assertEquals(models.info(id), described);
        }
    }
}
