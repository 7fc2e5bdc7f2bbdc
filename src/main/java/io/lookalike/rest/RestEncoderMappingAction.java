package io.lookalike.rest;

import io.lookalike.admin.GetEncodersAction;
import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.indices.IndicesModule;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/** {@code GET /_lookalike/encoder/{id}/_mapping}: a body for creating an index. */
public final class RestEncoderMappingAction extends NamedRestHandler {
    /** The default of index.mapping.depth.limit is 20; {@code region} and its fields need two levels. */
    private static final int MAX_PARTS = 18;

    public RestEncoderMappingAction() {
        super("lookalike_encoder_mapping", new Route(RestRequest.Method.GET, "/_lookalike/encoder/{id}/_mapping"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        String target = request.param("target_field", "photo");
        Mappings.Graph graph = ConfigReader.constant("graph", request.param("graph", "vectors"), Mappings.Graph.class);
        boolean nested = Parameters.flag(request, "nested", false);
        String field = request.param("field", "image");
        boolean kept = !Parameters.flag(request, "remove_source", true);
        String pipeline = request.param("pipeline");
        requireFieldName("target_field", target, "photo");
        requireFieldName("field", field, "image");
        if (pipeline != null && pipeline.isBlank()) {
            throw new IllegalArgumentException("[pipeline] must be the name of an ingest pipeline; got ["
                    + Messages.show(pipeline) + "]; leave it out if each request names its own");
        }
        boolean hasPictureOptions = request.hasParam("field") || request.hasParam("remove_source");
        if (Mappings.overlap(field, target)) {
            throw new IllegalArgumentException("[field] [" + Messages.show(field)
                    + "] must not equal, contain or lie inside [target_field] [" + Messages.show(target) + "]");
        }
        return channel -> client.execute(
                GetEncodersAction.INSTANCE, new GetEncodersAction.Request(id), new RestBuilderListener<>(channel) {
                    @Override
                    public RestResponse buildResponse(GetEncodersAction.Response response, XContentBuilder builder)
                            throws Exception {
                        EncoderDefinition encoder = response.encoders().get(id);
                        boolean vectors = encoder.modelSha256().isEmpty();
                        if (vectors && hasPictureOptions) {
                            throw new IllegalArgumentException(
                                    "[field] and [remove_source] are for pictures, but encoder [" + id
                                            + "] has no model and takes vectors; leave both out");
                        }
                        Map<String, Object> settings = new TreeMap<>();
                        // a replica only if there is a second node, so that a cluster of one node stays green
                        settings.put("index.auto_expand_replicas", "0-1");
                        if (pipeline != null) {
                            settings.put("index.default_pipeline", pipeline);
                        }
                        Map<String, Object> mapping = Mappings.of(encoder, target, graph, nested);
                        builder.map(Map.of(
                                "settings",
                                settings,
                                "mappings",
                                vectors ? mapping : Mappings.withPicture(mapping, field, kept)));
                        return new RestResponse(RestStatus.OK, builder);
                    }
                });
    }

    private static void requireFieldName(String parameter, String name, String example) {
        String allowed = !Mappings.isFieldName(name) || name.indexOf('*') >= 0
                ? "a field's name, without blanks, wildcards and empty parts"
                : IndicesModule.getBuiltInMetadataFields().contains(name.split("\\.", 2)[0])
                        ? "a field of your own, not one of Elasticsearch's"
                        : name.chars().filter(letter -> letter == '.').count() >= MAX_PARTS
                                ? "a field's name of at most [" + MAX_PARTS
                                        + "] parts, because a mapping may be [20] deep with the fields within it"
                                : null;
        if (allowed != null) {
            throw new IllegalArgumentException("[" + parameter + "] must be " + allowed + ", such as [" + example
                    + "]; got [" + Messages.show(name) + "]");
        }
    }
}
