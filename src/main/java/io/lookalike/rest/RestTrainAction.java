package io.lookalike.rest;

import io.lookalike.inference.PictureBreaker;
import io.lookalike.train.TrainAction;
import java.io.IOException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;

/** {@code POST /_lookalike/encoder/{id}/_train}: learns from indexed vectors, and creates an encoder. */
public final class RestTrainAction extends LongRestHandler {
    public RestTrainAction(PictureBreaker breaker) {
        super(breaker, "lookalike_train", new Route(RestRequest.Method.POST, "/_lookalike/encoder/{id}/_train"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        return withBody(request, (body, counted) -> {
            QueryBuilder query = Bodies.query(request, body);
            return run(
                    request,
                    client,
                    TrainAction.INSTANCE,
                    new TrainAction.Request(request.param("id"), body, query, RestUtils.getMasterNodeTimeout(request)),
                    counted);
        });
    }
}
