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
 * Refuses graphs that ONNX Runtime would load for ever or with too much memory, because the creation of a session
 * cannot be cancelled.
 *
 * <p>Refuses functions that call each other in a circle or unfold to too many nodes, deep or many subgraphs, values
 * that very many nodes need, weights larger than memory, operators that image networks do not need, and repeated fields
 * that other readers would see differently. The memory of a run is limited while it runs ({@link NativeMemory}). Reads
 * the file once, skipping weights, and keeps only names. Not thread-safe.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the messages and the numbers of their
 *     fields</a>
 */
final class GraphCheck {
    private static final int MAX_OPEN_VALUES = 100;

    /** Attributes in which a number below 1 crashes the process. */
    private static final Set<String> POSITIVE = Set.of("strides", "dilations", "kernel_shape");

    private static final int MAX_PROPERTIES = 100;

    private static final int MAX_PROPERTY = 1000;

    private final LoadBudget budget;
    private final MessageReader in;
    private final TensorReader tensors;
    private final FunctionCalls functions;
    private final OperatorCheck operators = new OperatorCheck();
    /** How many nodes of the model's graphs, or of the current function, need each value. */
    private Map<String, Integer> uses = new HashMap<>();

    /** Inputs with a value in the file, which callers need not give. */
    private final Set<String> initialised = new HashSet<>();

    private final List<TensorInfo> inputs = new ArrayList<>();
    private final List<TensorInfo> outputs = new ArrayList<>();

    private GraphCheck(WireReader file, long maxBytes) {
        budget = new LoadBudget(maxBytes);
        in = new MessageReader(file, budget);
        tensors = new TensorReader(in, budget);
        functions = new FunctionCalls(budget);
    }

