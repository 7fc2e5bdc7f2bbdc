package io.lookalike.rest;

import io.lookalike.admin.DeleteEncoderAction;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestToXContentListener;

/** {@code DELETE /_lookalike/encoder/{id}} */
public final class RestDeleteEncoderAction extends NamedRestHandler {
    public RestDeleteEncoderAction() {
        super("lookalike_delete_encoder", new Route(RestRequest.Method.DELETE, "/_lookalike/encoder/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        DeleteEncoderAction.Request delete = new DeleteEncoderAction.Request(
                RestUtils.getMasterNodeTimeout(request),
                RestUtils.getAckTimeout(request),
                request.param("id"),
                Parameters.flag(request, "force", false));
        return channel -> client.execute(DeleteEncoderAction.INSTANCE, delete, new RestToXContentListener<>(channel));
    }
}
