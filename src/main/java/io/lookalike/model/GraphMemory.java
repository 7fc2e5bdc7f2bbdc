package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Graph;
import io.lookalike.model.OnnxGraph.Node;
import io.lookalike.model.OnnxGraph.Value;
import io.lookalike.model.OnnxGraph.Weights;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Estimates what a graph takes of native memory, to be loaded and to be run, before ONNX Runtime sees it.
 *
 * <p>Loading takes the weights twice, for kernels pack them in an order of their own, and what nodes make of constants alone, which
 * ONNX Runtime computes then. Running takes what nodes make, each tensor from the node that makes it to the last that needs it, in the
 * order of the file. A tensor whose size hangs on the content of pictures is refused, and so is a loop whose tensors grow. What an
 * operator that {@link ShapeRules} lacks makes is taken for nothing, and work space within a node too. One pass over the nodes.
 * Not thread-safe.
 */
final class GraphMemory {
    /** What is said of a model that may be loaded. */
    record Load(long bytes, boolean mayFold) {}

    /** What one run takes. */
    record Run(long bytes, Map<String, Extent> outputs) {}

    /** Of ONNX Runtime for one node: 20,000 of them took 56 MB. */
    private static final long NODE_BYTES = 4096;

    /** What nodes may make of constants when a model is loaded, which nobody can end; where there is more, they run with the rest. */
    private static final long MAX_FOLDED = 256L << 20;

    /** Bytes that go through such nodes: about a second. */
    private static final long MAX_FOLDING = 4L << 30;

    /** Numbers that go into such nodes whose work is more than their size, as in a product of matrices. */
    private static final long MAX_HEAVY = 1 << 21;

    private final OnnxGraph model;
    /** Whether a size that is not known is refused; when a model is loaded no size that hangs on the input is. */
    private final boolean strict;

    private long nodes;
    private long weights;
    private long folded;
    private long folding;
    private long heavy;
    private boolean foldable = true;
    private long largest;
    private String largestNode = "";
    private int loops;

    private GraphMemory(OnnxGraph model, boolean strict) {
        this.model = model;
        this.strict = strict;
    }

    /** Estimates loading, which must not run constants where the answer says so. */
    static Load load(OnnxGraph model) {
        GraphMemory memory = new GraphMemory(model, false);
        Scope scope = new Scope(null, null);
        for (Value each : model.graph().inputs()) {
            scope.values.put(each.name(), declared(each));
        }
        memory.walk(model.graph(), scope);
        boolean mayFold = memory.foldable
                && memory.folded <= MAX_FOLDED
                && memory.folding <= MAX_FOLDING
                && memory.heavy <= MAX_HEAVY;
        long bytes = Bounds.plus(Bounds.times(memory.weights, 2), Bounds.times(memory.nodes, NODE_BYTES));
        return new Load(mayFold ? Bounds.plus(bytes, memory.folded) : bytes, mayFold);
    }

    /**
     * Estimates a run.
     *
     * @param shape of the input, the first that has no initial value
     * @throws ModelException where it takes more than {@code most} bytes, or nobody can say how much it takes
     */
    static Run run(OnnxGraph model, long[] shape, long most) {
        GraphMemory memory = new GraphMemory(model, true);
        Scope scope = new Scope(null, null);
        Set<String> initial = new HashSet<>();
        model.graph().weights().forEach(each -> initial.add(each.name()));
        long input = 0;
        for (Value each : model.graph().inputs()) {
            if (initial.contains(each.name()) == false) {
                Extent extent = Extent.of(each.type(), shape);
                scope.values.put(each.name(), extent);
                input = Bounds.plus(input, extent.bytes());
            }
        }
        long bytes = Bounds.plus(input, memory.walk(model.graph(), scope));
        if (bytes > most) {
            throw new ModelException("a run on an input of shape " + Arrays.toString(shape) + " takes about ["
                    + bytes + "] bytes of memory, [" + memory.largest + "] of them in " + memory.largestNode
                    + "; at most [" + most + "] are left by setting [" + Models.MAX_MEMORY + "]");
        }
        Map<String, Extent> outputs = new HashMap<>();
        model.graph().outputs().forEach(each -> outputs.put(each.name(), scope.get(each.name())));
        return new Run(bytes, outputs);
    }

