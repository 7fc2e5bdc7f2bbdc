package io.lookalike.rest;

import io.lookalike.encoder.PutEncoderAction;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentParser;

/** {@code PUT /_lookalike/encoder/{id}} */
public final class RestPutEncoderAction extends BaseRestHandler {
    @Override
    public String getName() {
        return "lookalike_put_encoder";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.PUT, "/_lookalike/encoder/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        Map<String, Object> body;
        try (XContentParser parser = request.contentParser()) {
            body = parser.mapOrdered();
        }
        // what GET ?full=true adds to a body tells, but does not define: PUT takes it back
        body.remove("fingerprint");
        body.remove("model_sha256");
        PutEncoderAction.Request put = new PutEncoderAction.Request(
                RestUtils.getMasterNodeTimeout(request), RestUtils.getAckTimeout(request), request.param("id"), body);
        return channel -> client.execute(PutEncoderAction.INSTANCE, put, new RestToXContentListener<>(channel));
    }
}
