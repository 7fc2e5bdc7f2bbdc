package io.lookalike.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The functions of a model, and what its graph costs once each call is replaced by the function's body. Not
 * thread-safe.
 */
final class FunctionCalls {
    /** Functions that call each other in a row: a thousand end the process. */
    private static final int MAX_CALL_DEPTH = 32;

    /** Above this, each call of a function counts as many uses of one value of its caller. */
    private static final int MANY_USES = 50;

    /** A graph or a function, and what it calls. */
    static final class Body {
        long nodes;
        /** Depth of graphs within graphs; 1 if it contains none. */
        int depth = 1;
        /** Nodes that have graphs. */
        long branches;

        long inputs;
        int mostUses;
        /** Of weights inside it. */
        long bytes;
        /** How often each operator occurs, by domain and name. */
        final Map<String, Integer> operators = new HashMap<>();
    }

    /** What a body costs with its calls replaced. */
    private record Unfolded(long nodes, int depth, long branches, long inputs, long uses, long bytes) {}

    private final LoadBudget budget;
    private final Map<String, Body> functions = new HashMap<>();

    FunctionCalls(LoadBudget budget) {
        this.budget = budget;
    }

    static String key(String domain, String name, String overload) {
        return (domain.equals("ai.onnx") ? "" : domain) + "\n" + name + "\n" + overload;
    }

    void add(String key, Body body) {
        if (functions.putIfAbsent(key, body) != null) {
            throw new ModelException("its graph has a function twice; export it again");
        }
    }

    /** @throws ModelException if functions call each other in a circle, or the unfolded graph exceeds a limit */
    void check(Body main) {
        unfold(main, new HashSet<>(), new HashMap<>());
    }

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
            LoadBudget.checkInputs(inputsOfAll, mostUses);
            budget.checkBytes(ofWeights);
            LoadBudget.checkNodes(all);
            LoadBudget.checkBranches(branches);
        }
        LoadBudget.checkDepth(body.depth + depth);
        return new Unfolded(all, body.depth + depth, branches, inputsOfAll, mostUses, ofWeights);
    }
}
