package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Call;
import io.lookalike.model.OnnxGraph.Function;
import io.lookalike.model.OnnxGraph.Graph;
import io.lookalike.model.OnnxGraph.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses graphs that ONNX Runtime would take for ever, or a whole stack, to load: it puts functions in the place of their calls, and
 * goes through graphs within graphs twice to four times for each depth, and nobody can end the creation of a session.
 *
 * <p>ONNX Runtime 1.21 dies of a function that calls itself and of 1,000 that call each other in a row; 14 that each call the one
 * before twice take 1.5 s, as do 14 conditions within each other. Each function is looked at once. Not thread-safe.
 */
final class Unfolding {
    /** Functions within functions; exporters write one for each module of a network. */
    private static final int MAX_CALLS = 32;

    /** With all functions in the place of their calls, one to two seconds; large transformers have some thousands. */
    private static final long MAX_NODES = 30_000;

    /** Conditions and loops: 1,000 take 0.3 s, 4,000 take 8 s. */
    private static final int MAX_CONTROLS = 1_000;

    /** Inputs of a node: ONNX Runtime takes the square of their number, 1.5 s for 8,000. */
    private static final int MAX_INPUTS = 1_000;

    /** The nodes that need a value, squared, of all values: one that 4,000 need takes 2 s, one that 8,000 need 11 s. */
    private static final long MAX_NEEDED = 4_000_000;

    /** Nodes, each as often as loading goes through it. */
    private static final long MAX_VISITS = 1_000_000;

    private static final int VISITS = 4;

    /** What becomes of a list of nodes. */
    private record Size(long nodes, long controls, long visits, int nesting, int calls) {
        static final Size NOTHING = new Size(0, 0, 0, 0, 0);

        Size plus(Size more) {
            Size sum = new Size(
                    Bounds.plus(nodes, more.nodes),
                    Bounds.plus(controls, more.controls),
                    Bounds.plus(visits, more.visits),
                    Math.max(nesting, more.nesting),
                    Math.max(calls, more.calls));
            if (sum.nodes > MAX_NODES || sum.visits > MAX_VISITS) {
                throw new ModelException("it has more than [" + MAX_NODES + "] nodes, or [" + MAX_VISITS
                        + "] counting each graph within a graph [" + VISITS
                        + "] times for each depth, those of its functions included; export a smaller model");
            }
            if (sum.controls > MAX_CONTROLS) {
                throw new ModelException("it has more than [" + MAX_CONTROLS
                        + "] conditions and loops, those of its functions included; export it without them");
            }
            if (sum.nesting > OnnxReader.MAX_NESTING) {
                throw new ModelException("it has graphs within graphs deeper than [" + OnnxReader.MAX_NESTING
                        + "]; export it without conditions and loops");
            }
            if (sum.calls > MAX_CALLS) {
                throw circle();
            }
            return sum;
        }
    }

    private final Map<Call, Function> functions;
    private final Map<Call, Size> known = new HashMap<>();
    private final Set<Call> open = new HashSet<>();

    private Unfolding(Map<Call, Function> functions) {
        this.functions = functions;
    }

    static void check(OnnxGraph model) {
        Unfolding unfolding = new Unfolding(model.functions());
        Size size = unfolding.size(model.graph().nodes());
        for (Map.Entry<Call, Function> each : model.functions().entrySet()) { // also where nothing calls it
            size = size.plus(unfolding.size(each.getKey(), each.getValue()));
        }
        unfolding.checkNeeded(model);
    }

    private static ModelException circle() {
        return new ModelException("its functions call each other in a circle, or deeper than [" + MAX_CALLS
                + "]; export it without functions");
    }

    private Size size(Call call, Function function) {
        Size size = known.get(call);
        if (size == null) {
            if (open.add(call) == false || open.size() > MAX_CALLS) {
                throw circle();
            }
            size = size(function.nodes());
            for (Attribute each : function.defaults()) {
                size = size.plus(inner(each.graphs()));
            }
            size = new Size(size.nodes, size.controls, size.visits, size.nesting, size.calls + 1);
            open.remove(call);
            known.put(call, size);
        }
        return size;
    }

    private Size size(List<Node> nodes) {
        Size size = Size.NOTHING;
        for (Node node : nodes) {
            if (node.inputs().size() > MAX_INPUTS) {
                throw new ModelException(node.shown() + " has [" + node.inputs().size() + "] inputs; at most [" + MAX_INPUTS
                        + "] are allowed, export the model with several nodes in its place");
            }
            size = size.plus(new Size(1, 0, 1, 0, 0));
            Function function = functions.get(node.call());
            if (function != null) {
                size = size.plus(size(node.call(), function));
            }
            for (Attribute each : node.attributes().values()) {
                if (function != null && each.graphs().isEmpty() == false) {
                    throw new ModelException("function [" + OnnxFile.cut(node.operator())
                            + "] is called with a graph; export the model without functions");
                }
                size = size.plus(inner(each.graphs()));
            }
        }
        return size;
    }

    private Size inner(List<Graph> graphs) {
        Size size = Size.NOTHING;
        for (Graph graph : graphs) {
            Size inner = size(graph.nodes());
            size = size.plus(new Size(inner.nodes, Bounds.times(inner.visits, VISITS), inner.nesting + 1, inner.calls));
        }
        return size;
    }

    /** How often each value is needed, which a function multiplies that needs its input more than once. */
    private void checkNeeded(OnnxGraph model) {
        Map<Call, Map<String, Long>> known = new HashMap<>();
        long needed = squares(needed(model.graph().nodes(), known));
        for (Function each : model.functions().values()) {
            needed = Bounds.plus(needed, squares(needed(each.nodes(), known)));
        }
        if (needed > MAX_NEEDED) {
            throw new ModelException("too many of its nodes need the same values: the squares of their numbers are [" + needed
                    + "] in all; at most [" + MAX_NEEDED + "] are allowed, export a smaller model");
        }
    }

    private static long squares(Map<String, Long> needed) {
        return needed.values().stream().mapToLong(each -> Bounds.times(each, each)).reduce(0, Bounds::plus);
    }

    private Map<String, Long> needed(List<Node> nodes, Map<Call, Map<String, Long>> known) {
        Map<String, Long> needed = new HashMap<>();
        for (Node node : nodes) {
            Function function = functions.get(node.call());
            Map<String, Long> within = Map.of();
            if (function != null) {
                within = known.get(node.call());
                if (within == null) { // it calls itself nowhere, as was seen before
                    within = needed(function.nodes(), known);
                    known.put(node.call(), within);
                }
            }
            for (int i = 0; i < node.inputs().size(); i++) {
                boolean isParameter = function != null && i < function.inputs().size();
                long times = isParameter ? within.getOrDefault(function.inputs().get(i), 0L) : 1;
                needed.merge(node.inputs().get(i), times, Bounds::plus);
            }
            for (Attribute each : node.attributes().values()) {
                for (Graph graph : each.graphs()) {
                    needed(graph.nodes(), known).forEach((name, times) -> needed.merge(name, times, Bounds::plus));
                }
            }
        }
        needed.remove("");
        return needed;
    }
}
