package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses graphs that ONNX Runtime would take for ever, or the whole memory, to load: nobody can end the creation of a session.
 *
 * <p>Looks for functions that call each other in a circle or unfold to too many nodes, for graphs within graphs (loading takes
 * twice the time for each depth) and many of them, for values that very many nodes need, for fields that a message may have once and has twice, which protocol buffers merge into
 * something that no other reader sees, and for tensors whose size the graph itself states: initializers, declared outputs, and what
 * nodes make of constants. What depends on the input is not known here: an unknown number counts as one that adds nothing. Reads
 * the file once, passing over weights; holds names and small integers alone. Not thread-safe.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their fields</a>
 */
final class GraphCheck {
    /** Graphs within graphs; what exporters write has one or two. */
    private static final int MAX_GRAPH_DEPTH = 5;

    /**
     * Of a graph with its subgraphs and all functions unfolded; large transformers have some thousands. ONNX Runtime 1.21.1 loads
     * 50,000 in a row in 3 s.
     */
    private static final int MAX_NODES = 50_000;

    /** Functions that call each other in a row: a thousand end the process. */
    private static final int MAX_CALL_DEPTH = 32;

    /** Nodes with graphs of their own, unfolded: 1,000 conditions take 0.25 s to load, 4,000 take 8 s. */
    private static final int MAX_BRANCHES = 1_000;

    /** Inputs of one node: 8,000 take 1.5 s, 49,000 more than a minute. */
    private static final int MAX_INPUTS = 4_000;

    /** Nodes that need one value: 4,000 take 2 s, 16,000 take 40 s. */
    private static final int MAX_USES = 4_000;

    private static final int MAX_TEXT_BYTES = 32 << 20;
    private static final int MAX_NAME = 4096;

    /** Elements of an integer tensor that is read; a shape has fewer. */
    private static final int MAX_INTS = 64;

    private static final int MAX_PROPERTIES = 1000;

    /** Names of the elements' types by number. */
    private static final List<String> TYPES = List.of(
            "undefined",
            "float32",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "string",
            "bool",
            "float16",
            "float64",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
            "bfloat16");

    private static final long UNKNOWN = Long.MIN_VALUE;
    private static final int INT32 = 6;
    private static final int INT64 = 7;

    /** A graph or a function, and what it calls. */
    private static final class Body {
        private long nodes;
        /** Of the graphs within it; 1 without any. */
        private int depth = 1;
        /** Nodes that have graphs. */
        private long branches;
        /** Operators by domain and name, with how often each stands there. */
        private final Map<String, Integer> operators = new HashMap<>();
    }

    /** What is known of values by their names, and the nodes that make more, in the order of their work. */
    private static final class Scope {
        private final Map<String, long[]> constants = new HashMap<>();
        /** Elements of values that are larger than one. */
        private final Map<String, Long> sizes = new HashMap<>();

        private final Map<String, Integer> uses = new HashMap<>();
        private final List<Node> nodes = new ArrayList<>();
    }

    private static final class Node {
        private String operator = "";
        private String domain = "";
        private final List<String> inputs = new ArrayList<>();
        private final List<String> outputs = new ArrayList<>();
        private boolean hasGraph;
        private long[] shape;
        private long[] value;
        private long valueBytes = Float.BYTES;
    }

    private static final class Tensor {
        private String name = "";
        private long elements = 1;
        private int type;
        private long[] ints;
    }

    private final WireReader in;
    private final long maxBytes;
    private final Map<String, Body> functions = new HashMap<>();
    /** Those of the model's graphs, or of the function that is read: names and values of these are its own. */
    private Scope scope = new Scope();

    private final Set<String> initialised = new HashSet<>();
    private final List<TensorInfo> inputs = new ArrayList<>();
    private final List<TensorInfo> outputs = new ArrayList<>();
    private long text;
    private long nodes;
    private long bytes;

