package io.lookalike.rest;

import io.lookalike.train.GetTrainingAction;
import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestToXContentListener;

/** {@code GET /_lookalike/encoder/{id}/_train}: the progress of a training, or its result. */
public final class RestGetTrainingAction extends BaseRestHandler {
    @Override
    public String getName() {
        return "lookalike_get_training";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}/_train"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        GetTrainingAction.Request get = new GetTrainingAction.Request(request.param("id"));
        return channel -> client.execute(GetTrainingAction.INSTANCE, get, new RestToXContentListener<>(channel));
    }
}
