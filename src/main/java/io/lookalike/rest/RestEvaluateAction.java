package io.lookalike.rest;

import io.lookalike.evaluate.EvaluateAction;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.RefCountingRunnable;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.rest.RestRequest;

/** {@code POST /{index}/_lookalike/evaluate}: measures recall and cost of the settings of a search. */
public final class RestEvaluateAction extends LongRestHandler {
    public RestEvaluateAction(PictureBreaker breaker) {
        super(breaker, "lookalike_evaluate", new Route(RestRequest.Method.POST, "/{index}/_lookalike/evaluate"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        if ("svg".equals(request.param("format"))) {
            throw new IllegalArgumentException(
                    "[format] must not be [svg]: an evaluation answers JSON; to draw a chart, use "
                            + "[bin/bench tradeoff]");
        }
        return withBody(request, (body, counted) -> evaluate(request, client, body, counted));
    }

    private static RestChannelConsumer evaluate(
            RestRequest request, NodeClient client, Map<String, Object> body, RefCountingRunnable counted) {
        EvaluateAction.Request evaluate = new EvaluateAction.Request(
                Strings.splitStringByCommaToArray(request.param("index")),
                IndicesOptions.fromRequest(request, SearchRequest.DEFAULT_INDICES_OPTIONS),
                body);
        return run(request, client, EvaluateAction.INSTANCE, evaluate, counted);
    }
}
