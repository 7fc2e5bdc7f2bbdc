package io.lookalike.rest;

import io.lookalike.admin.ModelsAction;
import java.util.Map;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.RestRequest;

/** {@code GET /_lookalike/model[/{id}]}: the models of every node with inputs, outputs and hash. */
public final class RestModelsAction extends NamedRestHandler {
    public RestModelsAction() {
        super(
                "lookalike_models",
                new Route(RestRequest.Method.GET, "/_lookalike/model"),
                new Route(RestRequest.Method.GET, "/_lookalike/model/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        return channel -> client.execute(
                ModelsAction.INSTANCE,
                ModelsAction.request(id),
                new NodesListener(channel, node -> Map.of("models", ModelsAction.models(node))));
    }
}
