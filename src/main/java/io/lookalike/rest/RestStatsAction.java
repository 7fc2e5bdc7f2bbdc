package io.lookalike.rest;

import io.lookalike.admin.NodesAction;
import io.lookalike.admin.StatsAction;
import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;

/** {@code GET /_lookalike/stats}: outcomes, times and queue lengths of each node since its start. */
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
        return channel -> client.execute(
                StatsAction.INSTANCE,
                StatsAction.request(),
                new NodesListener(channel, NodesAction.NodeFields::fields));
    }
}
