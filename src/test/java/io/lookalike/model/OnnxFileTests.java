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
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that ONNX Runtime must never see. */
class OnnxFileTests {
    private static final int FLOAT = Graphs.FLOAT;

    @TempDir
    Path temporary;

    private Path directory;

    @BeforeEach
    void create() throws IOException {
        directory = Files.createDirectory(temporary.resolve("model"));
        Files.write(directory.resolve("weights.bin"), new byte[16]);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ext-merged; an attribute in it has the same part twice",
                "func-recursive; function [Rec] calls itself",
                "nest-27; nested more than [6] deep",
            })
    void refusesHostileFiles(String name, String words) throws IOException {
        assertRefused(resource(name), words);
    }

    @Test
    void takesAHarmlessOne() throws IOException {
        GraphReader read = read(resource("gooddyn"));
        assertEquals("x", read.graph().inputs.getFirst().name());
        assertEquals(List.of(), read.external());
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = OnnxFileTests.class.getResourceAsStream(name + ".onnx")) {
            return in.readAllBytes();
        }
    }

    @Test
    void findsWeightsWhereverTheyLie() throws IOException {
        TensorProto outside = external("/etc/passwd");
        AttributeProto one = AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(outside)
                .build();
        AttributeProto sparse = AttributeProto.newBuilder()
                .setName("sparse_value")
                .setSparseTensor(SparseTensorProto.newBuilder().setValues(outside))
                .build();
        GraphProto inner = GraphProto.newBuilder().addInitializer(outside).build();
        AttributeProto graph =
                AttributeProto.newBuilder().setName("then_branch").setG(inner).build();
        List<Consumer<ModelProto.Builder>> places = List.of(
                model -> model.getGraphBuilder().addInitializer(outside),
                model -> model.getGraphBuilder()
                        .addSparseInitializer(SparseTensorProto.newBuilder().setValues(outside)),
                model -> model.getGraphBuilder()
                        .addSparseInitializer(SparseTensorProto.newBuilder().setIndices(outside)),
                model -> model.getGraphBuilder().addNode(call("", "Constant").addAttribute(one)),
                model -> model.getGraphBuilder().addNode(call("", "Constant").addAttribute(sparse)),
                model -> model.getGraphBuilder()
                        .addNode(call("", "Many")
                                .addAttribute(
                                        AttributeProto.newBuilder().setName("m").addTensors(outside))),
                model -> model.getGraphBuilder()
                        .addNode(call("", "Many")
                                .addAttribute(AttributeProto.newBuilder()
                                        .setName("m")
                                        .addSparseTensors(
                                                SparseTensorProto.newBuilder().setValues(outside)))),
                model -> model.getGraphBuilder().addNode(call("", "If").addAttribute(graph)),
                model -> model.getGraphBuilder()
                        .addNode(call("", "Many")
                                .addAttribute(
                                        AttributeProto.newBuilder().setName("m").addGraphs(inner))),
                model -> model.addFunctions(
                        function("F", "").addNode(call("", "Constant").addAttribute(one))),
                model -> model.addFunctions(function("F", "").addAttributeProto(one)),
                model -> model.addTrainingInfo(TrainingInfoProto.newBuilder().setInitialization(inner)),
                model -> model.addTrainingInfo(TrainingInfoProto.newBuilder().setAlgorithm(inner)));
        for (Consumer<ModelProto.Builder> place : places) {
            ModelProto.Builder model = means();
            place.accept(model);
            assertRefused(model.build().toByteArray(), "[/etc/passwd], which is not the name of a file beside it");
        }
    }

    @Test
    void refusesMessagesThatProtocolBuffersWouldMerge() throws IOException {
        byte[] whole = means().build().toByteArray();
        // an empty second graph is merged into the first
        assertRefused(join(whole, field(7, new byte[0])), "a model in it has the same part twice");
        byte[] tensor = external("weights.bin").toByteArray();
        assertAttributeRefused(join(field(5, tensor), field(5, tensor)), "an attribute in it has the same part twice");
        assertAttributeRefused(join(field(6, new byte[0]), field(6, new byte[0])), "has the same part twice");
        assertAttributeRefused(join(field(22, new byte[0]), field(22, new byte[0])), "has the same part twice");
        assertAttributeRefused(join(field(5, tensor), field(10, tensor)), "has values of several kinds");
        assertAttributeRefused(
                field(22, join(field(1, tensor), field(1, tensor))), "a sparse tensor in it has the same part twice");
        TypeProto type = TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(FLOAT))
                .build();
        byte[] value = join(field(2, type.toByteArray()), field(2, type.toByteArray()));
        assertRefused(
                means().setGraph(GraphProto.parseFrom(means().getGraph().toByteArray()).toBuilder()
                                .setUnknownFields(com.google.protobuf.UnknownFieldSet.newBuilder()
                                        .addField(
                                                12,
                                                com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                                        .addLengthDelimited(ByteString.copyFrom(value))
                                                        .build())
                                        .build()))
                        .build()
                        .toByteArray(),
                "a value in it has the same part twice");
    }

    @Test
    void readsTheLastOfRepeatedNumbersAndTexts() throws IOException {
        byte[] beside = external("weights.bin").toByteArray();
        byte[] here = field(14, 0);
        byte[] elsewhere = field(14, 1);
        assertEquals(1, read(constant(join(beside, here, elsewhere))).external().size());
        assertEquals(0, read(constant(join(beside, here))).external().size());
        // an enumeration is cut to 32 bits
        byte[] outside = external("../x").toByteArray();
        assertRefused(constant(join(outside, here, field(14, (1L << 32) + 1))), "[../x]");
        // the second value of one key
        byte[] entry =
                join(field(1, bytes("location")), field(2, bytes("weights.bin")), field(2, bytes("/etc/passwd")));
        TensorProto bare =
                external("weights.bin").toBuilder().clearExternalData().build();
        assertRefused(constant(join(bare.toByteArray(), field(13, entry))), "[/etc/passwd]");
    }

    @Test
    void refusesFieldsThatAreCutTo32Bits() throws IOException {
        byte[] hidden = join(varint((1L << 32) + (7 << 3 | 2)), varint(0));
        assertRefused(join(means().build().toByteArray(), hidden), "is no ONNX model or is cut short");
    }

    @Test
    void refusesWeightsThatItsFileDoesNotHold() throws IOException {
        for (String[] entry : new String[][] {
            {"offset", "-1", "it must be a number of bytes"},
            {"length", "-1", "it must be a number of bytes"},
            {"length", "x", "it must be a number of bytes"},
            {"offset", "9223372036854775807", "has [16] bytes but needs [9223372036854775807]"},
            {"offset", "1", "has [16] bytes but needs [17]"},
            {"length", "17", "has [16] bytes but needs [17]"},
        }) {
            TensorProto tensor = external("weights.bin").toBuilder()
                    .addExternalData(entry(entry[0], entry[1]))
                    .build();
            assertRefused(constant(tensor.toByteArray()), entry[2]);
        }
        assertRefused(
                constant(external("weights.bin").toBuilder()
                        .addDims(1 << 20)
                        .build()
                        .toByteArray()),
                "needs [16777216]");
        assertEquals(
                1,
                read(constant(external("weights.bin").toByteArray())).external().size());
    }

    @Test
    void refusesLinksThatLeaveTheDirectory() throws IOException {
        Path secret = Files.write(temporary.resolve("secret"), new byte[16]);
        Path kept = Files.write(Files.createDirectory(directory.resolve("data")).resolve("w"), new byte[16]);
        Files.delete(directory.resolve("weights.bin"));
        Files.createSymbolicLink(directory.resolve("weights.bin"), secret);
        String words = "[weights.bin] is a symbolic link that leaves the directory of the model";
        assertRefused(constant(external("weights.bin").toByteArray()), words);
        assertTrue(assertThrows(ModelException.class, () -> ModelFiles.list(directory))
                .getMessage()
                .startsWith(words));
        Files.delete(directory.resolve("weights.bin"));
        Files.createSymbolicLink(directory.resolve("weights.bin"), kept);
        assertEquals(
                1,
                read(constant(external("weights.bin").toByteArray())).external().size());
        Files.createSymbolicLink(directory.resolve("model.json"), secret);
        assertThrows(ModelException.class, () -> ModelFiles.defaults(directory));
    }

    @Test
    void refusesFunctionsThatCallOneAnotherInACircle() throws IOException {
        ModelProto.Builder model = means();
        model.addFunctions(function("A", "x").addNode(call("x", "B")));
        GraphProto inner = GraphProto.newBuilder().addNode(call("x", "A")).build();
        model.addFunctions(function("B", "x")
                .addNode(call("", "If")
                        .addAttribute(AttributeProto.newBuilder().setName("g").setG(inner))));
        assertRefused(model.build().toByteArray(), "calls itself");
        // a standard operator by its other name
        assertRefused(
                means().addFunctions(function("Relu", "").addNode(call("ai.onnx", "Relu")))
                        .build()
                        .toByteArray(),
                "function [Relu] calls itself");
    }

    @Test
    void boundsChainsAndWhatTheyBecome() throws IOException {
        assertRefused(chain(40, 1), "a chain of more than [32]");
        assertRefused(chain(20, 2), "more than [100000] nodes");
        assertEquals(20, read(chain(20, 1)).functions().size());
    }

    /** Each function calls the next one some times. */
    private static byte[] chain(int length, int times) {
        ModelProto.Builder model = means();
        for (int i = 0; i < length; i++) {
            FunctionProto.Builder function = function("f" + i, "x");
            for (int j = 0; j < times; j++) {
                function.addNode(i == length - 1 ? call("", "Relu") : call("x", "f" + (i + 1)));
            }
            model.addFunctions(function);
        }
        model.getGraphBuilder().addNode(call("x", "f0"));
        return model.build().toByteArray();
    }

    @Test
    void countsNestingThroughFunctions() throws IOException {
        ModelProto.Builder model = means();
        for (int i = 0; i < 8; i++) {
            GraphProto inner = GraphProto.newBuilder()
                    .addNode(i == 7 ? call("", "Relu") : call("x", "f" + (i + 1)))
                    .build();
            model.addFunctions(function("f" + i, "x")
                    .addNode(call("", "If")
                            .addAttribute(
                                    AttributeProto.newBuilder().setName("g").setG(inner))));
        }
        assertRefused(model.build().toByteArray(), "nested more than [6] deep, those in functions included");
    }

    private static ModelProto.Builder means() {
        try {
            return ModelProto.parseFrom(Graphs.means(-1)).toBuilder();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static FunctionProto.Builder function(String name, String domain) {
        return FunctionProto.newBuilder().setName(name).setDomain(domain);
    }

    private static NodeProto.Builder call(String domain, String operator) {
        return NodeProto.newBuilder()
                .setDomain(domain)
                .setOpType(operator)
                .addInput("a")
                .addOutput("b");
    }

    /** Four numbers in another file. */
    private static TensorProto external(String location) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(FLOAT)
                .addDims(4)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** A model with this for an initial value. */
    private static byte[] constant(byte[] tensor) throws IOException {
        byte[] graph = join(means().getGraph().toByteArray(), field(5, tensor));
        return join(means().clearGraph().build().toByteArray(), field(7, graph));
    }

    private void assertAttributeRefused(byte[] attribute, String words) throws IOException {
        byte[] node = field(5, join(field(1, bytes("value")), attribute));
        byte[] graph = join(means().getGraph().toByteArray(), field(1, node));
        assertRefused(join(means().clearGraph().build().toByteArray(), field(7, graph)), words);
    }

    private GraphReader read(byte[] model) throws IOException {
        return OnnxFile.read(Files.write(directory.resolve("model.onnx"), model));
    }

    private void assertRefused(byte[] model, String words) throws IOException {
        Path path = Files.write(directory.resolve("model.onnx"), model);
        String message = assertThrows(ModelException.class, () -> OnnxFile.read(path), words)
                .getMessage();
        assertTrue(message.contains(words), message);
    }

    private static byte[] field(int number, byte[] content) throws IOException {
        return join(varint(number << 3 | 2), varint(content.length), content);
    }

    private static byte[] field(int number, long value) throws IOException {
        return join(varint(number << 3), varint(value));
    }

    private static byte[] varint(long value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeUInt64NoTag(value);
        out.flush();
        return bytes.toByteArray();
    }

    private static byte[] bytes(String text) {
        return ByteString.copyFromUtf8(text).toByteArray();
    }

    private static byte[] join(byte[]... parts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] each : parts) {
            bytes.write(each);
        }
        return bytes.toByteArray();
    }
}
