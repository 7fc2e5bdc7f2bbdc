package io.lookalike.rest;

import io.lookalike.admin.NodesAction;
import io.lookalike.admin.StatsAction;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.RestRequest;

/** {@code GET /_lookalike/stats}: outcomes, times and queue lengths of each node since its start. */
public final class RestStatsAction extends NamedRestHandler {
    public RestStatsAction() {
        super("lookalike_stats", new Route(RestRequest.Method.GET, "/_lookalike/stats"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        return channel -> client.execute(
                StatsAction.INSTANCE,
                StatsAction.request(),
                new NodesListener(channel, NodesAction.NodeFields::fields));
    }
}
