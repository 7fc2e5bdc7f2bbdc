package io.lookalike.rest;

import io.lookalike.admin.NodesAction;
import java.util.Map;
import java.util.function.Function;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActions;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/** Writes a response with one object for each node, by node id. */
final class NodesListener extends RestBuilderListener<NodesAction.Response> {
    private final Function<NodesAction.NodeFields, Map<String, Object>> fields;

    /** @param fields of a node, written behind its name */
    NodesListener(RestChannel channel, Function<NodesAction.NodeFields, Map<String, Object>> fields) {
        super(channel);
        this.fields = fields;
    }

    @Override
    public RestResponse buildResponse(NodesAction.Response response, XContentBuilder builder) throws Exception {
        builder.startObject();
        RestActions.buildNodesHeader(builder, channel.request(), response);
        builder.startObject("nodes");
        for (NodesAction.NodeFields node : response.getNodes()) {
            builder.startObject(node.getNode().getId());
            builder.field("name", node.getNode().getName());
            for (Map.Entry<String, Object> field : fields.apply(node).entrySet()) {
                builder.field(field.getKey(), field.getValue());
            }
            builder.endObject();
        }
        builder.endObject().endObject();
        return new RestResponse(RestStatus.OK, builder);
    }
}
