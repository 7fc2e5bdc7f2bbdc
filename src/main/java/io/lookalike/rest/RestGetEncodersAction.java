package io.lookalike.rest;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.GetEncodersAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * {@code GET /_lookalike/encoder[/{id}][?full=true]}: encoders with their fingerprints; long arrays, and base64, are shown by their
 * length unless {@code full}, whose answer for one id is a body that PUT takes back.
 */
public final class RestGetEncodersAction extends BaseRestHandler {
    private static final int SHOWN = 8;
    /** More than any name has; a learned array as base64 is longer. */
    private static final int SHOWN_LETTERS = 200;

    @Override
    public String getName() {
        return "lookalike_get_encoders";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, "/_lookalike/encoder"),
                new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        boolean full = request.paramAsBoolean("full", false);
        if (full && id == null) {
            throw new IllegalArgumentException(
                    "[full] needs one encoder; name it as /_lookalike/encoder/{id}?full=true");
        }
        return channel -> client.execute(
                GetEncodersAction.INSTANCE, new GetEncodersAction.Request(id), new Listener(channel, full));
    }

    private static final class Listener extends RestBuilderListener<GetEncodersAction.Response> {
        private final boolean full;

        Listener(RestChannel channel, boolean full) {
            super(channel);
            this.full = full;
        }

        @Override
        public RestResponse buildResponse(GetEncodersAction.Response response, XContentBuilder builder)
                throws Exception {
            if (full) {
                builder.map(body(response.encoders().values().iterator().next()));
            } else {
                builder.startObject();
                for (EncoderDefinition encoder : response.encoders().values()) {
                    builder.field(encoder.id());
                    builder.map(shorten(body(encoder)));
                }
                builder.endObject();
            }
            return new RestResponse(RestStatus.OK, builder);
        }

        private static Map<String, Object> body(EncoderDefinition encoder) {
            Map<String, Object> body = encoder.configMap();
            body.put("fingerprint", encoder.fingerprint());
            if (!encoder.modelSha256().isEmpty()) {
                body.put("model_sha256", encoder.modelSha256());
            }
            return body;
        }

        @SuppressWarnings("unchecked")
        private static Map<String, Object> shorten(Map<String, Object> map) {
            map.replaceAll((key, value) -> shortened(value));
            return map;
        }

        @SuppressWarnings("unchecked")
        private static Object shortened(Object value) {
            if (value instanceof Map<?, ?> inner) {
                return shorten((Map<String, Object>) inner);
            }
            if (value instanceof List<?> list) {
                int shown = list.size() > SHOWN ? SHOWN - 1 : list.size();
                List<Object> some = new ArrayList<>();
                for (Object each : list.subList(0, shown)) {
                    some.add(shortened(each));
                }
                if (shown < list.size()) {
                    some.add("… [" + list.size() + "] in all; see ?full=true");
                }
                return some;
            }
            if (value instanceof String text && text.length() > SHOWN_LETTERS) {
                return "… [" + text.length() + "] letters; see ?full=true";
            }
            return value;
        }
    }
}
