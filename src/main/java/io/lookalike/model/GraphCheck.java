package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses graphs that ONNX Runtime would take for ever, or too much memory, to load: nobody can end the creation of a session.
 *
 * <p>Looks for functions that call each other in a circle or unfold to too many nodes, for graphs within graphs (loading takes
 * twice the time for each depth) and many of them, for values that very many nodes need, for weights larger than memory, and for
 * fields that a message may have once and has twice, which protocol buffers merge into something that no other reader sees. What
 * a run makes is bounded while it runs ({@link NativeMemory}). Reads the file once, passing over weights; holds names alone. Not
 * thread-safe.
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

    /** Dims of one tensor that are read; ONNX Runtime takes fewer. */
    private static final int MAX_DIMS = 64;

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

    private final WireReader in;
    private final long maxBytes;
    private final Map<String, Body> functions = new HashMap<>();
    /** How many nodes of the model's graphs, or of the function that is read, need each value. */
    private Map<String, Integer> uses = new HashMap<>();

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
     * @param maxBytes what the weights together may take
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
        Map<String, Integer> models = uses;
        uses = new HashMap<>();
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
                case 11 -> attribute(at, body, 1);
                case 13 -> named[2] = name(at);
                default -> {}
            }
        });
        uses = models;
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
                    String name = tensor(at);
                    if (depth == 1) {
                        initialised.add(name);
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
        body.nodes++;
        String[] named = {"", "", ""};
        int[] inputs = {0};
        boolean[] hasGraph = {false};
        message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> checkInput(++inputs[0], name(at));
                case 2 -> name(at);
                case 4 -> named[1] = name(at);
                case 5 -> hasGraph[0] |= attribute(at, body, depth);
                case 7 -> named[0] = name(at);
                case 8 -> named[2] = name(at);
                default -> {}
            }
        });
        if (hasGraph[0]) {
            body.branches++;
            checkBranches(body.branches);
        }
        body.operators.merge(key(named[0], named[1], named[2]), 1, Integer::sum);
    }

    private void checkInput(int count, String name) {
        int used = name.isEmpty() ? 0 : uses.merge(name, 1, Integer::sum);
        if (count > MAX_INPUTS || used > MAX_USES) {
            throw new ModelException("its graph has a node of more than [" + MAX_INPUTS
                    + "] inputs, or a value that more than [" + MAX_USES + "] nodes need; export a smaller one");
        }
    }

    /** Whether it holds a graph. */
    private boolean attribute(long end, Body body, int depth) throws IOException {
        boolean[] hasGraph = {false};
        message(end, Set.of(5, 6, 14, 22), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 5, 10 -> tensor(at);
                case 6, 11 -> {
                    hasGraph[0] = true;
                    graph(at, body, depth + 1);
                }
                case 22, 23 -> sparse(at);
                default -> {}
            }
        });
        return hasGraph[0];
    }

    private static void add(List<Long> dims, long value) {
        if (dims.size() < MAX_DIMS) {
            dims.add(value);
        }
    }

    private void packed(long end, List<Long> dims) throws IOException {
        while (in.position() < end) {
            add(dims, in.varint());
        }
    }

    /** The name of a tensor, whose bytes are spent. */
    private String tensor(long end) throws IOException {
        String[] named = {""};
        int[] element = {0};
        List<Long> dims = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        message(end, Set.of(), (field, type, at) -> {
            if (type == OnnxFile.LENGTH) {
                switch (field) {
                    case 1 -> packed(at, dims);
                    case 8 -> named[0] = name(at);
                    case 13 -> external(at, keys);
                    default -> {}
                }
            } else if (field == 1) {
                add(dims, at);
            } else if (field == 2) {
                element[0] = (int) at;
            }
        });
        spend(product(dims), bytes(element[0]));
        return named[0];
    }

    /** Of one element, 1 for those of less. */
    private static int bytes(int type) {
        return switch (type) {
            case 1, 6, 12 -> Float.BYTES;
            case 4, 5, 10, 16 -> Short.BYTES;
            case 7, 11, 13, 14 -> Long.BYTES;
            case 8, 15 -> 2 * Long.BYTES;
            default -> 1;
        };
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

    private void spend(long elements, long each) {
        bytes += elements > (Long.MAX_VALUE - bytes) / each ? Long.MAX_VALUE - bytes : elements * each;
        if (bytes > maxBytes) {
            throw new ModelException("its weights take more than [" + maxBytes
                    + "] bytes; use a smaller model, or raise [" + Models.MAX_MEMORY + "]");
        }
    }
}
