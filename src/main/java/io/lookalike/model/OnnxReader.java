package io.lookalike.model;

import static io.lookalike.model.WireMessage.FIXED32;
import static io.lookalike.model.WireMessage.FIXED64;
import static io.lookalike.model.WireMessage.LENGTH;
import static io.lookalike.model.WireMessage.VARINT;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Call;
import io.lookalike.model.OnnxGraph.Function;
import io.lookalike.model.OnnxGraph.Graph;
import io.lookalike.model.OnnxGraph.Kind;
import io.lookalike.model.OnnxGraph.Node;
import io.lookalike.model.OnnxGraph.Value;
import io.lookalike.model.OnnxGraph.Weights;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads an ONNX file as ONNX Runtime will read it, passing over weights.
 *
 * <p>What it holds is bounded: parts and text are counted, and a file with more is refused. Weights that lie in other files are handed
 * to whoever asked, wherever a tensor may stand: an initializer, an attribute, a sparse tensor, a function. Not thread-safe.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their fields</a>
 */
final class OnnxReader {
    /** Graphs within a graph; loading takes twice to four times as long for each. */
    static final int MAX_NESTING = 5;

    /** Messages and texts of a file; large transformers have some 50,000. */
    static final int MAX_PARTS = 500_000;

    static final int MAX_TEXT = 4096;
    private static final int MAX_TEXTS = 32 << 20;

    /** Numbers of a tensor that are read, since they may be a shape. */
    static final int MAX_NUMBERS = 1024;

    private static final int MAX_AXES = 64;
    private static final int MAX_METADATA = 1000;
    private static final int EXTERNAL = 1;

    /** Is told of each file that holds weights, with the bytes that it must have at least. */
    interface External {
        void weights(String location, long bytes);
    }

    private final WireReader in;
    private final External external;
    private int parts;
    private int texts;

    private OnnxReader(WireReader in, External external) {
        this.in = in;
        this.external = external;
    }

    /**
     * @throws EOFException where this is no ONNX file or not a whole one
     * @throws ModelException where it is written in a way that no exporter has
     */
    static OnnxGraph read(WireReader in, long bytes, External external) throws IOException {
        return new OnnxReader(in, external).model(new WireMessage(in, bytes, "ModelProto"), bytes);
    }

    private WireMessage part(WireMessage of, String name) {
        count();
        return of.message(name);
    }

    private void count() {
        if (++parts > MAX_PARTS) {
            throw new ModelException(
                    "it has more than [" + MAX_PARTS + "] nodes, names and attributes; export a smaller model");
        }
    }

    private String text(WireMessage of) throws IOException {
        count();
        long length = of.length();
        texts += (int) Math.min(length, MAX_TEXTS);
        if (length > MAX_TEXT || texts > MAX_TEXTS) {
            throw new ModelException("it has names of more than [" + MAX_TEXT + "] bytes, or of more than [" + MAX_TEXTS
                    + "] bytes in all; export the model with shorter ones");
        }
        return in.text((int) length);
    }

    private OnnxGraph model(WireMessage model, long bytes) throws IOException {
        Graph graph = null;
        Map<Call, Function> functions = new HashMap<>();
        Map<String, String> metadata = new HashMap<>();
        while (model.next()) {
            switch (model.key()) {
                case 7 << 3 | LENGTH -> graph = graph(part(model.once(), "GraphProto"), 0);
                case 14 << 3 | LENGTH -> metadata(part(model, "StringStringEntryProto"), metadata);
                case 20 << 3 | LENGTH ->
                    throw new ModelException("it holds graphs for training; export it for inference");
                case 25 << 3 | LENGTH -> function(part(model, "FunctionProto"), functions);
                default -> {}
            }
        }
        if (graph == null) {
            throw new EOFException("no graph");
        }
        return new OnnxGraph(graph, functions, metadata, bytes);
    }

