package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Values;
import io.lookalike.inference.Encoders;
import io.lookalike.search.Fingerprint;
import io.lookalike.search.FingerprintDocsCache;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.search.vectors.QueryVectorBuilder;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/**
 * What both queries search by: a picture, a vector, a code or a stored document, and the encoder that gives it meaning.
 *
 * <p>Starts as the user wrote it and is {@linkplain InputResolver resolved} once, on the coordinating node, to a
 * vector, a code and buckets; only those travel. A picture is never written anywhere, neither to the wire nor into what
 * a task, a log or an error shows. Immutable by convention once parsed.
 */
public final class QueryInput implements Writeable, ToXContentFragment {
    private static final ParseField QUERY_IMAGE = new ParseField("query_image");
    private static final ParseField QUERY_VECTOR = new ParseField("query_vector");
    private static final ParseField QUERY_VECTOR_BUILDER = new ParseField("query_vector_builder");
    private static final ParseField QUERY_HASH = new ParseField("query_hash");
    private static final ParseField LIKE = new ParseField("like");
    private static final ParseField INCLUDE_SELF = new ParseField("include_self");
    private static final ParseField ENCODER = new ParseField("encoder");

    private static final int MAX_HEX_DIGITS = DenseVectorFieldMapper.MAX_DIMS_COUNT_BIT / 4;

    /** Base64 or a data: URL; null once resolved. */
    String image;

    /** Why there was no room for the picture, which then is empty; null where there was. */
    CircuitBreakingException refused;

    float[] vector;
    QueryVectorBuilder vectorBuilder;
    /** {@code query_hash} as the user wrote it, until {@link #check} reads it. */
    String hex;

    byte[] hash;
    /** Of the vector on the planes of the code; null where they are not needed or not known. */
    float[] projections;
    /** Of the code that projections belong to, by which products are estimated; 0 without them. */
    double scale;
    /** One term for each hash table; null where none are needed or none are known. */
    public List<String> buckets;
    /** The ids of all clusters, the nearest first; null where they are not needed or not known. */
    public int[] clusters;

    public Like like;
    public boolean includeSelf;
    /** An encoder's id as the user named it; null for the default of the mapping. */
    public String encoder;

    /** Whether this is final: nothing is left to fetch or to encode. */
    boolean resolved;
    /** Asked of every document; null asks nothing. */
    public String fingerprint;
    /** The concrete index of the document that {@code like} named; null without one. */
    public String likeIndex;
    /**
     * Whether this asks, instead of for what is near, for what searches leave out: by a hash for its quality, else for
     * its fingerprint.
     */
    boolean leftOutOnly;
    /** Of the picture searched by; null where it is not known, and on a shard, where nobody asks. */
    Integer quality;
    /** Whether the coordinating node counts what all shards leave out; else the shard's own warning is all there is. */
    public boolean counted;

    QueryInput() {}

    QueryInput(StreamInput in) throws IOException {
        vector = in.readOptionalFloatArray();
        hash = in.readOptionalByteArray();
        projections = in.readOptionalFloatArray();
        scale = in.readDouble();
        buckets = in.readOptionalStringCollectionAsList();
        clusters = in.readBoolean() ? in.readVIntArray() : null;
        like = in.readOptionalWriteable(Like::new);
        includeSelf = in.readBoolean();
        encoder = in.readOptionalString();
        fingerprint = in.readOptionalString();
        likeIndex = in.readOptionalString();
        leftOutOnly = in.readBoolean();
        counted = in.readBoolean();
        resolved = true;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        if (!resolved) {
            throw new IllegalStateException("a query by picture, vector or document travels only after its rewrite");
        }
        out.writeOptionalFloatArray(vector);
        out.writeOptionalByteArray(hash);
        out.writeOptionalFloatArray(projections);
        out.writeDouble(scale);
        out.writeOptionalStringCollection(buckets);
        out.writeBoolean(clusters != null);
        if (clusters != null) {
            out.writeVIntArray(clusters);
        }
        out.writeOptionalWriteable(like);
        out.writeBoolean(includeSelf);
        out.writeOptionalString(encoder);
        out.writeOptionalString(fingerprint);
        out.writeOptionalString(likeIndex);
        out.writeBoolean(leftOutOnly);
        out.writeBoolean(counted);
    }

