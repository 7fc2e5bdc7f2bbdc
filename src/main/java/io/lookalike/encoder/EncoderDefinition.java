package io.lookalike.encoder;

import io.lookalike.image.Preprocessing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.cluster.Diff;
import org.elasticsearch.cluster.SimpleDiffable;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * An encoder as the cluster state keeps it: its whole configuration, the hash of its model, and its fingerprint.
 *
 * <p>The fingerprint is the SHA-256, in hex, over the version of our preprocessing, the model's SHA-256 and the
 * configuration as JSON with sorted keys; neither the id nor what is told of the training is part of it, so two encoders that mean the
 * same share it.
 *
 * @param modelSha256 empty without a model
 * @param config JSON that {@link EncoderConfig#parse} takes back
 */
public record EncoderDefinition(String id, String modelSha256, String config, String fingerprint)
        implements SimpleDiffable<EncoderDefinition>, ToXContentObject {

    public static final int MAX_BYTES = 8 << 20;
    private static final int FORMAT = 1;

    static EncoderDefinition of(String id, EncoderConfig config, String modelSha256) {
        try (XContentBuilder json = JsonXContent.contentBuilder()) {
            BytesReference text = BytesReference.bytes(json.map(config.toMap()));
            if (text.length() > MAX_BYTES) {
                throw new IllegalArgumentException("encoder [" + id + "] takes [" + text.length() + "] bytes; at most ["
                        + MAX_BYTES + "] are allowed" + config.largestArray());
            }
            return new EncoderDefinition(id, modelSha256, text.utf8ToString(), fingerprint(config, modelSha256));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String fingerprint(EncoderConfig config, String modelSha256) throws IOException {
        try (XContentBuilder json = JsonXContent.contentBuilder()) {
            Map<String, Object> told = sorted(config.toMap());
            told.remove(EncoderConfig.TRAINING);
            String sorted = BytesReference.bytes(json.map(told)).utf8ToString();
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(("lookalike " + FORMAT + " " + Preprocessing.VERSION + "\n" + modelSha256 + "\n" + sorted)
                    .getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, Object> sorted(Map<String, Object> map) {
        Map<String, Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(key, sortedWithin(value)));
        return sorted;
    }

    @SuppressWarnings("unchecked")
    private static Object sortedWithin(Object value) {
        if (value instanceof Map<?, ?> inner) {
            return sorted((Map<String, Object>) inner);
        }
        return value instanceof List<?> list
                ? list.stream().map(EncoderDefinition::sortedWithin).toList()
                : value;
    }

    /** The configuration, in the order in which it was written. */
    public Map<String, Object> configMap() {
        return XContentHelper.convertToMap(new BytesArray(config), true, XContentType.JSON)
                .v2();
    }

    /** The model's id, which comes first: learned arrays behind it, which may be megabytes, are not read. */
    String model() {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, config)) {
            while (parser.nextToken() != null) {
                if ("model".equals(parser.currentName())
                        && parser.currentToken().isValue()) {
                    return parser.text();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("encoder [" + id + "] names no model");
    }

    EncoderDefinition(StreamInput in) throws IOException {
        this(in.readString(), in.readString(), in.readBytesReference().utf8ToString(), in.readString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(id);
        out.writeString(modelSha256);
        out.writeBytesReference(new BytesArray(config));
        out.writeString(fingerprint);
    }

    static Diff<EncoderDefinition> readDiffFrom(StreamInput in) throws IOException {
        return SimpleDiffable.readDiffFrom(EncoderDefinition::new, in);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject()
                .field("model_sha256", modelSha256)
                .field("fingerprint", fingerprint)
                .field("config", config)
                .endObject();
    }

    static EncoderDefinition fromXContent(String id, XContentParser parser) throws IOException {
        Map<String, String> fields = parser.mapStrings();
        for (String field : List.of("model_sha256", "fingerprint", "config")) {
            if (!fields.containsKey(field)) {
                throw new IllegalArgumentException("encoder [" + id + "] has no [" + field + "]");
            }
        }
        return new EncoderDefinition(id, fields.get("model_sha256"), fields.get("config"), fields.get("fingerprint"));
    }
}
