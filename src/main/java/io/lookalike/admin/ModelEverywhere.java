package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;

/** Checks that every node has the model of a new encoder. Stateless. */
public final class ModelEverywhere {
    private ModelEverywhere() {}

    /**
     * Asks every node. The listener gets an {@link IllegalArgumentException} with the nodes that lack the model or have
     * a different model with the same name.
     */
    public static void require(Client client, EncoderDefinition definition, ActionListener<Void> listener) {
        if (definition.modelSha256().isEmpty() || definition.model().equals(EncoderDefinition.DEFAULT_MODEL)) {
            listener.onResponse(null);
            return;
        }
        String model = definition.model();
        AsSystem.execute(
                client,
                ModelsAction.INSTANCE,
                ModelsAction.request(model),
                listener.delegateFailureAndWrap((next, models) -> {
                    List<String> lacking = new ArrayList<>();
                    for (NodesAction.NodeFields node : models.getNodes()) {
                        List<Map<String, Object>> found = ModelsAction.models(node);
                        if (found.stream()
                                .noneMatch(m -> definition.modelSha256().equals(m.get("sha256")))) {
                            lacking.add(node.getNode().getName() + instead(found));
                        }
                    }
                    models.failures().forEach(failure -> lacking.add(failure.nodeId()));
                    if (!lacking.isEmpty()) {
                        throw new IllegalArgumentException("nodes " + lacking + " lack model [" + model
                                + "] with SHA-256 [" + definition.modelSha256()
                                + "]; put the same model.onnx into config/lookalike/models/" + model
                                + " on every node");
                    }
                    next.onResponse(null);
                }));
    }

    /** The different model on a node, or why the node cannot load it; for the message. */
    private static String instead(List<Map<String, Object>> models) {
        return models.stream()
                .findFirst()
                .map(model -> model.containsKey("error")
                        ? " (" + model.get("error") + ")"
                        : " (which has [" + model.get("sha256") + "])")
                .orElse("");
    }
}
