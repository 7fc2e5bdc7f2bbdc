package io.lookalike.admin;

import java.util.List;
import java.util.Map;

/** Lists the models of each node, with inputs, outputs and hash. */
public final class ModelsAction extends NodesAction {
    public static final ModelsAction INSTANCE = new ModelsAction();
    public static final String NAME = "cluster:monitor/lookalike/models";
    static final String MODELS = "models";

    private ModelsAction() {
        super(NAME);
    }

    /** @param model its id; null for all models */
    public static Request request(String model) {
        return new Request(model);
    }

    /** The models of one node, each as the fields of a JSON object. */
    @SuppressWarnings("unchecked")
    public static List<Map<String, Object>> models(NodeFields node) {
        return (List<Map<String, Object>>) node.fields().get(MODELS);
    }
}
