package io.lookalike.rest;

import io.lookalike.inference.PictureBreaker;
import io.lookalike.reencode.ReencodeAction;
import java.io.IOException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.rest.RestRequest;

/**
 * {@code POST /{index}/_lookalike/reencode}: writes the fields of a trained encoder beside those of the encoder it was
 * trained from.
 */
public final class RestReencodeAction extends LongRestHandler {
    public RestReencodeAction(PictureBreaker breaker) {
        super(breaker, "lookalike_reencode", new Route(RestRequest.Method.POST, "/{index}/_lookalike/reencode"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        return withBody(request, (body, counted) -> {
            QueryBuilder query = Bodies.query(request, body);
            float requestsPerSecond = request.paramAsFloat("requests_per_second", -1);
            ReencodeAction.Request reencode = new ReencodeAction.Request(
                    Strings.splitStringByCommaToArray(request.param("index")),
                    body,
                    query,
                    requestsPerSecond == -1 ? Float.POSITIVE_INFINITY : requestsPerSecond,
                    Parameters.flag(request, "refresh", false));
            return run(request, client, ReencodeAction.INSTANCE, reencode, counted, ReencodeAction.Response::status);
        });
    }
}
