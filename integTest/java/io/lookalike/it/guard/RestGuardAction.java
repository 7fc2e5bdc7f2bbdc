package io.lookalike.it.guard;

import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/** {@code GET /_guard}: what was done in whose name, and what in the wrong one; {@code DELETE} forgets it. */
final class RestGuardAction extends BaseRestHandler {
    private final Guard guard;

    RestGuardAction(Guard guard) {
        this.guard = guard;
    }

    @Override
    public String getName() {
        return "guard";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_guard"), new Route(RestRequest.Method.DELETE, "/_guard"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        if (request.method() == RestRequest.Method.DELETE) {
            guard.forget();
        }
        return channel -> {
            try (XContentBuilder builder = channel.newBuilder()) {
                builder.startObject()
                        .field("violations", guard.violations())
                        .field("done", guard.done())
                        .endObject();
                channel.sendResponse(new RestResponse(RestStatus.OK, builder));
            }
        };
    }
}