    /** Declares the fields of an input on a query's parser. */
    static <B extends HasInput> void declare(ObjectParser<B, Encoders> parser, boolean vectors) {
        parser.declareField(
                (p, b, encoders) -> b.input().picture(PictureText.parse(p, encoders, "[query_image]")),
                QUERY_IMAGE,
                ObjectParser.ValueType.VALUE);
        parser.declareField((p, b, c) -> b.input().code(p), QUERY_HASH, ObjectParser.ValueType.VALUE_ARRAY);
        parser.declareObject((b, v) -> b.input().like = v, (p, c) -> Like.PARSER.parse(p, null), LIKE);
        parser.declareBoolean((b, v) -> b.input().includeSelf = v, INCLUDE_SELF);
        parser.declareString((b, v) -> b.input().encoder = v, ENCODER);
        if (vectors) {
            parser.declareField(
                    (b, v) -> b.input().vector = v,
                    (p, c) -> vector(p),
                    QUERY_VECTOR,
                    ObjectParser.ValueType.FLOAT_ARRAY);
            parser.declareNamedObject(
                    (b, v) -> b.input().vectorBuilder = v,
                    (p, c, n) -> p.namedObject(QueryVectorBuilder.class, n, null),
                    QUERY_VECTOR_BUILDER);
        }
    }

    private void picture(PictureText text) {
        image = text.letters();
        refused = text.refused();
    }

    /** A code in hex, or as its bytes, which is how documents show it. */
    private void code(XContentParser parser) throws IOException {
        if (parser.currentToken() == XContentParser.Token.START_ARRAY) {
            hash = bytes(parser);
        } else if (parser.currentToken() == XContentParser.Token.VALUE_STRING) {
            hex = parser.text();
        } else {
            throw new IllegalArgumentException(
                    "[query_hash] must be hex, or a list of bytes, each from [-128] to [127]; got ["
                            + parser.currentToken() + "]");
        }
    }

    /** Ends with the first byte that no field can have. */
    private static byte[] bytes(XContentParser parser) throws IOException {
        byte[] bytes = new byte[MAX_HEX_DIGITS / 2];
        int count = 0;
        while (parser.nextToken() != XContentParser.Token.END_ARRAY) {
            if (count == bytes.length) {
                throw new IllegalArgumentException(
                        "[query_hash] has more than [" + bytes.length + "] bytes, the most of a code");
            }
            boolean number = parser.currentToken() == XContentParser.Token.VALUE_NUMBER;
            double value = number ? parser.doubleValue() : Double.NaN;
            if (!(value >= Byte.MIN_VALUE && value <= Byte.MAX_VALUE && value == Math.rint(value))) {
                throw new IllegalArgumentException(
                        "[query_hash] must be hex, or a list of bytes, each a whole number from [-128] to [127]; got ["
                                + Values.show(number ? parser.text() : parser.currentToken()) + "] at [" + count + "]");
            }
            bytes[count++] = (byte) value;
        }
        return Arrays.copyOf(bytes, count);
    }

    /** A draft of a query that has an input. */
    interface HasInput {
        QueryInput input();
    }

    /** Ends with the first component that no field can have, so that a long body is not read to fill the heap. */
    private static float[] vector(XContentParser parser) throws IOException {
        if (parser.currentToken() != XContentParser.Token.START_ARRAY) {
            float[] one = {parser.floatValue()};
            checkFinite("[query_vector]", one);
            return one;
        }
        float[] vector = new float[DenseVectorFieldMapper.MAX_DIMS_COUNT];
        int dims = 0;
        while (parser.nextToken() != XContentParser.Token.END_ARRAY) {
            if (dims == vector.length) {
                throw new IllegalArgumentException(
                        "[query_vector] has more than [" + vector.length + "] dims, the most that a field can have");
            }
            vector[dims++] = parser.floatValue();
        }
        float[] all = Arrays.copyOf(vector, dims);
        checkFinite("[query_vector]", all);
        return all;
    }

    static <V> void declareWhole(ObjectParser<V, Encoders> parser, BiConsumer<V, Integer> setter, ParseField field) {
        parser.declareField(setter, (p, c) -> whole(p), field, ObjectParser.ValueType.INT);
    }

