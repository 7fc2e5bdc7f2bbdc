package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Node;
import io.lookalike.model.OnnxGraph.Tensor;
import io.lookalike.model.OnnxGraph.Value;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads the graphs, functions and tensors of an ONNX file, wherever in it they lie, without the numbers of its weights.
 *
 * <p>Whoever reads a file after this must not see another one. Protocol buffers merge a field that occurs twice though it may occur
 * once: the last number or text counts, and the parts of two messages become one. Numbers and texts are read so here, and a message
 * that occurs twice is refused, since no exporter writes that. What is held of a file is bounded. Not thread-safe.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their fields</a>
 */
final class GraphReader {
    /** Graphs in attributes of nodes of graphs in attributes; exporters write one to three. */
    static final int MAX_NESTING = 6;

    /** Nodes, attributes, tensors and values of one file, together; each takes some 200 bytes of heap. */
    static final int MAX_PARTS = 200_000;

    /** Letters of all names in one file. */
    static final int MAX_LETTERS = 16 << 20;

    private static final int MAX_TEXT = 4096;
    private static final int MAX_AXES = 32;
    /** Numbers of a constant that may become a shape. */
    private static final int MAX_NUMBERS = 256;

    private static final int INT32 = 6;
    private static final int INT64 = 7;

    private final WireReader in;
    private OnnxGraph graph;
    private final Map<String, OnnxGraph> functions = new TreeMap<>();
    private final Map<String, String> metadata = new HashMap<>();
    private final List<Tensor> external = new ArrayList<>();
    private final List<OnnxGraph> others = new ArrayList<>();
    private int nesting;
    private int parts;
    private int letters;

    /** Reads from where {@code in} stands up to {@code end}. */
    GraphReader(WireReader in, long end) throws IOException {
        this.in = in;
        model(end);
        if (graph == null) {
            throw new EOFException("no graph");
        }
    }

    OnnxGraph graph() {
        return graph;
    }

    /** By what calls them. */
    Map<String, OnnxGraph> functions() {
        return functions;
    }

