package io.lookalike.rest;

import io.lookalike.evaluate.EvaluateAction;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.RefCountingRunnable;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActionListener;
import org.elasticsearch.rest.action.RestCancellableNodeClient;

/**
 * {@code POST /{index}/_lookalike/evaluate}: what settings of a search are worth, as JSON, or with {@code ?format=svg}
 * or {@code Accept: image/svg+xml} as a picture.
 */
public final class RestEvaluateAction extends LongRestHandler {
    public RestEvaluateAction(PictureBreaker breaker) {
        super(breaker);
    }

    private static final String SVG = "image/svg+xml";

    @Override
    public String getName() {
        return "lookalike_evaluate";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.POST, "/{index}/_lookalike/evaluate"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        return withBody(request, (body, counted) -> evaluate(request, client, body, counted));
    }

    private static RestChannelConsumer evaluate(
            RestRequest request, NodeClient client, Map<String, Object> body, RefCountingRunnable counted) {
        EvaluateAction.Request evaluate = new EvaluateAction.Request(
                Strings.splitStringByCommaToArray(request.param("index")),
                IndicesOptions.fromRequest(request, SearchRequest.DEFAULT_INDICES_OPTIONS),
                body);
        if (!isPicture(request)) {
            return run(request, client, EvaluateAction.INSTANCE, evaluate, counted);
        }
        if (!Parameters.flag(request, "wait_for_completion", true)) {
            throw new IllegalArgumentException(
                    "a picture is drawn when the work is done; leave [wait_for_completion] or [format] out");
        }
        return channel -> new RestCancellableNodeClient(client, request.getHttpChannel())
                .execute(
                        EvaluateAction.INSTANCE,
                        evaluate,
                        ActionListener.releaseAfter(new Drawing(channel), counted.acquire()));
    }

    private static boolean isPicture(RestRequest request) {
        String format = request.param("format");
        if (format != null) {
            return format.equals("svg");
        }
        String accepted = request.header("Accept");
        return accepted != null && accepted.contains(SVG);
    }

    private static final class Drawing extends RestActionListener<EvaluateAction.Response> {
        Drawing(RestChannel channel) {
            super(channel);
        }

        @Override
        protected void processResponse(EvaluateAction.Response response) {
            channel.sendResponse(new RestResponse(RestStatus.OK, SVG, response.toSvg()));
        }
    }
}
