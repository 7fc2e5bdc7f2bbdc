package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.GoldenStream;
import io.lookalike.LookalikePlugin;
import io.lookalike.TestLogging;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.Test;

/**
 * Every version of what is stored of encoders, or sent of them, against its golden file. Version 0 is what was stored
 * before versions existed.
 */
class StoredFormsTests {
    static {
        TestLogging.start();
    }

    private static final EncoderDefinition ENCODER = EncoderDefinition.of(
            "products",
            EncoderConfig.parse(
                    Map.of(
                            "model",
                            "none",
                            "dims",
                            2,
                            "hash",
                            Map.of("bits", 16, "center", List.of(0.5, -1.25)),
                            "buckets",
                            Map.of("tables", 1, "bits", 4)),
                    null),
            "");
    private static final EncodersMetadata BEFORE = new EncodersMetadata(Map.of("old", encoder("old", 3)));
    private static final EncodersMetadata ENCODERS = BEFORE.without("old").with(ENCODER);

    private final NamedWriteableRegistry writeables =
            new NamedWriteableRegistry(new LookalikePlugin().getNamedWriteables());

    private static EncoderDefinition encoder(String id, int dims) {
        return EncoderDefinition.of(id, EncoderConfig.parse(Map.of("model", "none", "dims", dims), null), "");
    }

    private static String text(String file) throws IOException {
        return GoldenStream.textOf(StoredFormsTests.class, file);
    }

    private static XContentParser parser(String json) throws IOException {
        return JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json);
    }

    private static EncodersMetadata fromJson(String json) throws IOException {
        try (XContentParser parser = parser(json)) {
            parser.nextToken();
            return EncodersMetadata.fromXContent(parser);
        }
    }

    private static String json(ToXContent... chunks) throws IOException {
        try (XContentBuilder builder = JsonXContent.contentBuilder().prettyPrint()) {
            builder.startObject();
            for (ToXContent chunk : chunks) {
                chunk.toXContent(builder, ToXContent.EMPTY_PARAMS);
            }
            return BytesReference.bytes(builder.endObject()).utf8ToString();
        }
    }

    @Test
    void testStreams() throws IOException {
        GoldenStream all = GoldenStream.current(getClass(), "encoders-1.stream", ENCODERS);
        assertEquals(ENCODERS, all.read(writeables, EncodersMetadata::readFrom));
        GoldenStream diff = GoldenStream.current(getClass(), "encoders-diff-1.stream", ENCODERS.diff(BEFORE));
        assertEquals(
                ENCODERS, diff.read(writeables, EncodersMetadata::readDiffFrom).apply(BEFORE));
    }

    @Test
    void testStoredState() throws IOException {
        List<ToXContent> chunks = new ArrayList<>();
        ENCODERS.toXContentChunked(ToXContent.EMPTY_PARAMS).forEachRemaining(chunks::add);
        GoldenStream.currentText(getClass(), "encoders-1.json", json(chunks.toArray(ToXContent[]::new)));
        for (String file : List.of("encoders-0.json", "encoders-1.json")) {
            assertEquals(ENCODERS, fromJson(text(file)), file);
        }
    }

    @Test
    void testCopies() throws IOException {
        GoldenStream.currentText(
                getClass(),
                "copy-1.json",
                json((builder, params) -> builder.mapContents(new TreeMap<>(ENCODER.toMap()))));
        for (String file : List.of("copy-0.json", "copy-1.json")) {
            try (XContentParser parser = parser(text(file))) {
                assertEquals(ENCODER, EncoderDefinition.fromMap("products", parser.map()), file);
            }
        }
    }

    @Test
    void testALaterVersionIsRefused() throws IOException {
        String later = "has version [2] but the plugin lookalike on this node reads versions [1] to [1]; run the same"
                + " release of the plugin on all nodes, and none older than before";
        for (String json : List.of(
                text("encoders-1.json").replaceFirst("\"version\" : 1", "\"version\" : 2"),
                "{\"encoders\":{\"x\":{\"version\":2}}}")) {
            String message = assertThrows(IllegalStateException.class, () -> fromJson(json))
                    .getMessage();
            assertEquals(later, message.substring(message.indexOf("has ")));
        }
        BytesStreamOutput out = new BytesStreamOutput();
        out.writeVInt(2);
        assertEquals(
                "[lookalike_encoders] of the cluster state " + later,
                assertThrows(
                                IllegalStateException.class,
                                () -> EncodersMetadata.readFrom(out.bytes().streamInput()))
                        .getMessage());
    }

    /** The diff is read under the same name as the whole. */
    @Test
    void testNames() {
        assertEquals(EncodersMetadata.TYPE, ENCODERS.getWriteableName());
        assertEquals(
                1,
                new LookalikePlugin()
                        .getNamedWriteables().stream()
                                .filter(each -> each.categoryClass == Metadata.ProjectCustom.class)
                                .count());
    }
}