    /** Of training, which is never run here but read by whoever loads the file. */
    List<OnnxGraph> others() {
        return others;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    /** Tensors whose numbers lie in another file. */
    List<Tensor> external() {
        return external;
    }

    private void model(long end) throws IOException {
        Set<Integer> once = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 7 << 3 | WireReader.LENGTH -> graph = graph(once(once, 7, "model", end));
                case 14 << 3 | WireReader.LENGTH -> {
                    part();
                    String[] entry = entry(in.end(end), false);
                    metadata.put(entry[0], entry[1]);
                }
                case 20 << 3 | WireReader.LENGTH -> training(in.end(end));
                case 25 << 3 | WireReader.LENGTH -> {
                    OnnxGraph function = function(in.end(end));
                    if (functions.put(function.function(), function) != null) {
                        throw new ModelException("it has two functions [" + shown(function.name) + "] of domain ["
                                + shown(function.domain) + "]; export the model again");
                    }
                }
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
    }

    private void training(long end) throws IOException {
        Set<Integer> once = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> others.add(graph(once(once, 1, "training", end)));
                case 2 << 3 | WireReader.LENGTH -> others.add(graph(once(once, 2, "training", end)));
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
    }

    private OnnxGraph graph(long end) throws IOException {
        OnnxGraph made = new OnnxGraph();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> made.nodes.add(node(in.end(end)));
                case 2 << 3 | WireReader.LENGTH -> made.name = text(end);
                case 5 << 3 | WireReader.LENGTH -> constant(made, tensor(in.end(end)));
                case 11 << 3 | WireReader.LENGTH -> made.inputs.add(value(in.end(end)));
                case 12 << 3 | WireReader.LENGTH -> made.outputs.add(value(in.end(end)));
                case 13 << 3 | WireReader.LENGTH -> {
                    Value value = value(in.end(end));
                    made.values.put(value.name(), value);
                }
                case 15 << 3 | WireReader.LENGTH -> constant(made, sparse(in.end(end)));
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return made;
    }

    private static void constant(OnnxGraph graph, Tensor tensor) {
        if (graph.constants.put(tensor.name, tensor) != null) {
            throw new ModelException(
                    "it has two initial values of [" + shown(tensor.name) + "]; export the model again");
        }
    }

    private OnnxGraph function(long end) throws IOException {
        OnnxGraph made = new OnnxGraph();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> made.name = text(end);
                case 4 << 3 | WireReader.LENGTH -> made.inputs.add(named(text(end)));
                case 5 << 3 | WireReader.LENGTH -> made.outputs.add(named(text(end)));
                case 7 << 3 | WireReader.LENGTH -> made.nodes.add(node(in.end(end)));
                case 10 << 3 | WireReader.LENGTH -> made.domain = text(end);
                case 11 << 3 | WireReader.LENGTH -> {
                    if (attribute(in.end(end)).graphs.isEmpty() == false) {
                        throw new ModelException("function [" + shown(made.name)
                                + "] has a graph for an attribute that callers leave out; export the model again");
                    }
                }
                case 13 << 3 | WireReader.LENGTH -> made.overload = text(end);
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return made;
    }

    private Value named(String name) {
        part();
        return new Value(name, 0, null);
    }

    private Node node(long end) throws IOException {
        part();
        Node node = new Node();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> node.inputs.add(partText(end));
                case 2 << 3 | WireReader.LENGTH -> node.outputs.add(partText(end));
                case 4 << 3 | WireReader.LENGTH -> node.operator = text(end);
                case 5 << 3 | WireReader.LENGTH -> {
                    Attribute attribute = attribute(in.end(end));
                    if (node.attributes.put(attribute.name, attribute) != null) {
                        throw new ModelException("a node [" + shown(node.operator) + "] has two attributes ["
                                + shown(attribute.name) + "]; export the model again");
                    }
                }
                case 7 << 3 | WireReader.LENGTH -> node.domain = text(end);
                case 8 << 3 | WireReader.LENGTH -> node.overload = text(end);
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return node;
    }

    private Attribute attribute(long end) throws IOException {
        part();
        Attribute made = new Attribute();
        Numbers numbers = new Numbers();
        Set<Integer> once = new HashSet<>();
        Set<Integer> kinds = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            int field = tag >>> 3;
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> made.name = text(end);
                case 3 << 3 | WireReader.VARINT -> made.number = in.varint();
                case 4 << 3 | WireReader.LENGTH -> made.text = shortText(end);
                case 5 << 3 | WireReader.LENGTH -> made.tensors.add(tensor(once(once, field, "attribute", end)));
                case 6 << 3 | WireReader.LENGTH -> nested(made, once(once, field, "attribute", end));
                case 7 << 3 | WireReader.LENGTH -> {
                    long next = in.end(end);
                    made.floats += (next - in.position()) / Float.BYTES;
                    in.seek(next);
                }
                case 7 << 3 | WireReader.FIXED32 -> {
                    made.floats++;
                    in.skip(tag, end);
                }
                case 8 << 3 | WireReader.LENGTH, 8 << 3 | WireReader.VARINT -> numbers.read(tag, end);
                case 9 << 3 | WireReader.LENGTH -> {
                    made.texts++;
                    in.skip(tag, end);
                }
                case 10 << 3 | WireReader.LENGTH -> made.tensors.add(tensor(in.end(end)));
                case 11 << 3 | WireReader.LENGTH -> nested(made, in.end(end));
                case 21 << 3 | WireReader.LENGTH -> made.refers = text(end).isEmpty() == false;
                case 22 << 3 | WireReader.LENGTH -> made.tensors.add(sparse(once(once, field, "attribute", end)));
                case 23 << 3 | WireReader.LENGTH -> made.tensors.add(sparse(in.end(end)));
                default -> in.skip(tag, end);
            }
            if (field == 5 || field == 6 || field == 10 || field == 11 || field == 22 || field == 23) {
                kinds.add(field);
            }
        }
        atEnd(end);
        if (kinds.size() > 1) {
            throw new ModelException("attribute [" + shown(made.name)
                    + "] of a node has values of several kinds; it must have one, export the model again");
        }
        made.numbers = numbers.count == 0 ? null : numbers.get();
        return made;
    }

    private void nested(Attribute attribute, long end) throws IOException {
        if (++nesting > MAX_NESTING) {
            throw new ModelException("its graphs are nested more than [" + MAX_NESTING
                    + "] deep; export the model without so many branches and loops within one another");
        }
        attribute.graphs.add(graph(end));
        nesting--;
    }

    private Tensor sparse(long end) throws IOException {
        part();
        Tensor made = new Tensor();
        Numbers dims = new Numbers();
        Set<Integer> once = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> {
                    Tensor values = tensor(once(once, 1, "sparse tensor", end));
                    made.name = values.name;
                    made.type = values.type;
                    made.stored += values.stored;
                }
                case 2 << 3 | WireReader.LENGTH -> made.stored += tensor(once(once, 2, "sparse tensor", end)).stored;
                case 3 << 3 | WireReader.LENGTH, 3 << 3 | WireReader.VARINT -> dims.read(tag, end);
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        made.dims = axes(made.name, dims);
        return made;
    }

    private Tensor tensor(long end) throws IOException {
        part();
        long begin = in.position();
        Tensor made = new Tensor();
        Numbers dims = new Numbers();
        Numbers small = new Numbers();
        ByteBuffer raw = null;
        Map<String, String> data = new HashMap<>();
        Set<Integer> once = new HashSet<>();
        boolean elsewhere = false;
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH, 1 << 3 | WireReader.VARINT -> dims.read(tag, end);
                case 2 << 3 | WireReader.VARINT -> made.type = (int) in.varint();
                case 3 << 3 | WireReader.LENGTH -> in.seek(once(once, 3, "tensor", end));
                case 5 << 3 | WireReader.LENGTH,
                        5 << 3 | WireReader.VARINT,
                        7 << 3 | WireReader.LENGTH,
                        7 << 3 | WireReader.VARINT -> small.read(tag, end);
                case 8 << 3 | WireReader.LENGTH -> made.name = text(end);
                case 9 << 3 | WireReader.LENGTH -> raw = raw(in.end(end));
                case 13 << 3 | WireReader.LENGTH -> {
                    String[] entry = entry(in.end(end), true);
                    if (data.put(entry[0], entry[1]) != null) {
                        throw new ModelException("a tensor says [" + shown(entry[0])
                                + "] of the file of its numbers twice; export the model again");
                    }
                }
                // an enumeration has 32 bits
                case 14 << 3 | WireReader.VARINT -> elsewhere = (int) in.varint() == 1;
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        made.stored = end - begin;
        made.dims = axes(made.name, dims);
        if (elsewhere) {
            made.location = data.getOrDefault("location", "");
            made.offset = number(made, "offset", data);
            made.length = number(made, "length", data);
            external.add(made);
        } else if (made.type == INT64 || made.type == INT32) {
            made.numbers = raw != null && raw.hasRemaining() ? whole(raw, made.type) : small.get();
        }
        return made;
    }

    private static long[] whole(ByteBuffer raw, int type) {
        long[] numbers = new long[raw.remaining() / (type == INT64 ? Long.BYTES : Integer.BYTES)];
        Arrays.setAll(numbers, i -> type == INT64 ? raw.getLong() : raw.getInt());
        return numbers;
    }

    private ByteBuffer raw(long end) throws IOException {
        long bytes = end - in.position();
        if (bytes > MAX_NUMBERS * Long.BYTES) {
            in.seek(end);
            return null;
        }
        byte[] read = new byte[(int) bytes];
        for (int i = 0; i < read.length; i++) {
            read[i] = in.next();
        }
        return ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long number(Tensor tensor, String key, Map<String, String> data) {
        String text = data.getOrDefault(key, "0");
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below, with those that are negative
        }
        throw new ModelException("the [" + key + "] of tensor [" + shown(tensor.name) + "] in another file is ["
                + shown(text) + "]; it must be a number of bytes, export the model again");
    }

    private static long[] axes(String tensor, Numbers dims) {
        if (dims.count > MAX_AXES) {
            throw new ModelException("tensor [" + shown(tensor) + "] has [" + dims.count + "] axes; at most ["
                    + MAX_AXES + "] are allowed");
        }
        return dims.get();
    }

    private Value value(long end) throws IOException {
        part();
        String name = "";
        Value type = new Value("", 0, null);
        Set<Integer> once = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> name = text(end);
                case 2 << 3 | WireReader.LENGTH -> type = type(once(once, 2, "value", end));
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return new Value(name, type.type(), type.shape());
    }

    private Value type(long end) throws IOException {
        Value made = new Value("", 0, null);
        Set<Integer> once = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            if ((tag & 7) == WireReader.LENGTH && tag >>> 3 != 6) {
                long next = once(once, 0, "type", end); // one of several kinds
                if (tag >>> 3 == 1) {
                    made = tensorType(next);
                } else {
                    made = new Value("", Value.NO_TENSOR, null);
                    in.seek(next);
                }
            } else {
                in.skip(tag, end);
            }
        }
        atEnd(end);
        return made;
    }

    private Value tensorType(long end) throws IOException {
        int type = 0;
        long[] shape = null;
        Set<Integer> once = new HashSet<>();
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.VARINT -> type = (int) in.varint();
                case 2 << 3 | WireReader.LENGTH -> shape = shape(once(once, 2, "type", end));
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return new Value("", type, shape);
    }

    private long[] shape(long end) throws IOException {
        long[] axes = new long[MAX_AXES];
        int count = 0;
        while (in.position() < end) {
            int tag = in.tag();
            if (tag == (1 << 3 | WireReader.LENGTH)) {
                if (count == MAX_AXES) {
                    throw new ModelException("a value has more than [" + MAX_AXES + "] axes");
                }
                axes[count++] = axis(in.end(end));
            } else {
                in.skip(tag, end);
            }
        }
        atEnd(end);
        return Arrays.copyOf(axes, count);
    }

    /** -1 where it is open. */
    private long axis(long end) throws IOException {
        long size = -1;
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.VARINT -> size = in.varint();
                case 2 << 3 | WireReader.LENGTH -> { // the last of the two counts
                    size = -1;
                    in.skip(tag, end);
                }
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return size;
    }

    /** A key and its value; texts of a model's own metadata are cut where they are long. */
    private String[] entry(long end, boolean whole) throws IOException {
        String[] texts = {"", ""};
        while (in.position() < end) {
            int tag = in.tag();
            switch (tag) {
                case 1 << 3 | WireReader.LENGTH -> texts[0] = whole ? text(end) : shortText(end);
                case 2 << 3 | WireReader.LENGTH -> texts[1] = whole ? text(end) : shortText(end);
                default -> in.skip(tag, end);
            }
        }
        atEnd(end);
        return texts;
    }

    private String partText(long end) throws IOException {
        part();
        return text(end);
    }

    private String text(long end) throws IOException {
        long next = in.end(end);
        long length = next - in.position();
        letters += (int) Math.min(length, MAX_LETTERS);
        if (length > MAX_TEXT || letters > MAX_LETTERS) {
            throw new ModelException("it has a name of more than [" + MAX_TEXT + "] bytes, or names of more than ["
                    + MAX_LETTERS + "] together; export the model with shorter names");
        }
        return in.text((int) length);
    }

    /** Empty where it is long. */
    private String shortText(long end) throws IOException {
        long next = in.end(end);
        long length = next - in.position();
        if (length <= MAX_TEXT && letters + length <= MAX_LETTERS) {
            letters += (int) length;
            return in.text((int) length);
        }
        in.seek(next);
        return "";
    }

    /** Where a message ends that may occur once. */
    private long once(Set<Integer> seen, int field, String where, long end) throws IOException {
        if (seen.add(field) == false) {
            throw new ModelException((where.startsWith("a") ? "an " : "a ") + where
                    + " in it has the same part twice; export the model again");
        }
        return in.end(end);
    }

    private void part() {
        if (++parts > MAX_PARTS) {
            throw new ModelException(
                    "it has more than [" + MAX_PARTS + "] nodes, names and tensors; export a smaller model");
        }
    }

    private void atEnd(long end) throws IOException {
        if (in.position() != end) {
            throw new EOFException("a field ends after its message");
        }
    }

    static String shown(String text) {
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }

    /** A repeated number, packed or not, of which the first are kept. */
    private final class Numbers {
        private long[] kept = new long[4];
        private long count;

        void read(int tag, long end) throws IOException {
            if ((tag & 7) == WireReader.VARINT) {
                add(in.varint());
                return;
            }
            long next = in.end(end);
            while (in.position() < next && count <= MAX_NUMBERS) {
                add(in.varint());
            }
            if (in.position() > next) {
                throw new EOFException("a number ends after its field");
            }
            in.seek(next);
        }

        private void add(long number) {
            if (count < MAX_NUMBERS) {
                if (count == kept.length) {
                    kept = Arrays.copyOf(kept, 2 * kept.length);
                }
                kept[(int) count] = number;
            }
            count++;
        }

        /** Null where they are too many. */
        long[] get() {
            return count > MAX_NUMBERS ? null : Arrays.copyOf(kept, (int) count);
        }
    }
}
