package io.lookalike.rest;

import io.lookalike.admin.PutEncoderAction;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestToXContentListener;

/** {@code PUT /_lookalike/encoder/{id}} */
public final class RestPutEncoderAction extends BodyRestHandler {
    /** Twice the limit of the cluster state, to leave room for indented bodies. */
    private static final int MAX_BYTES = 16 << 20;

    public RestPutEncoderAction(PictureBreaker breaker) {
        super(breaker, "lookalike_put_encoder", new Route(RestRequest.Method.PUT, "/_lookalike/encoder/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        if (request.contentLength() > MAX_BYTES) {
            throw new IllegalArgumentException("an encoder's body may have at most [" + MAX_BYTES + "] bytes; got ["
                    + request.contentLength() + "]");
        }
        return withBody(request, (body, counted) -> {
            PutEncoderAction.Request put = new PutEncoderAction.Request(
                    RestUtils.getMasterNodeTimeout(request),
                    RestUtils.getAckTimeout(request),
                    request.param("id"),
                    body);
            return channel -> client.execute(
                    PutEncoderAction.INSTANCE,
                    put,
                    ActionListener.releaseAfter(new RestToXContentListener<>(channel), counted.acquire()));
        });
    }
}
