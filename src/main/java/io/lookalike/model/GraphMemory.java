package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Node;
import io.lookalike.model.OnnxGraph.Tensor;
import io.lookalike.model.OnnxGraph.Value;
import io.lookalike.model.Shapes.Known;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Estimates what memory a graph takes, from the shapes of its weights and of what its nodes make, and refuses what is too much.
 *
 * <p>Nodes are gone through in their order, with shapes as {@link Shapes} knows them; a tensor counts from the node that makes it to
 * the last one that reads it. What cannot be known beforehand counts nothing: shapes that hang on numbers of the picture, outputs of
 * loops, operators that are not known here. Costs some microseconds for each node. Thread-safe.
 */
final class GraphMemory {
    /** What the nodes may make that a loader computes beforehand, since nobody can end it. */
    static final long MAX_FOLDED = 256L << 20;

    /** Sides of a picture where a graph leaves them open and none has come yet: small, so that nothing is refused too early. */
    private static final long SIDE = 224;

    private static final long CHANNELS = 3;
    private static final int MAX_REMEMBERED = 64;

    private final GraphReader file;
    private final long limit;
    private final long weights;
    private final boolean folding;
    private final Map<List<Long>, Long> needs = new HashMap<>();

    /**
     * @param limit bytes that weights and one run may take together
     * @throws ModelException where the model takes more, with whatever picture
     */
    GraphMemory(GraphReader file, long limit) {
        this.file = file;
        this.limit = limit;
        this.weights = weights(file);
        require(weights, "for its weights");
        Run run = new Run(null);
        run.go();
        require(total(run.peak), "for its weights and one picture");
        folding = run.foldsMuch == false;
    }

    /** Whether the loader may compute beforehand what hangs on constants alone: it is known to be little. */
    boolean mayFold() {
        return folding;
    }

    /** @throws ModelException where an input of this shape takes too much */
    void check(long[] shape) {
        require(needs(shape), "for its weights and an input of shape " + Arrays.toString(shape));
    }

    /** The most rows, up to so many, that may go through at once; at least one. */
    int rows(int most, long[] shape) {
        long[] batch = shape.clone();
        for (int rows = most; rows > 1; rows /= 2) {
            batch[0] = rows;
            if (needs(batch) <= limit) {
                return rows;
            }
        }
        return 1;
    }

    private synchronized long needs(long[] shape) {
        List<Long> key = Arrays.stream(shape).boxed().toList();
        Long known = needs.get(key);
        if (known == null) {
            Run run = new Run(shape);
            run.go();
            known = total(run.peak);
            if (needs.size() >= MAX_REMEMBERED) {
                needs.clear();
            }
            needs.put(key, known);
        }
        return known;
    }

    private long total(long peak) {
        return add(weights, peak);
    }

    private void require(long bytes, String what) {
        if (bytes > limit) {
            throw new ModelException("it takes at least [" + bytes + "] bytes of memory " + what + "; at most [" + limit
                    + "] are allowed, take a smaller model or picture, or raise [lookalike.model.max_memory] where the"
                    + " machine has the memory");
        }
    }

