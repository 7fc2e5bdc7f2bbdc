package io.lookalike.encoder;

import io.lookalike.image.Background;
import io.lookalike.image.Preprocessing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
 * An encoder as the cluster state stores it: the complete configuration, the hash of the model, and a fingerprint.
 *
 * <p>The fingerprint is a SHA-256 in hex over the version of our preprocessing, the model's SHA-256 and the
 * configuration as JSON with sorted keys. The id and [training] are not part of it, so two encoders with the same
 * effect have the same fingerprint. A white background is not part of it either: encoders of the first release have it
 * and do not name it.
 *
 * <p>The configuration is kept as JSON bytes, with up to 8 MB of learned arrays. As objects it takes several times as
 * much, so call {@link #configMap} only for the arrays. Immutable and thread-safe.
 */
public final class EncoderDefinition implements SimpleDiffable<EncoderDefinition>, ToXContentObject {
    /** The encoder that always exists. */
    public static final String DEFAULT = "default";

    /** The model of {@link #DEFAULT}, which every node has. */
    public static final String DEFAULT_MODEL = "builtin-1";

    /** Pattern of an encoder's id. */
    public static final String ID = "[a-z0-9][a-z0-9_.-]{0,99}";

    public static final int MAX_BYTES = 8 << 20;
    /** Limit for [training], because every listing shows it. */
    static final int MAX_TRAINING_BYTES = 256 << 10;

    private static final WireVersion VERSION = new WireVersion("an encoder", 1);
    /** Part of the fingerprint. */
    private static final int FORMAT = 1;

    private final String id;
    private final String modelSha256;
    private final byte[] config;
    private final String fingerprint;
    private volatile byte[] outline;

    /**
     * @param modelSha256 empty without a model
     * @param config JSON that {@link EncoderConfig#parse} accepts
     */
    public EncoderDefinition(String id, String modelSha256, String config, String fingerprint) {
        this(id, modelSha256, config.getBytes(StandardCharsets.UTF_8), fingerprint);
    }

    private EncoderDefinition(String id, String modelSha256, byte[] config, String fingerprint) {
        this.id = id;
        this.modelSha256 = modelSha256;
        this.config = config;
        this.fingerprint = fingerprint;
    }

    public static EncoderDefinition of(String id, EncoderConfig config, String modelSha256) {
        try (XContentBuilder json = JsonXContent.contentBuilder()) {
            Map<String, Object> map = config.toMap();
            BytesReference text = BytesReference.bytes(json.map(map));
            if (text.length() > MAX_BYTES) {
                throw new IllegalArgumentException("encoder [" + id + "] takes [" + text.length() + "] bytes; at most ["
                        + MAX_BYTES + "] are allowed" + config.largestArray());
            }
            byte[] bytes = BytesReference.toBytes(text);
            int training = ConfigOutline.sizes(bytes).getOrDefault(EncoderConfig.TRAINING, 0);
            if (training > MAX_TRAINING_BYTES) {
                throw new IllegalArgumentException("[" + EncoderConfig.TRAINING + "] of encoder [" + id + "] takes ["
                        + training + "] bytes; at most [" + MAX_TRAINING_BYTES
                        + "] are allowed, because every listing shows it; make it shorter, or leave it out");
            }
            return new EncoderDefinition(id, modelSha256, bytes, fingerprint(map, modelSha256));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hashes the JSON while it is written, so the text is never in memory as a whole. */
    private static String fingerprint(Map<String, Object> config, String modelSha256) throws IOException {
        Map<String, Object> told = sorted(config);
        told.remove(EncoderConfig.TRAINING);
        if (told.get(EncoderConfig.IMAGE) instanceof Map<?, ?> image) {
            image.remove(EncoderConfig.BACKGROUND, EncoderConfig.lower(Background.WHITE));
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(("lookalike " + FORMAT + " " + Preprocessing.VERSION + "\n" + modelSha256 + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            try (XContentBuilder json = new XContentBuilder(
                    JsonXContent.jsonXContent, new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
                json.map(told);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public String id() {
        return id;
    }

    /** Empty without a model. */
    public String modelSha256() {
        return modelSha256;
    }

    public String fingerprint() {
        return fingerprint;
    }

    /** Bytes of the configuration as JSON. */
    public int length() {
        return config.length;
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

    /** The configuration with all arrays, fields in stored order; takes several times {@link #length}. */
    public Map<String, Object> configMap() {
        Map<String, Object> map = map(config);
        EncoderConfig.background(map, Background.WHITE); // of encoders of the first release
        return map;
    }

    /** Whether the configuration names no background, as in the first release, which had only white. */
    public boolean isSilentOfBackground() {
        return outline().get(EncoderConfig.IMAGE) instanceof Map<?, ?> image
                && !image.containsKey(EncoderConfig.BACKGROUND);
    }

    /** The configuration with the length of each learned array in its place. */
    public Map<String, Object> outline() {
        return map(outlineBytes());
    }

    private static Map<String, Object> map(byte[] json) {
        return XContentHelper.convertToMap(new BytesArray(json), true, XContentType.JSON)
                .v2();
    }

    private byte[] outlineBytes() {
        byte[] made = outline;
        if (made == null) {
            made = ConfigOutline.of(config);
            outline = made;
        }
        return made;
    }

    /** A listing's entry: the outline, the fingerprint and the model's hash as one JSON object. */
    public byte[] listed() {
        byte[] end = end();
        byte[] start = outlineBytes();
        byte[] all = Arrays.copyOf(start, start.length - 1 + end.length);
        System.arraycopy(end, 0, all, start.length - 1, end.length);
        return all;
    }

    /** An export: the configuration, the fingerprint and the model's hash as one JSON object, which PUT accepts. */
    public InputStream exported() {
        return new SequenceInputStream(
                new ByteArrayInputStream(config, 0, config.length - 1), new ByteArrayInputStream(end()));
    }

    /** Replaces the last brace of the configuration. Hashes need no escapes. */
    private byte[] end() {
        return (",\"fingerprint\":\"" + fingerprint + '"'
                        + (modelSha256.isEmpty() ? "" : ",\"model_sha256\":\"" + modelSha256 + '"') + '}')
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Bytes of the configuration without some fields. */
    public long lengthWithout(Set<String> fields) {
        Map<String, Integer> sizes = ConfigOutline.sizes(config);
        sizes.keySet().removeAll(fields);
        return sizes.values().stream().mapToLong(Integer::longValue).sum();
    }

    /** The complete [training]; null when the encoder was not trained here. */
    public Map<String, Object> training() {
        try (XContentParser parser = parser()) {
            parser.nextToken();
            while (parser.nextToken() == XContentParser.Token.FIELD_NAME) {
                boolean found = EncoderConfig.TRAINING.equals(parser.currentName());
                if (parser.nextToken() == XContentParser.Token.START_OBJECT && found) {
                    return parser.mapOrdered();
                }
                parser.skipChildren();
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private XContentParser parser() throws IOException {
        return JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, config);
    }

    /** The model's id. It is the first field, so learned arrays, which may be megabytes, are not read. */
    public String model() {
        try (XContentParser parser = parser()) {
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

    /** The model of the network that makes codes; null if codes are made of vectors. */
    public String codeModel() {
        return outline().get("hash") instanceof Map<?, ?> hash && CodeNetwork.is(hash)
                ? (String) hash.get(CodeNetwork.MODEL)
                : null;
    }

    /** The SHA-256 of each model that encodes pictures, by its id; empty without a model. */
    public Map<String, String> models() {
        Map<String, String> models = new TreeMap<>();
        if (!modelSha256.isEmpty()) {
            models.put(model(), modelSha256);
        }
        if (outline().get("hash") instanceof Map<?, ?> hash && CodeNetwork.is(hash)) {
            models.put((String) hash.get(CodeNetwork.MODEL), (String) hash.get(CodeNetwork.SHA256));
        }
        return models;
    }

    static EncoderDefinition readFrom(StreamInput in) throws IOException {
        VERSION.readFrom(in);
        return new EncoderDefinition(in.readString(), in.readString(), in.readByteArray(), in.readString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        VERSION.writeTo(out);
        out.writeString(id);
        out.writeString(modelSha256);
        out.writeByteArray(config);
        out.writeString(fingerprint);
    }

    static Diff<EncoderDefinition> readDiffFrom(StreamInput in) throws IOException {
        return SimpleDiffable.readDiffFrom(EncoderDefinition::readFrom, in);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject()
                .field(WireVersion.FIELD, VERSION.current())
                .field("model_sha256", modelSha256)
                .field("fingerprint", fingerprint)
                .field("config")
                .utf8Value(config, 0, config.length)
                .endObject();
    }

    static EncoderDefinition fromXContent(String id, XContentParser parser) throws IOException {
        return of(id, parser.map());
    }

    /** All fields except the id: what a copy holds, and what the files of the cluster state hold. */
    Map<String, Object> toMap() {
        return Map.of(
                WireVersion.FIELD,
                VERSION.current(),
                "model_sha256",
                modelSha256,
                "fingerprint",
                fingerprint,
                "config",
                new String(config, StandardCharsets.UTF_8));
    }

    /**
     * Reads what {@link #toMap} wrote and users may have changed.
     *
     * @throws IllegalArgumentException when a field is missing or wrong
     * @throws IllegalStateException when a later release wrote it
     */
    static EncoderDefinition fromMap(String id, Map<?, ?> fields) {
        EncoderDefinition made = of(id, fields);
        try {
            if (made.fingerprint.equals(fingerprint(made.configMap(), made.modelSha256))) {
                return made;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalArgumentException("the fingerprint of encoder [" + id + "] does not match its configuration");
    }

    private static EncoderDefinition of(String id, Map<?, ?> fields) {
        VERSION.ofStored(fields.get(WireVersion.FIELD));
        return new EncoderDefinition(
                id, text(id, fields, "model_sha256"), text(id, fields, "config"), text(id, fields, "fingerprint"));
    }

    private static String text(String id, Map<?, ?> fields, String field) {
        if (!(fields.get(field) instanceof String text) || text.length() > MAX_BYTES) {
            throw new IllegalArgumentException("encoder [" + id + "] has no [" + field + "], or a wrong one");
        }
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EncoderDefinition that
                && id.equals(that.id)
                && modelSha256.equals(that.modelSha256)
                && fingerprint.equals(that.fingerprint)
                && Arrays.equals(config, that.config);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, fingerprint);
    }

    /** Without the arrays. */
    @Override
    public String toString() {
        return "encoder [" + id + "] with fingerprint [" + fingerprint + "]";
    }

    /** @throws IllegalArgumentException when no encoder can have this id */
    static void requireId(String id) {
        if (!id.matches(ID) || id.equals(DEFAULT)) {
            throw new IllegalArgumentException("no encoder has the id [" + Messages.cut(id) + "]");
        }
    }
}
