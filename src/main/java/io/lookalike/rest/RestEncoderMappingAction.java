package io.lookalike.rest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.GetEncodersAction;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/** {@code GET /_lookalike/encoder/{id}/_mapping}: a body for creating an index. */
public final class RestEncoderMappingAction extends BaseRestHandler {
    @Override
    public String getName() {
        return "lookalike_encoder_mapping";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}/_mapping"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        String target = request.param("target_field", "photo");
        Mappings.Graph graph = graph(request.param("graph", "vectors"));
        boolean nested = request.paramAsBoolean("nested", false);
        return channel -> client.execute(
                GetEncodersAction.INSTANCE, new GetEncodersAction.Request(id), new RestBuilderListener<>(channel) {
                    @Override
                    public RestResponse buildResponse(GetEncodersAction.Response response, XContentBuilder builder)
                            throws Exception {
                        EncoderDefinition encoder = response.encoders().get(id);
                        // a replica where there is a node for it: a cluster of one stays green
                        builder.map(Map.of(
                                "settings", Map.of("index.auto_expand_replicas", "0-1"),
                                "mappings", Mappings.of(encoder, target, graph, nested)));
                        return new RestResponse(RestStatus.OK, builder);
                    }
                });
    }

    private static Mappings.Graph graph(String name) {
        for (Mappings.Graph graph : Mappings.Graph.values()) {
            if (graph.name().toLowerCase(Locale.ROOT).equals(name)) {
                return graph;
            }
        }
        throw new IllegalArgumentException(
                "[graph] must be one of [vectors, codes, none]; got [" + Values.cut(name) + "]");
    }
}
