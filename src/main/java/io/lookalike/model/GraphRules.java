package io.lookalike.model;

import io.lookalike.model.OnnxGraph.Attribute;
import io.lookalike.model.OnnxGraph.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Refuses graphs that take a loader without end: functions that call themselves, long chains of calls and graphs within graphs, and
 * a small file that becomes a huge graph when its functions are put in the place of their calls.
 *
 * <p>One pass over the nodes. Not thread-safe.
 */
final class GraphRules {
    /** Functions that call functions; exporters that write a function for each module of a network stay below. */
    static final int MAX_CALLS = 32;

    /** With the nodes of each function as often as it is called; the largest embedders have some ten thousand. */
    static final long MAX_NODES = 100_000;

    private final Map<String, OnnxGraph> functions;
    private final Map<String, Long> sizes = new HashMap<>();
    private final Map<String, Integer> depths = new HashMap<>();
    private final Set<String> calling = new HashSet<>();

    private GraphRules(Map<String, OnnxGraph> functions) {
        this.functions = functions;
    }

    /** @throws ModelException where a loader should not see the file */
    static void check(GraphReader file) {
        GraphRules rules = new GraphRules(file.functions());
        long nodes = rules.nodes(file.graph(), 0);
        for (OnnxGraph each : file.others()) {
            nodes += rules.nodes(each, 0);
        }
        for (OnnxGraph each : file.functions().values()) { // also where nothing calls them
            nodes += rules.called(each, 0);
        }
        if (nodes > 2 * MAX_NODES) { // what is called counts twice, by itself and where it is called
            throw tooMany();
        }
    }

    private static ModelException tooMany() {
        return new ModelException("it has more than [" + MAX_NODES
                + "] nodes, those of functions counted at each call; export a smaller model");
    }

    private long nodes(OnnxGraph graph, int nesting) {
        if (nesting > GraphReader.MAX_NESTING) {
            throw new ModelException("its graphs are nested more than [" + GraphReader.MAX_NESTING
                    + "] deep, those in functions included; export the model without so many branches and loops within one"
                    + " another");
        }
        long nodes = 0;
        for (Node node : graph.nodes) {
            nodes++;
            OnnxGraph function = functions.get(node.function());
            for (Attribute each : node.attributes.values()) {
                if (function != null && each.graphs.isEmpty() == false) {
                    throw new ModelException("function [" + GraphReader.shown(node.operator)
                            + "] is called with a graph as attribute; export the model without functions");
                }
                for (OnnxGraph inner : each.graphs) {
                    nodes += nodes(inner, nesting + 1);
                }
            }
            if (function != null) {
                nodes += called(function, nesting);
            }
            if (nodes > MAX_NODES) {
                throw tooMany();
            }
        }
        return nodes;
    }

    private long called(OnnxGraph function, int nesting) {
        // how deep its graphs lie depends on where it is called
        String key = function.function() + ":" + nesting;
        Long known = sizes.get(key);
        if (known != null && calling.size() + depths.get(key) <= MAX_CALLS) {
            return known;
        }
        if (calling.contains(function.function())) {
            throw new ModelException("function [" + GraphReader.shown(function.name)
                    + "] calls itself, which no ONNX model may; export the model again");
        }
        if (calling.size() >= MAX_CALLS) {
            throw new ModelException("its functions call one another in a chain of more than [" + MAX_CALLS
                    + "]; export the model without functions");
        }
        calling.add(function.function());
        long nodes = nodes(function, nesting);
        calling.remove(function.function());
        sizes.put(key, nodes);
        depths.put(key, depth(function, nesting));
        return nodes;
    }

    /** How many calls lie in one another below a function, itself included; those below are known. */
    private int depth(OnnxGraph graph, int nesting) {
        int depth = 0;
        for (Node node : graph.nodes) {
            OnnxGraph function = functions.get(node.function());
            if (function != null) {
                depth = Math.max(depth, depths.get(function.function() + ":" + nesting));
            }
            for (Attribute each : node.attributes.values()) {
                for (OnnxGraph inner : each.graphs) {
                    depth = Math.max(depth, depth(inner, nesting + 1) - 1);
                }
            }
        }
        return depth + 1;
    }
}
