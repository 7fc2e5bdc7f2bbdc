package io.lookalike.rest;

import io.lookalike.admin.ModelsAction;
import io.lookalike.admin.NodesAction;
import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActions;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/** {@code GET /_lookalike/model[/{id}]}: the models of every node with inputs, outputs and hash. */
public final class RestModelsAction extends BaseRestHandler {
    @Override
    public String getName() {
        return "lookalike_models";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, "/_lookalike/model"),
                new Route(RestRequest.Method.GET, "/_lookalike/model/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        return channel ->
                client.execute(ModelsAction.INSTANCE, ModelsAction.request(id), new RestBuilderListener<>(channel) {
                    @Override
                    public RestResponse buildResponse(NodesAction.Response response, XContentBuilder builder)
                            throws Exception {
                        builder.startObject();
                        RestActions.buildNodesHeader(builder, request, response);
                        builder.startObject("nodes");
                        for (NodesAction.NodeFields node : response.getNodes()) {
                            builder.startObject(node.getNode().getId());
                            builder.field("name", node.getNode().getName());
                            builder.field("models", ModelsAction.models(node));
                            builder.endObject();
                        }
                        builder.endObject().endObject();
                        return new RestResponse(RestStatus.OK, builder);
                    }
                });
    }
}
