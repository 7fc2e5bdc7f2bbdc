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
import java.util.TreeSet;

/**
 * Refuses graphs that ONNX Runtime would take for ever, or too much memory, to load: nobody can end the creation of a
 * session.
 *
 * <p>Looks for functions that call each other in a circle or unfold to too many nodes, for graphs within graphs
 * (loading takes twice the time for each depth) and many of them, for values that very many nodes need, for weights
 * larger than memory, and for fields that a message may have once and has twice, which protocol buffers merge into
 * something that no other reader sees. What a run makes is bounded while it runs ({@link NativeMemory}). Reads the file
 * once, passing over weights; holds names alone. Not thread-safe.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their
 *     fields</a>
 */
final class GraphCheck {
    /** Graphs within graphs; what exporters write has one or two. */
    private static final int MAX_GRAPH_DEPTH = 5;

    /**
     * Of a graph with its subgraphs and all functions unfolded; large transformers have some thousands. ONNX Runtime
     * 1.21.1 loads 50,000 in a row in 3 s.
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
    /** What holding a name takes beside its letters. */
    private static final int NAME_BYTES = 64;

    /** Inputs and outputs with those that weights stand for, which old files list, and without. */
    private static final int MAX_VALUES = 100_000;

    private static final int MAX_OPEN_VALUES = 100;

    /** What programs write of a model. */
    private static final int MAX_DESCRIPTION_BYTES = 4 << 20;

    /** What ONNX Runtime makes of each field, some 280 bytes of an attribute. */
    private static final int FIELD_BYTES = 256;

    /** Channels of a convolution's weights are filled up to a multiple of this. */
    private static final int CHANNELS = 16;

    /** Inputs of all nodes, unfolded: 78,000 in 20 sums take 1.8 s, 3.9 million in 1,000 sums more than 20 s. */
    private static final int MAX_ALL_INPUTS = 300_000;

    /**
     * More of these than honest graphs have take the square of their number: 1,500 pairs 0.8 s, 12,000 more than 20 s.
     */
    private static final int MAX_TRANSPOSES = 3_000;

    /**
     * Operators that ONNX Runtime puts together of others, which takes the square of their number: 1,000 group
     * normalizations take 57 s.
     */
    private static final Set<String> MADE_OF_OTHERS = Set.of("GroupNormalization", "CenterCropPad", "AffineGrid");

    private static final int MAX_MADE_OF_OTHERS = 200;

    /** Uses of one value in a function that count for whatever its callers give it. */
    private static final int MANY_USES = 50;

    /** Operators in which sizes of a step below 1 end the process. */
    private static final Set<String> POSITIVE = Set.of("strides", "dilations", "kernel_shape");

    /**
     * Operators that ONNX Runtime 1.21 runs with memory that no limit sees, or that end the process on what they are
     * given. None makes vectors of pictures: they are for texts, sequences, sounds, boxes and older kinds of learning.
     */
    private static final Set<String> NOT_FOR_PICTURES = Set.of(
            "StringConcat",
            "StringSplit",
            "StringNormalizer",
            "RegexFullMatch",
            "TfIdfVectorizer",
            "SequenceEmpty",
            "SequenceConstruct",
            "SequenceInsert",
            "SequenceErase",
            "SequenceAt",
            "SequenceLength",
            "SequenceMap",
            "SplitToSequence",
            "ConcatFromSequence",
            "Optional",
            "OptionalGetElement",
            "OptionalHasElement",
            "RoiAlign",
            "MaxRoiPool",
            "MaxUnpool",
            "NonMaxSuppression",
            "Unique",
            "MelWeightMatrix",
            "Col2Im");

    /**
     * Of ONNX Runtime's own operators those that its tools write for networks of pictures, beside those with a name on
     * QLinear.
     */
    private static final Set<String> OWN = Set.of(
            "Attention",
            "BiasAdd",
            "BiasGelu",
            "BiasSplitGelu",
            "DequantizeLinear",
            "DynamicQuantizeMatMul",
            "FastGelu",
            "FusedConv",
            "FusedGemm",
            "FusedMatMul",
            "Gelu",
            "GroupNorm",
            "MatMulIntegerToFloat",
            "MatMulNBits",
            "MultiHeadAttention",
            "NhwcMaxPool",
            "QAttention",
            "QGemm",
            "QuantizeLinear",
            "QuickGelu",
            "SkipLayerNormalization");

    private static final String OWN_DOMAIN = "com.microsoft";

    private static final int STRING = 8;

    /** Dims of one tensor that are read; ONNX Runtime takes fewer. */
    private static final int MAX_DIMS = 64;

    private static final int MAX_PROPERTIES = 100;

    private static final int MAX_PROPERTY = 1000;

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

        private long inputs;
        private int mostUses;
        /** Of weights that stand in it. */
        private long bytes;
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
    private long description;
    private int values;
    private int transposes;
    private int madeOfOthers;
    private long nodes;
    private long bytes;