    static long add(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static long weights(GraphReader file) {
        long bytes = 0;
        List<OnnxGraph> all = new ArrayList<>(file.functions().values());
        all.addAll(file.others());
        all.add(file.graph());
        for (OnnxGraph each : all) {
            bytes = add(bytes, weights(each));
        }
        return bytes;
    }

    private static long weights(OnnxGraph graph) {
        long bytes = 0;
        for (Tensor each : graph.constants.values()) {
            bytes = add(bytes, each.bytes());
        }
        for (Node node : graph.nodes) {
            for (Attribute attribute : node.attributes.values()) {
                for (Tensor each : attribute.tensors) {
                    bytes = add(bytes, each.bytes());
                }
                for (OnnxGraph each : attribute.graphs) {
                    bytes = add(bytes, weights(each));
                }
            }
        }
        return bytes;
    }

    /** One pass through the graph. */
    private final class Run {
        private final long[] input;
        private long peak;
        private long folded;
        private boolean foldsMuch;

        Run(long[] input) {
            this.input = input;
        }

        void go() {
            OnnxGraph graph = file.graph();
            Map<String, Known> known = new HashMap<>();
            for (Value each : graph.inputs) {
                if (graph.constants.containsKey(each.name()) == false) {
                    known.put(each.name(), new Known(each.type(), input(each.shape()), null, false));
                }
            }
            walk(graph, known, 0);
        }

        private long[] input(long[] declared) {
            if (input != null) {
                return input;
            }
            if (declared == null) {
                return null;
            }
            long[] shape = declared.clone();
            for (int i = 0; i < shape.length; i++) {
                if (shape[i] < 0) {
                    shape[i] = i == 0
                            ? 1
                            : i == 1 && shape.length == 4 && declared[shape.length - 1] != 3 ? CHANNELS : SIDE;
                }
            }
            return shape;
        }

        /** What is known goes in and out in {@code known}; {@code held} is what lies in memory beside this graph. */
        private void walk(OnnxGraph graph, Map<String, Known> known, long held) {
            for (Tensor each : graph.constants.values()) {
                known.put(each.name, Known.of(each));
            }
            Map<String, Integer> last = lastUses(graph);
            Map<String, Long> live = new HashMap<>();
            long now = held;
            for (int i = 0; i < graph.nodes.size(); i++) {
                Node node = graph.nodes.get(i);
                List<Known> inputs = new ArrayList<>();
                for (String each : node.inputs) {
                    inputs.add(each.isEmpty() ? null : known.get(each));
                }
                inner(node, known, now);
                List<Known> made = outputs(node, inputs, now);
                for (int j = 0; j < node.outputs.size(); j++) {
                    String name = node.outputs.get(j);
                    Known output = j < made.size() ? made.get(j) : null;
                    output = declared(graph, name, output);
                    if (name.isEmpty() || output == null) {
                        continue;
                    }
                    known.put(name, output);
                    long bytes = output.bytes();
                    live.put(name, bytes);
                    now = add(now, bytes);
                }
                peak = Math.max(peak, now);
                fold(node, inputs, made);
                now = release(node, i, last, live, now);
            }
        }

        private static long release(Node node, int place, Map<String, Integer> last, Map<String, Long> live, long now) {
            long left = now;
            for (List<String> names : List.of(node.inputs, node.outputs)) {
                for (String each : names) {
                    if (last.getOrDefault(each, -1) <= place && live.containsKey(each)) {
                        long bytes = live.remove(each);
                        left = left == Long.MAX_VALUE ? left : left - bytes;
                    }
                }
            }
            return left;
        }

        private static Map<String, Integer> lastUses(OnnxGraph graph) {
            Map<String, Integer> last = new HashMap<>();
            for (int i = 0; i < graph.nodes.size(); i++) {
                uses(graph.nodes.get(i), i, last);
            }
            for (Value each : graph.outputs) {
                last.put(each.name(), Integer.MAX_VALUE);
            }
            return last;
        }

        private static void uses(Node node, int place, Map<String, Integer> last) {
            for (String each : node.inputs) {
                last.put(each, place);
            }
            for (Attribute attribute : node.attributes.values()) {
                for (OnnxGraph graph : attribute.graphs) {
                    for (Node inner : graph.nodes) {
                        uses(inner, place, last);
                    }
                    for (Value each : graph.outputs) {
                        last.put(each.name(), place);
                    }
                }
            }
        }

        /** What the file says of a value, where it says all and nothing is known. */
        private static Known declared(OnnxGraph graph, String name, Known output) {
            Value value = graph.values.get(name);
            if ((output != null && output.shape() != null) || value == null || value.shape() == null) {
                return output;
            }
            long[] shape = value.shape().clone();
            for (int i = 0; i < shape.length; i++) {
                if (shape[i] < 0) {
                    if (i > 0) {
                        return output;
                    }
                    shape[i] = 1; // one picture
                }
            }
            return new Known(value.type(), shape, null, output != null && output.constant());
        }

        /** What lies in branches and loops; how often a loop goes round is not known, nor what it has made. */
        private void inner(Node node, Map<String, Known> known, long now) {
            for (Attribute attribute : node.attributes.values()) {
                for (OnnxGraph graph : attribute.graphs) {
                    Map<String, Known> visible = new HashMap<>(known);
                    for (Value each : graph.inputs) {
                        visible.remove(each.name());
                    }
                    walk(graph, visible, now);
                }
            }
        }

        private List<Known> outputs(Node node, List<Known> inputs, long now) {
            OnnxGraph function = file.functions().get(node.function());
            if (function == null) {
                return Shapes.infer(node, inputs);
            }
            Map<String, Known> inside = new HashMap<>();
            for (int i = 0; i < Math.min(inputs.size(), function.inputs.size()); i++) {
                if (inputs.get(i) != null) {
                    inside.put(function.inputs.get(i).name(), inputs.get(i));
                }
            }
            walk(function, inside, now);
            List<Known> made = new ArrayList<>();
            for (Value each : function.outputs) {
                made.add(inside.get(each.name()));
            }
            return made;
        }

        /** Counts what a loader computes beforehand: nodes that hang on constants alone, and have no graphs of their own. */
        private void fold(Node node, List<Known> inputs, List<Known> made) {
            boolean all = node.attributes.values().stream().allMatch(each -> each.graphs.isEmpty());
            for (int i = 0; i < inputs.size(); i++) {
                boolean absent = node.inputs.get(i).isEmpty();
                all &= absent || (inputs.get(i) != null && inputs.get(i).constant());
            }
            if (all == false || node.isStandard("Constant")) {
                return;
            }
            for (int i = 0; i < node.outputs.size(); i++) {
                Known output = i < made.size() ? made.get(i) : null;
                if (output == null || output.shape() == null) {
                    foldsMuch = true;
                } else {
                    folded = add(folded, output.bytes());
                }
            }
            foldsMuch |= folded > MAX_FOLDED || Shapes.work(node, inputs, made) > MAX_FOLDED;
        }
    }
}