    /** A number that is whole: a fraction of a distance in bits, cut to 0, would find copies alone. */
    private static int whole(XContentParser parser) throws IOException {
        double value = parser.doubleValue(true);
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "[" + parser.currentName() + "] must be a whole number; got [" + Values.show(parser.text()) + "]");
        }
        return (int) value;
    }

    /**
     * @param what how messages name the vector
     * @throws IllegalArgumentException unless all components are finite
     */
    static void checkFinite(String what, float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            if (!Float.isFinite(vector[i])) {
                throw new IllegalArgumentException(
                        what + " has [" + vector[i] + "] at [" + i + "]; all values must be finite");
            }
        }
    }

    private static byte[] parseHash(String hex) {
        if (hex.length() > MAX_HEX_DIGITS) {
            throw new IllegalArgumentException("[query_hash] has [" + hex.length() + "] digits; a code has at most ["
                    + DenseVectorFieldMapper.MAX_DIMS_COUNT_BIT + "] bits, [" + MAX_HEX_DIGITS + "] digits");
        }
        try {
            return HexFormat.of().parseHex(hex);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "[query_hash] must be hex, two digits a byte; got ["
                            + (hex.length() > 40 ? hex.substring(0, 40) + "…" : hex) + "]",
                    e);
        }
    }

    /** @throws IllegalArgumentException unless there is exactly one thing to search by */
    void check(String query, boolean vectors) {
        if (hex != null) {
            hash = parseHash(hex);
        }
        int given = (image == null ? 0 : 1)
                + (vector == null ? 0 : 1)
                + (vectorBuilder == null ? 0 : 1)
                + (like == null ? 0 : 1);
        boolean hashAlone = given == 0 && hash != null;
        if (hashAlone && vectors) {
            throw new IllegalArgumentException("[" + query
                    + "] has [query_hash] alone and cannot score; add [query_vector], or use [hash_radius]");
        }
        if (given + (hashAlone ? 1 : 0) != 1 || (hash != null && (image != null || like != null))) {
            throw new IllegalArgumentException("[" + query + "] needs exactly one of "
                    + (vectors
                            ? "[query_image], [query_vector], [query_vector_builder] and [like]"
                            : "[query_image], [query_hash] and [like]"));
        }
    }

    /** The document that {@code like} named, where it is to be left out of this index; null where nothing is. */
    Query self(SearchExecutionContext context) throws IOException {
        return like == null
                        || includeSelf
                        || !context.getFullyQualifiedIndex().getName().equals(likeIndex)
                ? null
                : QueryBuilders.idsQuery().addIds(like.id()).toQuery(context);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        if (image != null) {
            builder.field(QUERY_IMAGE.getPreferredName(), "… [" + image.length() + "] characters");
        }
        if (vector != null) {
            builder.array(QUERY_VECTOR.getPreferredName(), vector);
        }
        if (vectorBuilder != null) {
            builder.startObject(QUERY_VECTOR_BUILDER.getPreferredName());
            builder.field(vectorBuilder.getWriteableName(), vectorBuilder);
            builder.endObject();
        }
        if (hash != null) {
            builder.field(QUERY_HASH.getPreferredName(), HexFormat.of().formatHex(hash));
        }
        if (like != null && !resolved) {
            builder.field(LIKE.getPreferredName(), like);
        }
        if (includeSelf) {
            builder.field(INCLUDE_SELF.getPreferredName(), true);
        }
        if (encoder != null) {
            builder.field(ENCODER.getPreferredName(), encoder);
        }
        return builder;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QueryInput that
                && Objects.equals(image, that.image)
                && Arrays.equals(vector, that.vector)
                && Objects.equals(vectorBuilder, that.vectorBuilder)
                && Arrays.equals(hash, that.hash)
                && Arrays.equals(projections, that.projections)
                && scale == that.scale
                && Objects.equals(buckets, that.buckets)
                && Arrays.equals(clusters, that.clusters)
                && Objects.equals(like, that.like)
                && includeSelf == that.includeSelf
                && Objects.equals(encoder, that.encoder)
                && resolved == that.resolved
                && Objects.equals(fingerprint, that.fingerprint)
                && Objects.equals(likeIndex, that.likeIndex)
                && leftOutOnly == that.leftOutOnly
                && counted == that.counted;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                image,
                Arrays.hashCode(vector),
                vectorBuilder,
                Arrays.hashCode(hash),
                Arrays.hashCode(projections),
                scale,
                buckets,
                Arrays.hashCode(clusters),
                like,
                includeSelf,
                encoder,
                resolved,
                fingerprint,
                likeIndex,
                leftOutOnly,
                counted);
    }

    /**
     * The rule that documents of a shard must carry the encoder's fingerprint; null when none is asked for. A request
     * whose shards alone can warn is not answered from the request cache.
     *
     * @param searched the field of vectors or codes
     */
    Fingerprint fingerprint(String searched, FingerprintDocsCache cache, SearchExecutionContext context) {
        if (fingerprint == null) {
            return null;
        }
        if (!counted) {
            context.disableCache();
        }
        return new Fingerprint(
                FieldNames.sibling(searched, FieldNames.ENCODER),
                fingerprint,
                encoder,
                "[" + Values.show(context.getFullyQualifiedIndex().getName()) + "][" + context.getShardId() + "]",
                cache);
    }
}
