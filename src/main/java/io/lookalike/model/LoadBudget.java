package io.lookalike.model;

/**
 * Counts the cost of loading a graph, and refuses a graph that exceeds a limit.
 *
 * <p>The limits come from measurements with ONNX Runtime 1.21.1; each is far above what exporters write. Not
 * thread-safe.
 */
final class LoadBudget {
    /** Depth of graphs within graphs; exporters write one or two. Loading time doubles with each. */
    private static final int MAX_GRAPH_DEPTH = 5;

    /**
     * The most nodes, subgraphs and unfolded functions included. Large transformers have some thousands; ONNX Runtime
     * loads 50,000 in a row in 3 s.
     */
    private static final int MAX_NODES = 50_000;

    /** Unfolded nodes with graphs of their own: 1,000 conditions take 0.25 s to load, 4,000 take 8 s. */
    private static final int MAX_BRANCHES = 1_000;

    /** Inputs of one node: 8,000 take 1.5 s, 49,000 more than a minute. */
    private static final int MAX_INPUTS = 4_000;

    /** Nodes that need one value: 4,000 take 2 s, 16,000 take 40 s. */
    private static final int MAX_USES = 4_000;

    /** Unfolded inputs of all nodes: 78,000 in 20 sums take 1.8 s, 3.9 million in 1,000 sums more than 20 s. */
    private static final int MAX_ALL_INPUTS = 300_000;

    private static final int MAX_NAMES_BYTES = 32 << 20;
    private static final int MAX_NAME_BYTES = 4096;
    /** Memory for a name in addition to its characters. */
    private static final int NAME_BYTES = 64;

    /** Inputs, outputs and intermediate values; old files also list those that are initialised by weights. */
    private static final int MAX_VALUES = 100_000;

    /** Documentation and properties. */
    private static final int MAX_DESCRIPTION_BYTES = 4 << 20;

    private final long maxBytes;
    private long bytes;
    private long names;
    private long description;
    private int values;
    private long nodes;

    LoadBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Bytes of memory counted so far. */
    long bytes() {
        return bytes;
    }

    void addBytes(long elements, long each) {
        bytes += elements > (Long.MAX_VALUE - bytes) / each ? Long.MAX_VALUE - bytes : elements * each;
        checkBytes(bytes);
    }

    void checkBytes(long all) {
        if (all > maxBytes) {
            throw new ModelException("its graph and its weights take more than [" + maxBytes
                    + "] bytes; use a smaller model, or raise [" + Models.MAX_MEMORY + "]");
        }
    }

    void addName(long length) {
        names += NAME_BYTES + length;
        if (length > MAX_NAME_BYTES || names > MAX_NAMES_BYTES) {
            throw new ModelException("its graph has names of more than [" + MAX_NAME_BYTES
                    + "] bytes, or too many of them for [" + MAX_NAMES_BYTES
                    + "] bytes; export it with shorter or fewer ones");
        }
    }

    void addDescription(long length) {
        description += length;
        if (description > MAX_DESCRIPTION_BYTES) {
            throw new ModelException("its description and its properties have more than [" + MAX_DESCRIPTION_BYTES
                    + "] bytes; export it with less of them");
        }
    }

    void addValue() {
        values++;
        if (values > MAX_VALUES) {
            throw new ModelException("its graph describes more than [" + MAX_VALUES + "] values; export a smaller one");
        }
    }

    void addNode() {
        checkNodes(++nodes);
    }

    static void checkNodes(long count) {
        if (count > MAX_NODES) {
            throw new ModelException("its graph has more than [" + MAX_NODES
                    + "] nodes, those of its functions included; export a smaller one");
        }
    }

    static void checkBranches(long count) {
        if (count > MAX_BRANCHES) {
            throw new ModelException("its graph has more than [" + MAX_BRANCHES
                    + "] conditions and loops, those of its functions included; export it without them");
        }
    }

    static void checkDepth(int depth) {
        if (depth > MAX_GRAPH_DEPTH) {
            throw new ModelException("it has graphs within graphs deeper than [" + MAX_GRAPH_DEPTH
                    + "]; export it without conditions and loops");
        }
    }

    static void checkInputsOfNode(int count) {
        if (count > MAX_INPUTS) {
            throw tooManyInputs();
        }
    }

    /**
     * @param all inputs of all nodes
     * @param uses nodes that need the same value
     */
    static void checkInputs(long all, long uses) {
        if (all > MAX_ALL_INPUTS || uses > MAX_USES) {
            throw tooManyInputs();
        }
    }

    private static ModelException tooManyInputs() {
        return new ModelException("its graph has a node of more than [" + MAX_INPUTS
                + "] inputs, a value that more than [" + MAX_USES + "] nodes need, or more than [" + MAX_ALL_INPUTS
                + "] inputs in all; export a smaller one");
    }
}