    /**
     * Checks one model at a time, so that concurrent checks do not fill the heap.
     *
     * @param maxBytes of memory for the weights and everything else that is loaded
     * @return the inputs and outputs that ONNX Runtime will report once the graph is loaded
     * @throws ModelException if the graph must not be loaded
     */
    static synchronized Signature check(Path path, long maxBytes) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            return new GraphCheck(new WireReader(channel), maxBytes).model(channel.size());
        } catch (EOFException e) {
            throw new ModelException(
                    "[" + path.getFileName() + "] is no ONNX model or is cut short; export it again", e);
        }
    }

    private Signature model(long end) throws IOException {
        FunctionCalls.Body main = new FunctionCalls.Body();
        Map<String, String> metadata = new HashMap<>();
        in.message(end, Set.of(7), (field, type, at) -> {
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
        functions.check(main);
        inputs.removeIf(input -> initialised.contains(input.name()));
        if (inputs.size() > MAX_OPEN_VALUES || outputs.size() > MAX_OPEN_VALUES) {
            throw new ModelException("its graph has more than [" + MAX_OPEN_VALUES
                    + "] inputs or outputs; export the part alone that makes a vector of a picture");
        }
        return new Signature(inputs, outputs, metadata);
    }

    /** Counts a text that ends there, without reading it. */
    private void describe(long end) {
        budget.addDescription(end - in.position());
    }

    /** Reads a property of the model; long ones are cut. */
    private void property(long end, Map<String, String> metadata) throws IOException {
        String[] entry = {"", ""};
        in.message(end, Set.of(), (field, type, at) -> {
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
        FunctionCalls.Body body = new FunctionCalls.Body();
        long before = budget.bytes();
        String[] named = {"", "", ""};
        in.message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> named[1] = in.name(at);
                case 7 -> node(at, body, 1);
                case 10 -> named[0] = in.name(at);
                case 11 -> attribute(at, body, 1);
                case 13 -> named[2] = in.name(at);
                default -> {}
            }
        });
        uses = models;
        body.bytes = budget.bytes() - before;
        functions.add(FunctionCalls.key(named[0], named[1], named[2]), body);
    }

    private void graph(long end, FunctionCalls.Body body, int depth) throws IOException {
        body.depth = Math.max(body.depth, depth);
        LoadBudget.checkDepth(depth);
        in.message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> node(at, body, depth);
                case 2, 10 -> describe(at);
                case 5 -> {
                    String name = tensors.tensor(at);
                    if (depth == 1) {
                        initialised.add(name);
                    }
                }
                case 11 -> {
                    TensorInfo input = tensors.value(at);
                    if (depth == 1) {
                        inputs.add(input);
                    }
                }
                case 12 -> {
                    TensorInfo output = tensors.value(at);
                    if (depth == 1) {
                        outputs.add(output);
                    }
                }
                case 13 -> tensors.value(at);
                case 15 -> refuseSparse();
                default -> {}
            }
        });
    }

    private void node(long end, FunctionCalls.Body body, int depth) throws IOException {
        budget.addNode();
        body.nodes++;
        String[] named = {"", "", ""};
        int[] inputs = {0};
        int[] outputs = {0};
        boolean[] hasGraph = {false};
        in.message(end, Set.of(), (field, type, at) -> {
            if (type != OnnxFile.LENGTH) {
                return;
            }
            switch (field) {
                case 1 -> addInput(body, ++inputs[0], in.name(at));
                case 2 -> {
                    outputs[0]++;
                    in.name(at);
                }
                case 4 -> named[1] = in.name(at);
                case 5 -> hasGraph[0] |= attribute(at, body, depth);
                case 7 -> named[0] = in.name(at);
                case 8 -> named[2] = in.name(at);
                default -> {}
            }
        });
        if (hasGraph[0]) {
            body.branches++;
            LoadBudget.checkBranches(body.branches);
        }
        operators.add(named[0], named[1]);
        if (named[1].equals("Loop") && outputs[0] > inputs[0] - 2) {
            throw new ModelException(
                    "it has a loop that collects what each turn makes, without end; export it without");
        }
        body.operators.merge(FunctionCalls.key(named[0], named[1], named[2]), 1, Integer::sum);
    }

    private void addInput(FunctionCalls.Body body, int count, String name) {
        int used = name.isEmpty() ? 0 : uses.merge(name, 1, Integer::sum);
        body.inputs++;
        body.mostUses = Math.max(body.mostUses, used);
        LoadBudget.checkInputsOfNode(count);
        LoadBudget.checkInputs(body.inputs, used);
    }

    /** Reads an attribute; returns whether it holds a graph. */
    private boolean attribute(long end, FunctionCalls.Body body, int depth) throws IOException {
        boolean[] hasGraph = {false};
        boolean[] hasBelowOne = {false};
        String[] named = {""};
        in.message(end, Set.of(5, 6, 14, 22), (field, type, at) -> {
            if (type == OnnxFile.LENGTH) {
                switch (field) {
                    case 1 -> named[0] = in.name(at);
                    case 5, 10 -> tensors.tensor(at);
                    case 6, 11 -> {
                        hasGraph[0] = true;
                        graph(at, body, depth + 1);
                    }
                    case 8 -> {
                        while (in.position() < at) {
                            hasBelowOne[0] |= in.varint() < 1;
                            budget.addBytes(Long.BYTES, 1);
                        }
                    }
                    case 22, 23 -> refuseSparse();
                    default -> {}
                }
            } else if (field == 8) {
                hasBelowOne[0] |= at < 1;
                budget.addBytes(Long.BYTES, 1);
            }
        });
        if (hasBelowOne[0] && POSITIVE.contains(named[0])) {
            throw new ModelException(
                    "its graph has a node whose [" + named[0] + "] are not all at least [1]; export it again");
        }
        return hasGraph[0];
    }

    /** ONNX Runtime does not check their indices when it writes, and image networks have none. */
    private static void refuseSparse() {
        throw new ModelException("its graph has sparse weights; export it with dense ones");
    }
}