    /** What a program wrote of the model may be long, and is cut. */
    private void metadata(WireMessage entry, Map<String, String> all) throws IOException {
        String[] texts = {"", ""};
        while (entry.next()) {
            if (entry.key() == (1 << 3 | LENGTH) || entry.key() == (2 << 3 | LENGTH)) {
                texts[entry.key() >>> 4] = in.text((int) Math.min(MAX_TEXT, entry.length()));
            }
        }
        if (all.size() < MAX_METADATA) {
            all.put(texts[0], texts[1]);
        }
    }

    private void function(WireMessage function, Map<Call, Function> all) throws IOException {
        String[] named = {"", "", ""};
        Function body = new Function(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        while (function.next()) {
            switch (function.key()) {
                case 1 << 3 | LENGTH -> named[1] = text(function.once());
                case 10 << 3 | LENGTH -> named[0] = text(function.once());
                case 13 << 3 | LENGTH -> named[2] = text(function.once());
                case 4 << 3 | LENGTH -> body.inputs().add(text(function));
                case 5 << 3 | LENGTH -> body.outputs().add(text(function));
                case 7 << 3 | LENGTH -> body.nodes().add(node(part(function, "NodeProto"), 0));
                case 11 << 3 | LENGTH -> body.defaults().add(attribute(part(function, "AttributeProto"), 0));
                default -> {}
            }
        }
        if (all.put(Call.of(named[0], named[1], named[2]), body) != null) {
            throw new ModelException("it has function [" + OnnxFile.cut(named[1]) + "] twice; export the model again");
        }
    }

    private Graph graph(WireMessage graph, int nesting) throws IOException {
        if (nesting > MAX_NESTING) {
            throw new ModelException("it has graphs within graphs deeper than [" + MAX_NESTING
                    + "]; export it without conditions and loops");
        }
        Graph made = new Graph(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        while (graph.next()) {
            switch (graph.key()) {
                case 1 << 3 | LENGTH -> made.nodes().add(node(part(graph, "NodeProto"), nesting));
                case 5 << 3 | LENGTH -> made.weights().add(tensor(part(graph, "TensorProto")));
                case 15 << 3 | LENGTH -> made.weights().add(sparse(part(graph, "SparseTensorProto")));
                case 11 << 3 | LENGTH -> made.inputs().add(value(part(graph, "ValueInfoProto")));
                case 12 << 3 | LENGTH -> made.outputs().add(value(part(graph, "ValueInfoProto")));
                case 13 << 3 | LENGTH -> made.shapes().add(value(part(graph, "ValueInfoProto")));
                case 14 << 3 | LENGTH, 16 << 3 | LENGTH -> count();
                default -> {}
            }
        }
        return made;
    }

    private Node node(WireMessage node, int nesting) throws IOException {
        String[] named = {"", "", "", ""};
        List<String> inputs = new ArrayList<>(2);
        List<String> outputs = new ArrayList<>(1);
        Map<String, Attribute> attributes = new HashMap<>(4);
        while (node.next()) {
            switch (node.key()) {
                case 1 << 3 | LENGTH -> inputs.add(text(node));
                case 2 << 3 | LENGTH -> outputs.add(text(node));
                case 3 << 3 | LENGTH -> named[3] = text(node.once());
                case 4 << 3 | LENGTH -> named[1] = text(node.once());
                case 5 << 3 | LENGTH -> {
                    Attribute attribute = attribute(part(node, "AttributeProto"), nesting);
                    if (attributes.put(attribute.name(), attribute) != null) {
                        throw new ModelException("a node has attribute [" + OnnxFile.cut(attribute.name())
                                + "] twice; export the model again");
                    }
                }
                case 7 << 3 | LENGTH -> named[0] = text(node.once());
                case 8 << 3 | LENGTH -> named[2] = text(node.once());
                case 9 << 3 | LENGTH -> count();
                default -> {}
            }
        }
        return new Node(Call.of(named[0], named[1], named[2]), named[3], inputs, outputs, attributes);
    }

    private Attribute attribute(WireMessage attribute, int nesting) throws IOException {
        String name = "";
        String reference = "";
        String text = "";
        boolean isInteger = false;
        long integer = 0;
        Numbers numbers = new Numbers();
        Weights tensor = null;
        List<Graph> graphs = new ArrayList<>(0);
        while (attribute.next()) {
            switch (attribute.key()) {
                case 1 << 3 | LENGTH -> name = text(attribute.once());
                case 21 << 3 | LENGTH -> reference = text(attribute.once());
                case 2 << 3 | FIXED32 ->
                    numbers.add(Float.intBitsToFloat((int) attribute.once().number()));
                case 3 << 3 | VARINT -> {
                    integer = attribute.once().number();
                    isInteger = true;
                }
                case 4 << 3 | LENGTH -> text = attribute.once().length() > 256 ? "" : text(attribute);
                case 5 << 3 | LENGTH -> tensor = tensor(part(attribute.once(), "TensorProto"));
                case 6 << 3 | LENGTH -> graphs.add(graph(part(attribute.once(), "GraphProto"), nesting + 1));
                case 7 << 3 | FIXED32 -> numbers.add(Float.intBitsToFloat((int) attribute.number()));
                case 7 << 3 | LENGTH -> numbers.packed(attribute, OnnxGraph.FLOAT);
                case 8 << 3 | VARINT -> numbers.add(attribute.number());
                case 8 << 3 | LENGTH -> numbers.packed(attribute, VARINTS);
                case 9 << 3 | LENGTH -> count();
                case 10 << 3 | LENGTH -> tensor(part(attribute, "TensorProto"));
                case 11 << 3 | LENGTH -> graphs.add(graph(part(attribute, "GraphProto"), nesting + 1));
                case 14 << 3 | LENGTH -> attribute.once();
                case 22 << 3 | LENGTH -> tensor = sparse(part(attribute.once(), "SparseTensorProto"));
                case 23 << 3 | LENGTH -> sparse(part(attribute, "SparseTensorProto"));
                case 20 << 3 | VARINT -> attribute.once();
                default -> {}
            }
        }
        return new Attribute(name, reference, isInteger, integer, text, numbers.all(), tensor, graphs);
    }

    private static final int VARINTS = -1;

    /** The first of a list of numbers; where there are more than a shape may have, none. */
    private final class Numbers {
        private double[] first = new double[4];
        private long count;

        private void add(double number) {
            if (count < MAX_NUMBERS) {
                if (count == first.length) {
                    first = Arrays.copyOf(first, first.length * 2);
                }
                first[(int) count] = number;
            }
            count++;
        }

        /** Reads a packed field, or raw bytes, of numbers of an ONNX type. */
        private void packed(WireMessage field, int type) throws IOException {
            int width = type == VARINTS ? 1 : width(type);
            if (field.length() / (type == VARINTS ? 10 : width) > MAX_NUMBERS) {
                count += field.length() / width;
                return;
            }
            while (field.hasMore()) {
                add(type == VARINTS ? in.varint() : number(type, in.fixed(width)));
            }
        }

        private double[] all() {
            return count > MAX_NUMBERS ? null : Arrays.copyOf(first, (int) count);
        }
    }

    private static double number(int type, long bits) {
        return switch (type) {
            case 1 -> Float.intBitsToFloat((int) bits);
            case 11 -> Double.longBitsToDouble(bits);
            case 3 -> (byte) bits;
            case 5 -> (short) bits;
            case 6 -> (int) bits;
            case 10 -> Float.float16ToFloat((short) bits);
            case 16 -> Float.intBitsToFloat((int) bits << 16);
            default -> bits;
        };
    }

    /** Bytes of one element in memory. */
    static int width(int type) {
        return switch (type) {
            case 1, 6, 12 -> Integer.BYTES;
            case 7, 11, 13, 14 -> Long.BYTES;
            case 4, 5, 10, 16 -> Short.BYTES;
            case 8 -> 32;
            case 15 -> 2 * Long.BYTES;
            case 2, 3, 9, 17, 18, 19, 20, 21, 22, 23 -> Byte.BYTES;
            default -> Long.BYTES;
        };
    }

    private Weights tensor(WireMessage tensor) throws IOException {
        String name = "";
        int type = OnnxGraph.NO_TYPE;
        int location = 0;
        long stored = 0;
        Numbers dims = new Numbers();
        Numbers numbers = new Numbers();
        long[] raw = null;
        Map<String, String> outside = new HashMap<>(4);
        while (tensor.next()) {
            stored += (tensor.key() & 7) == LENGTH ? tensor.length() : Long.BYTES;
            switch (tensor.key()) {
                case 1 << 3 | VARINT -> dims.add(tensor.number());
                case 1 << 3 | LENGTH -> dims.packed(tensor, VARINTS);
                case 2 << 3 | VARINT -> type = (int) tensor.once().number();
                case 4 << 3 | FIXED32 -> numbers.add(Float.intBitsToFloat((int) tensor.number()));
                case 4 << 3 | LENGTH -> numbers.packed(tensor, OnnxGraph.FLOAT);
                case 5 << 3 | VARINT, 7 << 3 | VARINT, 11 << 3 | VARINT -> numbers.add(tensor.number());
                case 5 << 3 | LENGTH, 7 << 3 | LENGTH, 11 << 3 | LENGTH -> numbers.packed(tensor, VARINTS);
                case 6 << 3 | LENGTH -> count();
                case 8 << 3 | LENGTH -> name = text(tensor.once());
                case 9 << 3 | LENGTH ->
                    raw = new long[] {in.position(), tensor.once().length()};
                case 10 << 3 | FIXED64 -> numbers.add(Double.longBitsToDouble(tensor.number()));
                case 10 << 3 | LENGTH -> numbers.packed(tensor, 11);
                case 13 << 3 | LENGTH -> outside(part(tensor, "StringStringEntryProto"), outside);
                case 14 << 3 | VARINT -> location = (int) tensor.once().number();
                default -> {}
            }
        }
        long[] shape = shape(dims);
        long bytes = Bounds.times(Bounds.product(shape), width(type));
        if (location != 0) {
            external(location, outside, bytes);
            return new Weights(name, type, shape, bytes, null);
        }
        if (raw != null && raw[1] / width(type) <= MAX_NUMBERS && type != 8) {
            in.seek(raw[0]);
            for (long left = raw[1]; left >= width(type); left -= width(type)) {
                numbers.add(number(type, width(type) > Long.BYTES ? in.fixed(1) : in.fixed(width(type))));
            }
        }
        boolean all = numbers.count == Bounds.product(shape) && numbers.count <= MAX_NUMBERS;
        return new Weights(name, type, shape, Math.max(bytes, stored), all ? numbers.all() : null);
    }

    private static long[] shape(Numbers dims) {
        double[] axes = dims.all();
        if (axes == null || axes.length > MAX_AXES) {
            throw new ModelException("a tensor has more than [" + MAX_AXES + "] axes; export the model again");
        }
        for (double axis : axes) {
            if (axis < 0) {
                throw new ModelException("a tensor has an axis of [" + axis + "]; export the model again");
            }
        }
        return Arrays.stream(axes).mapToLong(axis -> (long) axis).toArray();
    }

    /** A key (field 1) and its value (field 2), of what tells where weights lie. */
    private void outside(WireMessage entry, Map<String, String> all) throws IOException {
        String[] texts = {"", ""};
        while (entry.next()) {
            if (entry.key() == (1 << 3 | LENGTH) || entry.key() == (2 << 3 | LENGTH)) {
                texts[entry.key() >>> 4] = text(entry.once());
            }
        }
        if (all.put(texts[0], texts[1]) != null) {
            throw new ModelException("a tensor says twice where its weights lie; export the model again");
        }
    }

    private void external(int location, Map<String, String> said, long bytes) {
        if (location != EXTERNAL) {
            throw new ModelException("a tensor lies at a place of kind [" + location
                    + "]; it must be [0], in the file, or [1], in a file beside it");
        }
        for (String key : said.keySet()) {
            if (!List.of("location", "offset", "length", "checksum").contains(key)) {
                throw new ModelException("a tensor in another file says [" + OnnxFile.cut(key)
                        + "]; it may say [location], [offset], [length] and [checksum], export the model again");
            }
        }
        long length = number(said, "length", bytes);
        long end = Bounds.plus(number(said, "offset", 0), Math.max(length, bytes));
        external.weights(said.getOrDefault("location", ""), end);
    }

    private static long number(Map<String, String> said, String key, long missing) {
        String text = said.getOrDefault(key, "");
        if (text.isEmpty()) {
            return missing;
        }
        if (text.length() > 18 || !text.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
            throw new ModelException("a tensor in another file has [" + key + "] [" + OnnxFile.cut(text)
                    + "]; it must be a whole number of bytes");
        }
        return Long.parseLong(text);
    }

    /** Becomes a dense tensor of its own shape when it is loaded. */
    private Weights sparse(WireMessage sparse) throws IOException {
        Weights values = null;
        Numbers dims = new Numbers();
        while (sparse.next()) {
            switch (sparse.key()) {
                case 1 << 3 | LENGTH -> values = tensor(part(sparse.once(), "TensorProto"));
                case 2 << 3 | LENGTH -> tensor(part(sparse.once(), "TensorProto"));
                case 3 << 3 | VARINT -> dims.add(sparse.number());
                case 3 << 3 | LENGTH -> dims.packed(sparse, VARINTS);
                default -> {}
            }
        }
        int type = values == null ? OnnxGraph.NO_TYPE : values.type();
        long[] shape = shape(dims);
        return new Weights(
                values == null ? "" : values.name(),
                type,
                shape,
                Bounds.times(Bounds.product(shape), width(type)),
                null);
    }

    private Value value(WireMessage value) throws IOException {
        String name = "";
        Value type = new Value("", Kind.OTHER, OnnxGraph.NO_TYPE, null);
        while (value.next()) {
            switch (value.key()) {
                case 1 << 3 | LENGTH -> name = text(value.once());
                case 2 << 3 | LENGTH -> type = type(part(value.once(), "TypeProto"));
                case 4 << 3 | LENGTH -> count();
                default -> {}
            }
        }
        return new Value(name, type.kind(), type.type(), type.shape());
    }

    private Value type(WireMessage type) throws IOException {
        Value made = new Value("", Kind.OTHER, OnnxGraph.NO_TYPE, null);
        while (type.next()) {
            switch (type.key()) {
                case 1 << 3 | LENGTH -> made = tensorType(part(type.once(1), "Tensor"));
                case 4 << 3 | LENGTH -> {
                    type.once(1);
                    made = new Value("", Kind.SEQUENCE, OnnxGraph.NO_TYPE, null);
                }
                case 5 << 3 | LENGTH -> {
                    type.once(1);
                    made = new Value("", Kind.MAP, OnnxGraph.NO_TYPE, null);
                }
                case 7 << 3 | LENGTH, 8 << 3 | LENGTH, 9 << 3 | LENGTH -> type.once(1);
                default -> {}
            }
        }
        return made;
    }

    private Value tensorType(WireMessage tensor) throws IOException {
        int type = OnnxGraph.NO_TYPE;
        List<Long> shape = null;
        while (tensor.next()) {
            switch (tensor.key()) {
                case 1 << 3 | VARINT -> type = (int) tensor.once().number();
                case 2 << 3 | LENGTH -> shape = axes(part(tensor.once(), "TensorShapeProto"));
                default -> {}
            }
        }
        long[] axes =
                shape == null ? null : shape.stream().mapToLong(Long::longValue).toArray();
        return new Value("", Kind.TENSOR, type, axes);
    }

    private List<Long> axes(WireMessage shape) throws IOException {
        List<Long> axes = new ArrayList<>();
        while (shape.next()) {
            if (shape.key() == (1 << 3 | LENGTH)) {
                axes.add(axis(part(shape, "Dimension")));
            }
        }
        if (axes.size() > MAX_AXES) {
            throw new ModelException("a tensor has more than [" + MAX_AXES + "] axes; export the model again");
        }
        return axes;
    }

    private static long axis(WireMessage axis) throws IOException {
        long size = -1;
        while (axis.next()) {
            switch (axis.key()) {
                case 1 << 3 | VARINT -> size = axis.once(1).number();
                case 2 << 3 | LENGTH -> axis.once(1);
                default -> {}
            }
        }
        return Math.max(size, -1);
    }
}