    private static Extent declared(Value value) {
        if (value.shape() == null) {
            return Extent.unknown(value.type());
        }
        for (long axis : value.shape()) {
            if (axis < 0) {
                return Extent.unknown(value.type());
            }
        }
        return Extent.of(value.type(), value.shape());
    }

    /** The tensors that a graph or a function sees, by name. */
    private static final class Scope {
        private final Scope outer;
        private final Map<String, Extent> values = new HashMap<>();
        private final Map<String, Extent> declared = new HashMap<>();
        /** The attributes that the call of a function gives; null outside of functions. */
        private final Function<String, Attribute> given;

        Scope(Scope outer, Function<String, Attribute> given) {
            this.outer = outer;
            this.given = given;
        }

        Extent get(String name) {
            for (Scope each = this; each != null; each = each.outer) {
                Extent value = each.values.get(name);
                if (value != null) {
                    return value;
                }
            }
            return Extent.UNKNOWN;
        }

        Attribute attribute(Node node, String name) {
            Attribute own = node.attributes().get(name);
            if (own == null || own.reference().isEmpty()) {
                return own;
            }
            return given == null ? null : given.apply(own.reference());
        }
    }

    /** Goes through a graph and answers what it takes at most at once. */
    private long walk(Graph graph, Scope scope) {
        for (Weights each : graph.weights()) {
            scope.values.put(each.name(), Extent.of(each));
            weights = Bounds.plus(weights, each.bytes());
        }
        graph.shapes().forEach(each -> scope.declared.put(each.name(), declared(each)));
        Set<String> results = new HashSet<>();
        graph.outputs().forEach(each -> results.add(each.name()));
        return walk(graph.nodes(), scope, results);
    }

    private long walk(List<Node> unordered, Scope scope, Set<String> results) {
        List<Node> all = ordered(unordered);
        Map<String, Integer> last = new HashMap<>();
        for (int i = 0; i < all.size(); i++) {
            for (String each : needed(all.get(i))) {
                last.put(each, i);
            }
        }
        long alive = 0;
        long peak = 0;
        for (int i = 0; i < all.size(); i++) {
            Node node = all.get(i);
            nodes++;
            long[] inner = {0};
            List<Extent> made = made(node, scope, inner);
            long own = 0;
            for (int at = 0; at < node.outputs().size(); at++) {
                scope.values.put(node.outputs().get(at), made.get(at));
                own = Bounds.plus(own, made.get(at).bytes());
            }
            if (own > largest) {
                largest = own;
                largestNode = node.shown();
            }
            peak = Math.max(peak, Bounds.plus(alive, Bounds.plus(own, inner[0])));
            alive = Bounds.plus(alive, own);
            for (String each : needed(node)) {
                boolean isLast = last.get(each) == i && results.contains(each) == false;
                if (isLast && last.put(each, -1) != -1 && produced(all, each)) {
                    alive -= Math.min(alive, scope.get(each).bytes());
                }
            }
        }
        return peak;
    }

    private final Map<List<Node>, Set<String>> products = new IdentityHashMap<>();

    private boolean produced(List<Node> nodes, String name) {
        return products.computeIfAbsent(nodes, all -> {
                    Set<String> names = new HashSet<>();
                    all.forEach(node -> names.addAll(node.outputs()));
                    return names;
                })
                .contains(name);
    }

    /** Inputs of a node, and what graphs within it take from outside. */
    private static Set<String> needed(Node node) {
        Set<String> names = new HashSet<>(node.inputs());
        Deque<Graph> inner = new ArrayDeque<>();
        node.attributes().values().forEach(each -> inner.addAll(each.graphs()));
        while (inner.isEmpty() == false) {
            Graph graph = inner.pop();
            graph.outputs().forEach(each -> names.add(each.name()));
            for (Node each : graph.nodes()) {
                names.addAll(each.inputs());
                each.attributes().values().forEach(attribute -> inner.addAll(attribute.graphs()));
            }
        }
        names.remove("");
        return names;
    }