    private GraphCheck(WireReader in, long maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * One at a time: what is held of many at once would fill the heap.
     *
     * @param maxBytes what the weights, and all else that is loaded, may take together
     * @return what ONNX Runtime says of the graph once it is loaded
     * @throws ModelException for what must not be loaded
     */
    static synchronized Signature check(Path path, long maxBytes) throws IOException {
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
                    long before = in.position();
                    fields.field(field, type, next);
                    spend(FIELD_BYTES, 1);
                    if (in.position() == before) {
                        spend(length, 1); // a text that nobody reads here is kept all the same
                    }
                    in.seek(next);
                }
                default -> throw new EOFException("no such wire type");
            }
        }
    }

    private String name(long end) throws IOException {
        long length = end - in.position();
        text += NAME_BYTES + length;
        if (length > MAX_NAME || text > MAX_TEXT_BYTES) {
            throw new ModelException(
                    "its graph has names of more than [" + MAX_NAME + "] bytes, or too many of them for ["
                            + MAX_TEXT_BYTES + "] bytes; export it with shorter or fewer ones");
        }
        return in.text((int) length);
    }

    private Signature model(long end) throws IOException {
        Body main = new Body();
        Map<String, String> metadata = new HashMap<>();
        message(end, Set.of(7), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 2, 3, 4, 6 -> describe(at);
                case 7 -> graph(at, main, 1);
                case 14 -> {
                    describe(at);
                    property(at, metadata);
                }
                case 25 -> function(at);
                default -> {}
            }
        });
        unfold(main, new HashSet<>(), new HashMap<>());
        inputs.removeIf(input -> initialised.contains(input.name()));
        if (inputs.size() > MAX_OPEN_VALUES || outputs.size() > MAX_OPEN_VALUES) {
            throw new ModelException("its graph has more than [" + MAX_OPEN_VALUES
                    + "] inputs or outputs; export the part alone that makes a vector of a picture");
        }
        return new Signature(inputs, outputs, metadata);
    }

    /** Counts a text that ends there, and reads nothing. */
    private void describe(long end) {
        description += end - in.position();
        if (description > MAX_DESCRIPTION_BYTES) {
            throw new ModelException("its description and its properties have more than [" + MAX_DESCRIPTION_BYTES
                    + "] bytes; export it with less of them");
        }
    }

    /** What a program wrote of the model, which may be long and is cut. */
    private void property(long end, Map<String, String> metadata) throws IOException {
        String[] entry = {"", ""};
        message(end, Set.of(), (field, type, at) -> {
            if (type == OnnxFile.LENGTH && (field == 1 || field == 2)) {
                entry[field - 1] = in.text((int) Math.min(MAX_PROPERTY, at - in.position()));
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
        long before = bytes;
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
        body.bytes = bytes - before;
        if (functions.putIfAbsent(key(named[0], named[1], named[2]), body) != null) {
            throw new ModelException("its graph has a function twice; export it again");
        }
    }

    private static String key(String domain, String name, String overload) {
        return (domain.equals("ai.onnx") ? "" : domain) + "\n" + name + "\n" + overload;
    }

    /** What a body becomes with all that it calls in its place. */
    private record Unfolded(long nodes, int depth, long branches, long inputs, long uses, long bytes) {}

    private Unfolded unfold(Body body, Set<String> open, Map<String, Unfolded> done) {
        long all = body.nodes;
        long branches = body.branches;
        long inputsOfAll = body.inputs;
        long mostUses = body.mostUses;
        long ofWeights = body.bytes;
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
            inputsOfAll += made.inputs * operator.getValue();
            mostUses += made.uses > MANY_USES ? made.uses * operator.getValue() : 0;
            ofWeights = Math.addExact(ofWeights, Math.multiplyExact(made.bytes, (long) operator.getValue()));
            depth = Math.max(depth, made.depth - 1);
            checkInputs(inputsOfAll, mostUses);
            checkBytes(ofWeights);
            checkNodes(all);
            checkBranches(branches);
        }
        checkDepth(body.depth + depth);
        return new Unfolded(all, body.depth + depth, branches, inputsOfAll, mostUses, ofWeights);
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
                case 2, 10 -> describe(at);
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
                case 13 -> value(at);
                case 15 -> refuseSparse();
                default -> {}
            }
        });
    }

    private void node(long end, Body body, int depth) throws IOException {
        checkNodes(++nodes);
        body.nodes++;
        String[] named = {"", "", ""};
        int[] inputs = {0};
        int[] outputs = {0};
        boolean[] hasGraph = {false};
        message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> addInput(body, ++inputs[0], name(at));
                case 2 -> {
                    outputs[0]++;
                    name(at);
                }
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
        checkOperator(named[0], named[1]);
        if (named[1].equals("Loop") && outputs[0] > inputs[0] - 2) {
            throw new ModelException(
                    "it has a loop that collects what each turn makes, without end; export it without");
        }
        body.operators.merge(key(named[0], named[1], named[2]), 1, Integer::sum);
    }

    private void checkOperator(String domain, String operator) {
        boolean own = domain.equals(OWN_DOMAIN);
        boolean refused = domain.equals("ai.onnx.ml")
                || NOT_FOR_PICTURES.contains(operator)
                || (own && OWN.contains(operator) == false && operator.startsWith("QLinear") == false);
        if (refused) {
            throw new ModelException("its operator [" + (domain.isEmpty() ? "" : domain + "/") + operator
                    + "] is not run: nothing that makes vectors of pictures needs it; export that part alone");
        }
        transposes += operator.equals("Transpose") ? 1 : 0;
        madeOfOthers += MADE_OF_OTHERS.contains(operator) ? 1 : 0;
        if (transposes > MAX_TRANSPOSES || madeOfOthers > MAX_MADE_OF_OTHERS) {
            throw new ModelException("its graph has more than [" + MAX_TRANSPOSES + "] of [Transpose], or more than ["
                    + MAX_MADE_OF_OTHERS + "] of " + new TreeSet<>(MADE_OF_OTHERS) + "; export a smaller one");
        }
    }

    private void addInput(Body body, int count, String name) {
        int used = name.isEmpty() ? 0 : uses.merge(name, 1, Integer::sum);
        body.inputs++;
        body.mostUses = Math.max(body.mostUses, used);
        if (count > MAX_INPUTS) {
            throw tooManyInputs();
        }
        checkInputs(body.inputs, used);
    }

    private static void checkInputs(long all, long used) {
        if (all > MAX_ALL_INPUTS || used > MAX_USES) {
            throw tooManyInputs();
        }
    }

    private static ModelException tooManyInputs() {
        return new ModelException("its graph has a node of more than [" + MAX_INPUTS
                + "] inputs, a value that more than [" + MAX_USES + "] nodes need, or more than [" + MAX_ALL_INPUTS
                + "] inputs in all; export a smaller one");
    }

    /** Whether it holds a graph. */
    private boolean attribute(long end, Body body, int depth) throws IOException {
        boolean[] hasGraph = {false};
        boolean[] hasBelowOne = {false};
        String[] named = {""};
        message(end, Set.of(5, 6, 14, 22), (field, type, at) -> {
            if (type == OnnxFile.LENGTH) {
                switch (field) {
                    case 1 -> named[0] = name(at);
                    case 5, 10 -> tensor(at);
                    case 6, 11 -> {
                        hasGraph[0] = true;
                        graph(at, body, depth + 1);
                    }
                    case 8 -> {
                        while (in.position() < at) {
                            hasBelowOne[0] |= in.varint() < 1;
                            spend(Long.BYTES, 1);
                        }
                    }
                    case 22, 23 -> refuseSparse();
                    default -> {}
                }
            } else if (field == 8) {
                hasBelowOne[0] |= at < 1;
                spend(Long.BYTES, 1);
            }
        });
        if (hasBelowOne[0] && POSITIVE.contains(named[0])) {
            throw new ModelException(
                    "its graph has a node whose [" + named[0] + "] are not all at least [1]; export it again");
        }
        return hasGraph[0];
    }

    /** Nothing that makes vectors of pictures has them, and ONNX Runtime writes wherever their indices point. */
    private static void refuseSparse() {
        throw new ModelException("its graph has sparse weights; export it with dense ones");
    }

    private static void add(List<Long> dims, long value) {
        if (dims.size() == MAX_DIMS) {
            throw new ModelException("its graph has a tensor of more than [" + MAX_DIMS + "] axes; export it again");
        }
        dims.add(value);
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
                    case 4, 5, 7, 10, 11 -> {
                        spend(at - in.position(), Long.BYTES); // as small as a byte, and unpacked
                        in.seek(at);
                    }
                    case 8 -> named[0] = name(at);
                    case 9 -> {
                        spend(at - in.position(), 1); // held beside what is made of it
                        in.seek(at);
                    }
                    case 13 -> external(at, keys);
                    default -> {}
                }
            } else if (field == 1) {
                add(dims, at);
            } else if (field == 2) {
                element[0] = (int) at;
            } else {
                spend(Long.BYTES, 1);
            }
        });
        if (element[0] == STRING) {
            throw new ModelException("its graph has texts for weights; export the part alone that takes pictures");
        }
        if (dims.size() == 4) {
            dims.set(0, filledUp(dims.get(0)));
            dims.set(1, filledUp(dims.get(1)));
        }
        spend(product(dims), bytes(element[0]));
        return named[0];
    }

    /** Of channels, where a step of the processor takes several. */
    private static long filledUp(long channels) {
        return channels < 1 || channels > Integer.MAX_VALUE
                ? channels
                : (channels + CHANNELS - 1) / CHANNELS * CHANNELS;
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

    /** What a graph says of an input or output. */
    private TensorInfo value(long end) throws IOException {
        values++;
        if (values > MAX_VALUES) {
            throw new ModelException("its graph describes more than [" + MAX_VALUES + "] values; export a smaller one");
        }
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
        checkBytes(bytes);
    }

    private void checkBytes(long all) {
        if (all > maxBytes) {
            throw new ModelException("its graph and its weights take more than [" + maxBytes
                    + "] bytes; use a smaller model, or raise [" + Models.MAX_MEMORY + "]");
        }
    }
}