    private GraphCheck(WireReader in, long maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * @param maxBytes what the tensors together may take whose sizes the graph states
     * @return what ONNX Runtime says of the graph once it is loaded
     * @throws ModelException for what must not be loaded
     */
    static Signature check(Path path, long maxBytes) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            return new GraphCheck(new WireReader(channel), maxBytes).model(channel.size());
        } catch (EOFException e) {
            throw new ModelException(
                    "[" + path.getFileName() + "] is no ONNX model or is cut short; export it again", e);
        }
    }

    /** Is told of each field of a message; one that it does not read is passed over. */
    private interface Fields {
        /** @param end of a field that has a length, else its value */
        void field(int field, int type, long end) throws IOException;
    }

    /** Reads a message; {@code once} are its fields that hold a message and may be there once. */
    private void message(long end, Set<Integer> once, Fields fields) throws IOException {
        Set<Integer> seen = new HashSet<>();
        while (in.position() < end) {
            long tag = in.tag();
            int field = (int) (tag >>> 3);
            int type = (int) tag & 7;
            switch (type) {
                case OnnxFile.VARINT -> fields.field(field, type, in.varint());
                case OnnxFile.FIXED64 -> in.seek(in.position() + Long.BYTES);
                case OnnxFile.FIXED32 -> in.seek(in.position() + Integer.BYTES);
                case OnnxFile.LENGTH -> {
                    long length = in.varint();
                    if (length < 0 || length > end - in.position()) {
                        throw new EOFException("a field ends after its message");
                    }
                    long next = in.position() + length;
                    if (once.contains(field) && !seen.add(field)) {
                        throw new ModelException("its graph has a part twice that may be there once (field [" + field
                                + "]); export it again");
                    }
                    fields.field(field, type, next);
                    in.seek(next);
                }
                default -> throw new EOFException("no such wire type");
            }
        }
    }

    private String name(long end) throws IOException {
        long length = end - in.position();
        text += length;
        if (length > MAX_NAME || text > MAX_TEXT_BYTES) {
            throw new ModelException("its graph has names of more than [" + MAX_NAME + "] bytes, or of more than ["
                    + MAX_TEXT_BYTES + "] in all; export it with shorter ones");
        }
        return in.text((int) length);
    }

    private Signature model(long end) throws IOException {
        Body main = new Body();
        Map<String, String> metadata = new HashMap<>();
        message(end, Set.of(7), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && field == 7) {
                graph(at, main, 1);
            } else if (type == OnnxFile.LENGTH && field == 14) {
                property(at, metadata);
            } else if (type == OnnxFile.LENGTH && field == 25) {
                function(at);
            }
        });
        // initializers come after the nodes in a file
        scope.nodes.forEach(this::evaluate);
        unfold(main, new HashSet<>(), new HashMap<>());
        inputs.removeIf(input -> initialised.contains(input.name()));
        return new Signature(inputs, outputs, metadata);
    }

    /** What a program wrote of the model, which may be long and is cut. */
    private void property(long end, Map<String, String> metadata) throws IOException {
        String[] entry = {"", ""};
        message(end, Set.of(), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && (field == 1 || field == 2)) {
                entry[field - 1] = in.text((int) Math.min(MAX_NAME, at - in.position()));
            }
        });
        if (metadata.size() < MAX_PROPERTIES) {
            metadata.put(entry[0], entry[1]);
        }
    }

    private void function(long end) throws IOException {
        Scope models = scope;
        scope = new Scope();
        Body body = new Body();
        String[] named = {"", "", ""};
        message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> named[1] = name(at);
                case 7 -> node(at, body, 1);
                case 10 -> named[0] = name(at);
                case 11 -> attribute(at, new Node(), body, 1);
                case 13 -> named[2] = name(at);
                default -> {}
            }
        });
        scope.nodes.forEach(this::evaluate);
        scope = models;
        if (functions.putIfAbsent(key(named[0], named[1], named[2]), body) != null) {
            throw new ModelException("its graph has a function twice; export it again");
        }
    }

    private static String key(String domain, String name, String overload) {
        return (domain.equals("ai.onnx") ? "" : domain) + "\n" + name + "\n" + overload;
    }

    /** What a body becomes with all that it calls in its place. */
    private record Unfolded(long nodes, int depth, long branches) {}

    private Unfolded unfold(Body body, Set<String> open, Map<String, Unfolded> done) {
        long all = body.nodes;
        long branches = body.branches;
        int depth = 0;
        for (Map.Entry<String, Integer> operator : body.operators.entrySet()) {
            Body called = functions.get(operator.getKey());
            if (called == null) {
                continue;
            }
            if (!open.add(operator.getKey()) || open.size() > MAX_CALL_DEPTH) {
                throw new ModelException("its functions call each other in a circle, or deeper than [" + MAX_CALL_DEPTH
                        + "]; export it without functions");
            }
            Unfolded known = done.get(operator.getKey());
            Unfolded made = known != null ? known : unfold(called, open, done);
            done.put(operator.getKey(), made);
            open.remove(operator.getKey());
            all += made.nodes * operator.getValue();
            branches += made.branches * operator.getValue();
            depth = Math.max(depth, made.depth - 1);
            checkNodes(all);
            checkBranches(branches);
        }
        checkDepth(body.depth + depth);
        return new Unfolded(all, body.depth + depth, branches);
    }

    private static void checkBranches(long count) {
        if (count > MAX_BRANCHES) {
            throw new ModelException("its graph has more than [" + MAX_BRANCHES
                    + "] conditions and loops, those of its functions included; export it without them");
        }
    }

    private static void checkDepth(int depth) {
        if (depth > MAX_GRAPH_DEPTH) {
            throw new ModelException("it has graphs within graphs deeper than [" + MAX_GRAPH_DEPTH
                    + "]; export it without conditions and loops");
        }
    }

    private static void checkNodes(long count) {
        if (count > MAX_NODES) {
            throw new ModelException("its graph has more than [" + MAX_NODES
                    + "] nodes, those of its functions included; export a smaller one");
        }
    }

    private void graph(long end, Body body, int depth) throws IOException {
        body.depth = Math.max(body.depth, depth);
        checkDepth(depth);
        message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> node(at, body, depth);
                case 5 -> {
                    Tensor tensor = tensor(at);
                    scope.constants.put(tensor.name, tensor.ints);
                    scope.sizes.put(tensor.name, tensor.elements);
                    if (depth == 1) {
                        initialised.add(tensor.name);
                    }
                }
                case 11 -> {
                    TensorInfo input = value(at);
                    if (depth == 1) {
                        inputs.add(input);
                    }
                }
                case 12 -> {
                    TensorInfo output = value(at);
                    spend(product(output.shape()), Float.BYTES);
                    if (depth == 1) {
                        outputs.add(output);
                    }
                }
                case 15 -> sparse(at);
                default -> {}
            }
        });
    }

    private void node(long end, Body body, int depth) throws IOException {
        checkNodes(++nodes);
        Node node = new Node();
        body.nodes++;
        // before those of its subgraphs, which use what came before it
        scope.nodes.add(node);
        String[] overload = {""};
        message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> addInput(node, name(at));
                case 2 -> node.outputs.add(name(at));
                case 4 -> node.operator = name(at);
                case 5 -> attribute(at, node, body, depth);
                case 7 -> node.domain = name(at);
                case 8 -> overload[0] = name(at);
                default -> {}
            }
        });
        if (node.hasGraph) {
            body.branches++;
            checkBranches(body.branches);
        }
        body.operators.merge(key(node.domain, node.operator, overload[0]), 1, Integer::sum);
    }

    private void addInput(Node node, String name) {
        node.inputs.add(name);
        int uses = name.isEmpty() ? 0 : scope.uses.merge(name, 1, Integer::sum);
        if (node.inputs.size() > MAX_INPUTS || uses > MAX_USES) {
            throw new ModelException("its graph has a node of more than [" + MAX_INPUTS
                    + "] inputs, or a value that more than [" + MAX_USES + "] nodes need; export a smaller one");
        }
    }

    private void attribute(long end, Node node, Body body, int depth) throws IOException {
        String[] named = {""};
        List<Long> ints = new ArrayList<>();
        message(end, Set.of(5, 6, 14, 22), (field, type, at) -> {
            if (type == OnnxFile.LENGTH) {
                switch (field) {
                    case 1 -> named[0] = name(at);
                    case 5, 10 -> {
                        Tensor tensor = tensor(at);
                        node.value = tensor.ints;
                        node.valueBytes = Long.BYTES;
                    }
                    case 6, 11 -> {
                        node.hasGraph = true;
                        graph(at, body, depth + 1);
                    }
                    case 8 -> packed(at, ints);
                    case 22, 23 -> sparse(at);
                    default -> {}
                }
            } else if (field == 3 || field == 8) {
                add(ints, at);
            }
        });
        long[] values = ints.stream().mapToLong(Long::longValue).toArray();
        if (named[0].equals("shape")) {
            node.shape = values;
        } else if (named[0].startsWith("value_int")) {
            node.value = values;
        }
    }

    private static void add(List<Long> ints, long value) {
        if (ints.size() < MAX_INTS) {
            ints.add(value);
        }
    }

    private void packed(long end, List<Long> ints) throws IOException {
        while (in.position() < end) {
            add(ints, in.varint());
        }
    }

    private Tensor tensor(long end) throws IOException {
        Tensor tensor = new Tensor();
        List<Long> values = new ArrayList<>();
        List<Long> dims = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        long[] raw = {-1, -1};
        message(end, Set.of(), (field, type, at) -> {
            if (type == OnnxFile.LENGTH) {
                switch (field) {
                    case 1 -> packed(at, dims);
                    case 5, 7 -> packed(at, values);
                    case 8 -> tensor.name = name(at);
                    case 9 -> {
                        raw[0] = in.position();
                        raw[1] = at;
                    }
                    case 13 -> external(at, keys);
                    default -> {}
                }
            } else if (field == 1) {
                add(dims, at);
            } else if (field == 2) {
                tensor.type = (int) at;
            } else if (field == 5 || field == 7) {
                add(values, at);
            }
        });
        tensor.elements = product(dims);
        spend(tensor.elements, 1);
        if ((tensor.type != INT64 && tensor.type != INT32) || tensor.elements > MAX_INTS) {
            return tensor;
        }
        if (raw[0] >= 0) {
            in.seek(raw[0]);
            int width = tensor.type == INT64 ? Long.BYTES : Integer.BYTES;
            while (in.position() + width <= raw[1] && values.size() < MAX_INTS) {
                long value = 0;
                for (int b = 0; b < width; b++) {
                    value |= (in.next() & 0xffL) << (8 * b);
                }
                values.add(width == Integer.BYTES ? (int) value : value);
            }
        }
        tensor.ints = values.stream().mapToLong(Long::longValue).toArray();
        return tensor;
    }

    private void external(long end, Set<String> keys) throws IOException {
        int before = keys.size();
        message(end, Set.of(1), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && field == 1) {
                keys.add(name(at));
            }
        });
        if (keys.size() == before) {
            throw new ModelException("a tensor says twice where its weights lie; export it again");
        }
    }

    /** Made dense when it is loaded. */
    private void sparse(long end) throws IOException {
        List<Long> dims = new ArrayList<>();
        message(end, Set.of(1, 2), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && (field == 1 || field == 2)) {
                tensor(at);
            } else if (type == OnnxFile.LENGTH && field == 3) {
                packed(at, dims);
            } else if (field == 3) {
                add(dims, at);
            }
        });
        spend(product(dims), Long.BYTES);
    }

    /** What a graph says of an input or output. */
    private TensorInfo value(long end) throws IOException {
        String[] said = {"", "map"};
        List<Long> shape = new ArrayList<>();
        message(end, Set.of(2), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && field == 1) {
                said[0] = name(at);
            } else if (type == OnnxFile.LENGTH && field == 2) {
                message(at, Set.of(1), (f, t, inner) -> {
                    if (t == OnnxFile.LENGTH && f == 1) {
                        said[1] = tensorType(inner, shape);
                    } else if (f == 4) {
                        said[1] = "sequence";
                    }
                });
            }
        });
        return new TensorInfo(
                said[0], said[1], shape.stream().mapToLong(Long::longValue).toArray());
    }

    /** The type of a tensor's elements; its dims are added, -1 for one that is not known. */
    private String tensorType(long end, List<Long> shape) throws IOException {
        int[] element = {0};
        message(end, Set.of(2), (field, type, at) -> {
            if (type == OnnxFile.VARINT && field == 1) {
                element[0] = (int) at;
            } else if (type == OnnxFile.LENGTH && field == 2) {
                message(at, Set.of(), (f, t, dim) -> {
                    if (t == OnnxFile.LENGTH && f == 1) {
                        long[] size = {-1};
                        message(
                                dim,
                                Set.of(),
                                (g, u, value) -> size[0] = g == 1 && u == OnnxFile.VARINT ? value : size[0]);
                        add(shape, size[0]);
                    }
                });
            }
        });
        return element[0] >= 0 && element[0] < TYPES.size() ? TYPES.get(element[0]) : "undefined";
    }

    /** Of what is known and more than 1; at most {@link Long#MAX_VALUE}. */
    private static long product(Iterable<Long> dims) {
        long product = 1;
        for (long dim : dims) {
            if (dim == 0) {
                return 0;
            }
            if (dim > 1) {
                product = product > Long.MAX_VALUE / dim ? Long.MAX_VALUE : product * dim;
            }
        }
        return product;
    }

    private static long product(long[] dims) {
        return dims == null ? 1 : product(Arrays.stream(dims).boxed().toList());
    }

    private void spend(long elements, long each) {
        bytes += elements > (Long.MAX_VALUE - bytes) / each ? Long.MAX_VALUE - bytes : elements * each;
        if (bytes > maxBytes) {
            throw new ModelException("its graph makes tensors of more than [" + maxBytes
                    + "] bytes; use a smaller model, or raise [" + Models.MAX_MEMORY + "]");
        }
    }

    private long[] input(Node node, int at) {
        return at < node.inputs.size() ? scope.constants.get(node.inputs.get(at)) : null;
    }

    /** What a node makes of integers that are known, and the size of what it makes. */
    private void evaluate(Node node) {
        long[] made = null;
        switch (node.operator) {
            case "Constant" -> made = node.value;
            case "Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape", "ReduceMax", "ReduceMin", "Abs", "Flatten" ->
                made = input(node, 0);
            case "Add" ->
                made = combine(node, (a, b) -> a > Long.MAX_VALUE - Math.max(0, b) ? Long.MAX_VALUE : a + b, 0);
            case "Sub" -> made = combine(node, (a, b) -> a - b, 0);
            case "Mul", "Pow" -> made = combine(node, GraphCheck::times, 1);
            case "Div" -> made = combine(node, (a, b) -> b == 0 ? 0 : a / b, 1);
            case "Max" -> made = combine(node, Math::max, 0);
            case "Concat" -> made = concat(node);
            case "ReduceSum", "ReduceProd" -> {
                long[] all = input(node, 0);
                if (all != null) {
                    boolean sum = node.operator.equals("ReduceSum");
                    long reduced = sum ? 0 : 1;
                    for (long each : all) {
                        if (each != UNKNOWN) {
                            reduced = sum ? reduced + each : times(reduced, each);
                        }
                    }
                    made = new long[] {reduced};
                }
            }
            case "ConstantOfShape" -> size(node, product(input(node, 0)), node.valueBytes);
            case "Expand" -> size(node, Math.max(size(node, 0), product(input(node, 1))), Float.BYTES);
            case "Tile" -> size(node, times(size(node, 0), product(input(node, 1))), Float.BYTES);
            case "Resize" -> size(node, product(input(node, 3)), Float.BYTES);
            case "Range" -> range(node);
            case "OneHot" -> size(node, times(size(node, 0), product(input(node, 1))), Float.BYTES);
            case "Pad" -> pad(node);
            case "RandomNormal", "RandomUniform", "Multinomial", "Bernoulli" ->
                size(node, product(node.shape), Long.BYTES);
            default -> {}
        }
        if (!node.outputs.isEmpty() && made != null) {
            scope.constants.put(node.outputs.getFirst(), made);
        }
        if (node.operator.equals("Identity") || node.operator.equals("Cast")) {
            remember(node, size(node, 0));
        }
    }

    /** Elements of an input, at least. */
    private long size(Node node, int at) {
        return at < node.inputs.size() ? scope.sizes.getOrDefault(node.inputs.get(at), 1L) : 1;
    }

    /** Spends what a node makes, and remembers it for the next. */
    private void size(Node node, long elements, long each) {
        spend(elements, each);
        remember(node, elements);
    }

    private void remember(Node node, long elements) {
        if (!node.outputs.isEmpty() && elements > 1) {
            scope.sizes.put(node.outputs.getFirst(), elements);
        }
    }

    private void range(Node node) {
        long[] start = input(node, 0);
        long[] limit = input(node, 1);
        long[] step = input(node, 2);
        if (limit != null && limit.length > 0 && limit[0] > 0) {
            long from = start == null || start.length == 0 ? 0 : start[0];
            long each = step == null || step.length == 0 ? 1 : Math.max(1, Math.abs(step[0]));
            size(node, Math.max(0, (limit[0] - from) / each), Long.BYTES);
        }
    }

    private void pad(Node node) {
        long[] pads = input(node, 1);
        if (pads != null) {
            long[] sides = Arrays.stream(pads).filter(pad -> pad > 0).toArray();
            size(node, product(sides), Float.BYTES);
        }
    }

    private static long times(long a, long b) {
        if (a == 0 || b == 0) {
            return 0;
        }
        return Math.abs((double) a * b) > Long.MAX_VALUE / 2.0 ? Long.MAX_VALUE / 2 : a * b;
    }

    private interface Operation {
        long of(long a, long b);
    }

    /** Element by element; one that is not known is {@code neutral}, and nothing at all is where neither is. */
    private long[] combine(Node node, Operation operation, long neutral) {
        long[] a = input(node, 0);
        long[] b = input(node, 1);
        if (a == null && b == null) {
            return null;
        }
        int length = Math.max(a == null ? 1 : a.length, b == null ? 1 : b.length);
        long[] made = new long[length];
        for (int i = 0; i < length; i++) {
            made[i] = operation.of(at(a, i, neutral), at(b, i, neutral));
        }
        return made;
    }

    private static long at(long[] values, int i, long neutral) {
        if (values == null || values.length == 0) {
            return neutral;
        }
        long value = values[values.length == 1 ? 0 : Math.min(i, values.length - 1)];
        return value == UNKNOWN ? neutral : value;
    }

    private long[] concat(Node node) {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < node.inputs.size(); i++) {
            long[] values = input(node, i);
            if (values == null) {
                add(all, UNKNOWN);
            } else {
                Arrays.stream(values).forEach(value -> add(all, value));
            }
        }
        return all.stream().mapToLong(Long::longValue).toArray();
    }
}
