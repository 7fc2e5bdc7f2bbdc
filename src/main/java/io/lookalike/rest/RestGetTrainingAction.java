package io.lookalike.rest;

import io.lookalike.train.GetTrainingAction;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestToXContentListener;

/** {@code GET /_lookalike/encoder/{id}/_train}: the progress of a training, or its result. */
public final class RestGetTrainingAction extends NamedRestHandler {
    public RestGetTrainingAction() {
        super("lookalike_get_training", new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}/_train"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        GetTrainingAction.Request get = new GetTrainingAction.Request(request.param("id"));
        return channel -> client.execute(GetTrainingAction.INSTANCE, get, new RestToXContentListener<>(channel));
    }
}
