package io.lookalike.rest;

import io.lookalike.duplicates.DuplicatesAction;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.rest.RestRequest;

/** {@code POST /{index}/_lookalike/duplicates}: groups of near-duplicates. */
public final class RestDuplicatesAction extends LongRestHandler {
    public RestDuplicatesAction(PictureBreaker breaker) {
        super(breaker, "lookalike_duplicates", new Route(RestRequest.Method.POST, "/{index}/_lookalike/duplicates"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        return withBody(request, (body, counted) -> {
            QueryBuilder query = Bodies.query(request, body);
            return run(
                    request,
                    client,
                    DuplicatesAction.INSTANCE,
                    new DuplicatesAction.Request(
                            Strings.splitStringByCommaToArray(request.param("index")), body, query),
                    counted);
        });
    }
}
