package io.lookalike.rest;

import io.lookalike.admin.EncodeAction;
import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.Values;
import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import java.util.Map;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.rest.action.RestCancellableNodeClient;
import org.elasticsearch.xcontent.ParsedMediaType;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * {@code POST /_lookalike/encoder/{id}/_encode}: the fields that a document would get, for {@code {"image":
 * "<base64>"}}, {@code {"vector": […]}} or a picture as the raw body; with {@code ?explain} also the input of the
 * model.
 */
public final class RestEncodeAction extends BodyRestHandler {
    public RestEncodeAction(PictureBreaker breaker) {
        super(breaker, "lookalike_encode", new Route(RestRequest.Method.POST, "/_lookalike/encoder/{id}/_encode"));
    }

    /** Also accepts {@code image/*} and {@code application/octet-stream} for a picture. */
    @Override
    public boolean mediaTypesValid(RestRequest request) {
        return super.mediaTypesValid(request) || isPicture(request);
    }

    private static boolean isPicture(RestRequest request) {
        ParsedMediaType type = request.getParsedContentType();
        String name = type == null ? "" : type.mediaTypeWithoutParameters();
        return name.startsWith("image/") || name.equals("application/octet-stream");
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        String encoder = request.param("id");
        boolean explain = Parameters.flag(request, "explain", false);
        RestCancellableNodeClient cancelling = new RestCancellableNodeClient(client, request.getHttpChannel());
        // the queue counts the picture as soon as it is queued
        if (request.hasContent() && isPicture(request)) {
            return withBytes(
                    request,
                    counted -> encode(
                            cancelling,
                            new EncodeAction.Request(
                                    encoder, BytesReference.toBytes(request.content()), null, explain)));
        }
        return withBody(request, (body, counted) -> encode(cancelling, request(encoder, body, explain)));
    }

    private static RestChannelConsumer encode(RestCancellableNodeClient client, EncodeAction.Request encode) {
        return channel -> client.execute(EncodeAction.INSTANCE, encode, new RestBuilderListener<>(channel) {
            @Override
            public RestResponse buildResponse(EncodeAction.Response response, XContentBuilder builder)
                    throws Exception {
                builder.map(response.map());
                return new RestResponse(RestStatus.OK, builder);
            }
        });
    }

    private static EncodeAction.Request request(String encoder, Map<String, Object> body, boolean explain) {
        ConfigReader reader = new ConfigReader("_encode", body);
        Object image = reader.value("image");
        Object vector = reader.value("vector");
        reader.finish();
        if ((image == null) == (vector == null)) {
            throw new IllegalArgumentException(
                    "give one of [image] (base64) and [vector] (a list of numbers), or send the picture as the raw "
                            + "body");
        }
        if (explain && image == null) {
            throw new IllegalArgumentException(
                    "[explain] shows what a model is fed with of a picture; give [image], or leave it out");
        }
        return new EncodeAction.Request(
                encoder, image, vector == null ? null : Values.vector("[vector]", vector), explain);
    }
}
