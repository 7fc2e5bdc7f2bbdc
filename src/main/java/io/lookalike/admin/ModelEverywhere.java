package io.lookalike.admin;

import io.lookalike.encoder.EncoderDefinition;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;

/** Checks that every node has the models of a new encoder. Stateless. */
public final class ModelEverywhere {
    private ModelEverywhere() {}

    /**
     * Asks every node. The listener gets an {@link IllegalArgumentException} with the nodes that lack a model or have a
     * different model with the same name.
     */
    public static void require(Client client, EncoderDefinition definition, ActionListener<Void> listener) {
        require(client, definition.models().entrySet().iterator(), listener);
    }

    private static void require(
            Client client, Iterator<Map.Entry<String, String>> models, ActionListener<Void> listener) {
        if (!models.hasNext()) {
            listener.onResponse(null);
            return;
        }
        Map.Entry<String, String> next = models.next();
        ActionListener<Void> others = listener.delegateFailureAndWrap((l, there) -> require(client, models, l));
        if (next.getKey().equals(EncoderDefinition.DEFAULT_MODEL)) {
            others.onResponse(null);
        } else {
            require(client, next.getKey(), next.getValue(), others);
        }
    }

    private static void require(Client client, String model, String sha256, ActionListener<Void> listener) {
        AsSystem.execute(
                client,
                ModelsAction.INSTANCE,
                ModelsAction.request(model),
                listener.delegateFailureAndWrap((next, models) -> {
                    List<String> lacking = new ArrayList<>();
                    for (NodesAction.NodeFields node : models.getNodes()) {
                        List<Map<String, Object>> found = ModelsAction.models(node);
                        if (found.stream().noneMatch(m -> sha256.equals(m.get("sha256")))) {
                            lacking.add(node.getNode().getName() + instead(found));
                        }
                    }
                    models.failures().forEach(failure -> lacking.add(failure.nodeId()));
                    if (!lacking.isEmpty()) {
                        throw new IllegalArgumentException("nodes " + lacking + " lack model [" + model
                                + "] with SHA-256 [" + sha256
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
