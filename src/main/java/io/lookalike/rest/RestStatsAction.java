package io.lookalike.rest;

import io.lookalike.admin.NodesAction;
import io.lookalike.admin.StatsAction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActions;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * {@code GET /_lookalike/stats}: what happened to pictures on every node since it started, how long it took, and what
 * waits.
 */
public final class RestStatsAction extends BaseRestHandler {
    @Override
    public String getName() {
        return "lookalike_stats";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_lookalike/stats"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        return channel ->
                client.execute(StatsAction.INSTANCE, StatsAction.request(), new RestBuilderListener<>(channel) {
                    @Override
                    public RestResponse buildResponse(NodesAction.Response response, XContentBuilder builder)
                            throws Exception {
                        builder.startObject();
                        RestActions.buildNodesHeader(builder, request, response);
                        builder.startObject("nodes");
                        for (NodesAction.NodeFields node : response.getNodes()) {
                            Map<String, Object> fields = new LinkedHashMap<>();
                            fields.put("name", node.getNode().getName());
                            fields.putAll(node.fields());
                            builder.field(node.getNode().getId(), fields);
                        }
                        builder.endObject().endObject();
                        return new RestResponse(RestStatus.OK, builder);
                    }
                });
    }
}
