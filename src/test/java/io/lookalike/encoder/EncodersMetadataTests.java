package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.LookalikePlugin;
import io.lookalike.TestLogging;
import io.lookalike.inference.TestEncoders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.cluster.ClusterModule;
import org.elasticsearch.cluster.NamedDiff;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.NamedWriteableAwareStreamInput;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.xcontent.ChunkedToXContent;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.junit.jupiter.api.Test;

class EncodersMetadataTests {
    static {
        TestLogging.start();
    }

    private static final List<XContentType> FORMS = List.of(XContentType.JSON, XContentType.SMILE, XContentType.CBOR);
    private final NamedWriteableRegistry writeables =
            new NamedWriteableRegistry(new LookalikePlugin().getNamedWriteables());

    private static EncoderDefinition definition(String id, int dims) {
        return EncoderDefinition.of(id, EncoderConfig.parse(Map.of("model", "none", "dims", dims), null), "");
    }

    private static EncodersMetadata metadata(int... dims) {
        Map<String, EncoderDefinition> encoders = new TreeMap<>();
        for (int each : dims) {
            encoders.put("e" + each, definition("e" + each, each));
        }
        return new EncodersMetadata(encoders);
    }

    private StreamInput in(BytesStreamOutput out) throws IOException {
        return new NamedWriteableAwareStreamInput(out.bytes().streamInput(), writeables);
    }

    @Test
    void testWire() throws IOException {
        for (EncodersMetadata metadata : List.of(EncodersMetadata.EMPTY, metadata(1), metadata(1, 2, 3))) {
            BytesStreamOutput out = new BytesStreamOutput();
            out.writeNamedWriteable(metadata);
            assertEquals(metadata, in(out).readNamedWriteable(Metadata.ProjectCustom.class));
            assertTrue(TransportVersion.current().supports(metadata.getMinimalSupportedVersion()));
        }
    }

    @Test
    void testADiffHoldsWhatChanged() throws IOException {
        EncodersMetadata large = metadata(1)
                .with(EncoderDefinition.of(
                        "large",
                        EncoderConfig.parse(
                                Map.of(
                                        "model",
                                        "none",
                                        "dims",
                                        4096,
                                        "hash",
                                        Map.of("center", Collections.nCopies(4096, 0.25))),
                                null),
                        ""));
        for (EncodersMetadata[] change : new EncodersMetadata[][] {
            {EncodersMetadata.EMPTY, metadata(1)},
            {metadata(1, 2), metadata(2, 3)},
            {metadata(1), EncodersMetadata.EMPTY},
            {metadata(1), metadata(1)},
            {large, large.with(definition("e2", 2))},
            {large, large.without("e1")},
            {metadata(5), new EncodersMetadata(Map.of("e5", definition("e5", 6)))}
        }) {
            BytesStreamOutput out = new BytesStreamOutput();
            out.writeNamedWriteable((NamedDiff<?>) change[1].diff(change[0]));
            assertTrue(out.size() < 2000, "a diff of " + out.size() + " bytes");
            @SuppressWarnings("unchecked")
            NamedDiff<Metadata.ProjectCustom> read = in(out).readNamedWriteable(NamedDiff.class);
            assertEquals(change[1], read.apply(change[0]));
        }
    }

    @Test
    void testXContent() throws IOException {
        for (XContentType form : FORMS) {
            for (EncodersMetadata metadata : List.of(EncodersMetadata.EMPTY, metadata(1), metadata(1, 2, 3))) {
                BytesReference bytes = write(metadata, form, ToXContent.EMPTY_PARAMS);
                try (XContentParser parser = parser(bytes, form)) {
                    parser.nextToken();
                    assertEquals(metadata, EncodersMetadata.fromXContent(parser));
                    assertEquals(XContentParser.Token.END_OBJECT, parser.currentToken());
                }
            }
        }
    }

    @Test
    void testWhatIsNotKnownIsPassedOver() throws IOException {
        String text = "{\"later\":{\"a\":[1,{}]},\"encoders\":{\"x\":{\"config\":\"{}\",\"model_sha256\":\"\","
                + "\"fingerprint\":\"f\",\"later\":\"y\"}},\"version\":1}";
        try (XContentParser parser = parser(new BytesArray(text), XContentType.JSON)) {
            parser.nextToken();
            assertEquals(
                    Map.of("x", new EncoderDefinition("x", "", "{}", "f")),
                    EncodersMetadata.fromXContent(parser).encoders());
        }
    }

    /** In the forms that a node writes to disk and that a snapshot holds. */
    @Test
    void testInsideTheMetadataOfACluster() throws IOException {
        EncodersMetadata metadata = metadata(1, 2);
        for (String context : List.of(Metadata.CONTEXT_MODE_GATEWAY, Metadata.CONTEXT_MODE_SNAPSHOT)) {
            for (XContentType form : FORMS) {
                Metadata whole = TestEncoders.state(metadata).metadata();
                BytesReference bytes =
                        write(whole, form, new ToXContent.MapParams(Map.of(Metadata.CONTEXT_MODE_PARAM, context)));
                try (XContentParser parser = parser(bytes, form)) {
                    Metadata read = Metadata.fromXContent(parser);
                    assertEquals(
                            metadata,
                            read.getProject(Metadata.DEFAULT_PROJECT_ID).custom(EncodersMetadata.TYPE),
                            context + " " + form);
                }
            }
        }
    }

    @Test
    void testWhereItIsShown() {
        assertEquals(
                EnumSet.of(Metadata.XContentContext.GATEWAY, Metadata.XContentContext.SNAPSHOT),
                metadata(1).context());
        assertTrue(metadata(1).isRestorable());
        assertNotNull(
                EncodersMetadata.of(TestEncoders.state(metadata(1))).encoders().get("e1"));
    }

    private static BytesReference write(ChunkedToXContent content, XContentType form, ToXContent.Params params)
            throws IOException {
        try (XContentBuilder builder = XContentBuilder.builder(form.xContent())) {
            builder.startObject();
            var chunks = content.toXContentChunked(params);
            while (chunks.hasNext()) {
                chunks.next().toXContent(builder, params);
            }
            return BytesReference.bytes(builder.endObject());
        }
    }

    private static XContentParser parser(BytesReference bytes, XContentType form) throws IOException {
        List<NamedXContentRegistry.Entry> entries = new ArrayList<>(ClusterModule.getNamedXWriteables());
        entries.addAll(new LookalikePlugin().getNamedXContent());
        return form.xContent()
                .createParser(
                        XContentParserConfiguration.EMPTY.withRegistry(new NamedXContentRegistry(entries)),
                        bytes.streamInput());
    }
}