    /** Each node after those that make what it needs: files are written so, but ONNX Runtime takes others too. */
    private static List<Node> ordered(List<Node> nodes) {
        Map<String, Integer> makers = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String each : nodes.get(i).outputs()) {
                if (each.isEmpty() == false && makers.put(each, i) != null) {
                    throw new ModelException("two nodes make [" + OnnxFile.cut(each) + "]; export the model again");
                }
            }
        }
        List<Node> ordered = new ArrayList<>(nodes.size());
        int[] waiting = new int[nodes.size()];
        Map<Integer, List<Integer>> after = new HashMap<>();
        Deque<Integer> ready = new ArrayDeque<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String each : needed(nodes.get(i))) {
                Integer maker = makers.get(each);
                if (maker != null) {
                    waiting[i]++;
                    after.computeIfAbsent(maker, m -> new ArrayList<>()).add(i);
                }
            }
        }
        boolean inOrder = true;
        for (int i = 0; i < nodes.size(); i++) {
            if (waiting[i] == 0) {
                ready.add(i);
            }
            for (int next : after.getOrDefault(i, List.of())) {
                inOrder &= next > i;
            }
        }
        if (inOrder) {
            return nodes;
        }
        while (ready.isEmpty() == false) {
            int at = ready.pop();
            ordered.add(nodes.get(at));
            for (int next : after.getOrDefault(at, List.of())) {
                if (--waiting[next] == 0) {
                    ready.add(next);
                }
            }
        }
        if (ordered.size() < nodes.size()) {
            throw new ModelException("its nodes need each other in a circle; export the model again");
        }
        return ordered;
    }

    private List<Extent> made(Node node, Scope scope, long[] inner) {
        List<Extent> in = node.inputs().stream().map(scope::get).toList();
        OnnxGraph.Function function = model.functions().get(node.call());
        if (function != null) {
            return called(function, node, in, scope, inner);
        }
        List<Extent> made = hasGraph(node) ? control(node, in, scope, inner) : plain(node, in, scope);
        if (loops > 0 && node.operator().contains("Sequence")) {
            throw new ModelException(node.shown()
                    + " may collect tensors without end, since it is in a loop; export the model without it");
        }
        return made;
    }

    private static boolean hasGraph(Node node) {
        return node.attributes().values().stream()
                .anyMatch(each -> each.graphs().isEmpty() == false);
    }

    private List<Extent> plain(Node node, List<Extent> in, Scope scope) {
        String operator = node.operator();
        List<Extent> made = new ShapeRules(node, in, name -> scope.attribute(node, name)).outputs();
        boolean isKnown = made.stream().allMatch(each -> each.count() >= 0);
        if (isKnown == false && ShapeRules.isSized(operator) && strict) {
            throw new ModelException(
                    node.shown()
                            + " makes a tensor whose size hangs on what is in a picture, or on numbers that are computed in a way that"
                            + " cannot be followed, so that nobody can say how much memory it takes; export the model for pictures of one size");
        }
        boolean constant = isConstant(node, in, made);
        if (operator.equals("Constant")) {
            weights =
                    Bounds.plus(weights, made.stream().mapToLong(Extent::bytes).reduce(0, Bounds::plus));
        } else if (constant) {
            fold(operator, in, made, isKnown);
        }
        List<Extent> all = new ArrayList<>(made.size());
        for (int i = 0; i < made.size(); i++) {
            Extent each = made.get(i);
            if (each.count() < 0) {
                each = scope.declared.getOrDefault(node.outputs().get(i), each);
            }
            all.add(each.constant(constant));
        }
        return all;
    }

    /** The shape of what has a known shape is a constant for ONNX Runtime too. */
    private static boolean isConstant(Node node, List<Extent> in, List<Extent> made) {
        if (node.operator().equals("Shape") || node.operator().equals("Size")) {
            return made.getFirst().numbers() != null;
        }
        for (int i = 0; i < in.size(); i++) {
            if (in.get(i).isConstant() == false && node.inputs().get(i).isEmpty() == false) {
                return false;
            }
        }
        return true;
    }

    private void fold(String operator, List<Extent> in, List<Extent> made, boolean isKnown) {
        foldable &= isKnown;
        for (Extent each : made) {
            folded = Bounds.plus(folded, each.bytes());
            folding = Bounds.plus(folding, each.bytes());
        }
        for (Extent each : in) {
            folding = Bounds.plus(folding, each.bytes());
            if (ShapeRules.isPlain(operator) == false) {
                heavy = Bounds.plus(heavy, Math.max(0, each.count()));
            }
        }
    }

    private List<Extent> called(OnnxGraph.Function function, Node node, List<Extent> in, Scope scope, long[] inner) {
        Map<String, Attribute> defaults = new HashMap<>();
        function.defaults().forEach(each -> defaults.put(each.name(), each));
        Scope body = new Scope(null, name -> {
            Attribute given = scope.attribute(node, name);
            return given == null ? defaults.get(name) : given;
        });
        for (int i = 0; i < function.inputs().size() && i < in.size(); i++) {
            body.values.put(function.inputs().get(i), in.get(i));
        }
        inner[0] = walk(function.nodes(), body, new HashSet<>(function.outputs()));
        return results(node, body, function.outputs());
    }

    private static List<Extent> results(Node node, Scope body, List<String> names) {
        List<Extent> made = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            made.add(i < names.size() ? body.get(names.get(i)) : Extent.UNKNOWN);
        }
        return made;
    }

    // graphs within graphs

    private List<Extent> control(Node node, List<Extent> in, Scope scope, long[] inner) {
        return switch (node.operator()) {
            case "If" -> branches(node, scope, inner);
            case "Loop" -> loop(node, in, scope, inner);
            case "Scan" -> scan(node, in, scope, inner);
            default -> {
                loops++;
                node.attributes()
                        .values()
                        .forEach(each -> each.graphs()
                                .forEach(graph ->
                                        inner[0] = Math.max(inner[0], walk(graph, new Scope(scope, scope.given)))));
                loops--;
                yield results(node, scope, List.of());
            }
        };
    }

    private List<Extent> branches(Node node, Scope scope, long[] inner) {
        List<Extent> made = null;
        for (Attribute each : node.attributes().values()) {
            for (Graph graph : each.graphs()) {
                Scope body = new Scope(scope, scope.given);
                inner[0] = Math.max(inner[0], walk(graph, body));
                List<Extent> own = results(node, body, names(graph.outputs()));
                made = made == null ? own : either(made, own);
            }
        }
        return made.stream().map(each -> each.constant(false)).toList();
    }

    private static List<String> names(List<Value> values) {
        return values.stream().map(Value::name).toList();
    }

    private static List<Extent> either(List<Extent> left, List<Extent> right) {
        List<Extent> made = new ArrayList<>();
        for (int i = 0; i < left.size(); i++) {
            made.add(either(left.get(i), right.get(i)));
        }
        return made;
    }

    private static Extent either(Extent left, Extent right) {
        if (left.count() < 0 || right.count() < 0) {
            return Extent.unknown(left.type());
        }
        if (left.hasShape() && right.hasShape() && left.axes() == right.axes()) {
            long[] shape = left.shape().clone();
            for (int i = 0; i < shape.length; i++) {
                shape[i] = Math.max(shape[i], right.shape()[i]);
            }
            boolean exact = left.isExact() && right.isExact() && Arrays.equals(left.shape(), right.shape());
            return new Extent(shape, exact, Bounds.product(shape), left.type(), null, false);
        }
        return new Extent(null, false, Math.max(left.count(), right.count()), left.type(), null, false);
    }

    /** Inputs: how often, whether at all, and what is carried; the body adds the number of the turn before. */
    private List<Extent> loop(Node node, List<Extent> in, Scope scope, long[] inner) {
        Graph graph = body(node);
        Scope body = new Scope(scope, scope.given);
        int carried = Math.max(0, in.size() - 2);
        for (int i = 0; i < graph.inputs().size(); i++) {
            Extent given = i == 0
                    ? Extent.of(OnnxGraph.INT64)
                    : i == 1 ? Extent.of(OnnxGraph.BOOL) : i < in.size() ? in.get(i) : Extent.UNKNOWN;
            body.values.put(graph.inputs().get(i).name(), given.with(null).constant(false));
        }
        walkRepeated(graph, body, inner);
        double turns = in.isEmpty() || node.inputs().getFirst().isEmpty()
                ? Double.NaN
                : in.getFirst().only();
        List<Extent> made = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            Extent result = i + 1 < graph.outputs().size()
                    ? body.get(graph.outputs().get(i + 1).name())
                    : Extent.UNKNOWN;
            made.add(i < carried ? carried(node, in.get(i + 2), result) : collected(node, turns, result));
        }
        return made;
    }

    private List<Extent> scan(Node node, List<Extent> in, Scope scope, long[] inner) {
        Graph graph = body(node);
        Scope body = new Scope(scope, scope.given);
        Attribute number = scope.attribute(node, "num_scan_inputs");
        int states = Math.max(0, in.size() - (number == null ? 0 : (int) number.integer()));
        double turns = Double.NaN;
        for (int i = 0; i < graph.inputs().size() && i < in.size(); i++) {
            Extent given = in.get(i);
            if (i >= states && given.hasShape() && given.axes() > 0) {
                double[] axes = numbers(scope.attribute(node, "scan_input_axes"));
                int axis = axes == null ? 0 : given.axis((long) axes[i - states]);
                turns = given.shape()[axis];
                given = Extent.of(given.type(), without(given.shape(), axis));
            } else if (i >= states) {
                given = Extent.unknown(given.type());
            }
            body.values.put(graph.inputs().get(i).name(), given.with(null).constant(false));
        }
        walkRepeated(graph, body, inner);
        List<Extent> made = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            Extent result =
                    i < graph.outputs().size() ? body.get(graph.outputs().get(i).name()) : Extent.UNKNOWN;
            made.add(i < states ? carried(node, in.get(i), result) : collected(node, turns, result));
        }
        return made;
    }

    private static double[] numbers(Attribute attribute) {
        return attribute == null || attribute.numbers() == null || attribute.numbers().length == 0
                ? null
                : attribute.numbers();
    }

    private static long[] without(long[] shape, int axis) {
        long[] left = new long[shape.length - 1];
        System.arraycopy(shape, 0, left, 0, axis);
        System.arraycopy(shape, axis + 1, left, axis, left.length - axis);
        return left;
    }

    private void walkRepeated(Graph graph, Scope body, long[] inner) {
        loops++;
        inner[0] = walk(graph, body);
        loops--;
    }

    private static Graph body(Node node) {
        Attribute body = node.attributes().get("body");
        if (body == null || body.graphs().size() != 1) {
            throw new ModelException(node.shown() + " has no [body]; export the model again");
        }
        return body.graphs().getFirst();
    }

    /** What goes from turn to turn must keep its shape, since it may grow in each. */
    private Extent carried(Node node, Extent before, Extent after) {
        boolean same = before.hasShape() && after.hasShape() && Arrays.equals(before.shape(), after.shape());
        if (same == false && before.count() >= 0 && strict) {
            throw new ModelException(node.shown()
                    + " may carry a larger tensor from each turn to the next, so that nobody can say how much memory it takes;"
                    + " export the model without it");
        }
        return same ? after.with(null).constant(false) : Extent.unknown(after.type());
    }

    private Extent collected(Node node, double turns, Extent each) {
        if (Double.isNaN(turns) && strict) {
            throw new ModelException(node.shown()
                    + " collects a tensor of each turn and says not how many turns there are, so that nobody can say how much"
                    + " memory it takes; export the model without it");
        }
        if (Double.isNaN(turns) || each.hasShape() == false) {
            return Extent.unknown(each.type());
        }
        long[] shape = new long[each.axes() + 1];
        shape[0] = (long) Math.max(0, turns);
        System.arraycopy(each.shape(), 0, shape, 1, each.axes());
        return new Extent(shape, false, Bounds.product(shape), each.type(), null, false);
    }
}
