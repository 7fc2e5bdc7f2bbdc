package io.lookalike.query;

import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoders;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.elasticsearch.common.Strings;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.search.vectors.QueryVectorBuilder;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/**
 * What the user wrote to search by: exactly one of a picture, a vector, a vector builder, a code and a stored document;
 * a code may stand beside a vector.
 *
 * <p>{@link InputResolver} turns it into a {@link ResolvedInput}, which travels in its place. The picture never
 * travels, and no task, log or error shows it. Immutable.
 *
 * @param picture null without one
 * @param vector null without one
 * @param vectorBuilder null without one
 * @param hash the code; null without one
 * @param like null without one
 * @param includeSelf whether the document of {@code like} is found too
 * @param encoder an encoder's id; null for the default of the mapping
 */
@SuppressWarnings("ArrayRecordComponent") // equals is by content
record UserInput(
        PictureText picture,
        float[] vector,
        QueryVectorBuilder vectorBuilder,
        byte[] hash,
        Like like,
        boolean includeSelf,
        String encoder)
        implements QueryInput {
    static final ParseField QUERY_VECTOR = new ParseField("query_vector");
    static final ParseField QUERY_HASH = new ParseField("query_hash");
    static final ParseField INCLUDE_SELF = new ParseField("include_self");
    static final ParseField ENCODER = new ParseField("encoder");
    private static final ParseField QUERY_IMAGE = new ParseField("query_image");
    private static final ParseField QUERY_VECTOR_BUILDER = new ParseField("query_vector_builder");
    private static final ParseField LIKE = new ParseField("like");

    private static final int FIRST_DIMS = 1024;

    private static final int MAX_HEX_DIGITS = DenseVectorFieldMapper.MAX_DIMS_COUNT_BIT / 4;

    /** A query that is being parsed; extended by each query's own draft. */
    static class Draft {
        PictureText picture;
        float[] vector;
        QueryVectorBuilder vectorBuilder;
        String hex;
        byte[] hash;
        Like like;
        boolean includeSelf;
        String encoder;
        float boost = AbstractQueryBuilder.DEFAULT_BOOST;
        String name;

        /**
         * The parsed input.
         *
         * @param query how messages name the query
         * @param vectors whether the query compares vectors; else it compares codes alone
         * @throws IllegalArgumentException unless there is exactly one thing to search by
         */
        final UserInput input(String query, boolean vectors) {
            if (hex != null) {
                hash = parseHash(hex);
            }
            int given = (picture == null ? 0 : 1)
                    + (vector == null ? 0 : 1)
                    + (vectorBuilder == null ? 0 : 1)
                    + (like == null ? 0 : 1);
            boolean hashAlone = given == 0 && hash != null;
            if (hashAlone && vectors) {
                throw new IllegalArgumentException("[" + query
                        + "] has [query_hash] alone and cannot score; add [query_vector], or use [hash_radius]");
            }
            if (given + (hashAlone ? 1 : 0) != 1 || (hash != null && (picture != null || like != null))) {
                throw new IllegalArgumentException("[" + query + "] needs exactly one of "
                        + (vectors
                                ? "[query_image], [query_vector], [query_vector_builder] and [like]"
                                : "[query_image], [query_hash] and [like]"));
            }
            return new UserInput(picture, vector, vectorBuilder, hash, like, includeSelf, encoder);
        }
    }

    /** Declares the fields of an input, the boost and the name on a query's parser. */
    static <D extends Draft> void declare(ObjectParser<D, Encoders> parser, boolean vectors) {
        parser.declareField(
                (p, d, encoders) -> d.picture = PictureText.parse(p, encoders, "[query_image]"),
                QUERY_IMAGE,
                ObjectParser.ValueType.VALUE);
        parser.declareField((p, d, c) -> parseCode(p, d), QUERY_HASH, ObjectParser.ValueType.VALUE_ARRAY);
        parser.declareObject((d, v) -> d.like = v, (p, c) -> Like.PARSER.parse(p, null), LIKE);
        parser.declareBoolean((d, v) -> d.includeSelf = v, INCLUDE_SELF);
        parser.declareString((d, v) -> d.encoder = v, ENCODER);
        parser.declareFloat((d, v) -> d.boost = v, AbstractQueryBuilder.BOOST_FIELD);
        parser.declareString((d, v) -> d.name = v, AbstractQueryBuilder.NAME_FIELD);
        if (vectors) {
            parser.declareField(
                    (d, v) -> d.vector = v, (p, c) -> vector(p), QUERY_VECTOR, ObjectParser.ValueType.FLOAT_ARRAY);
            parser.declareNamedObject(
                    (d, v) -> d.vectorBuilder = v,
                    (p, c, n) -> p.namedObject(QueryVectorBuilder.class, n, null),
                    QUERY_VECTOR_BUILDER);
        }
    }

    /** Parses a code in hex, or as a list of its bytes, as documents show it. */
    private static void parseCode(XContentParser parser, Draft draft) throws IOException {
        if (parser.currentToken() == XContentParser.Token.START_ARRAY) {
            draft.hash = bytes(parser);
        } else if (parser.currentToken() == XContentParser.Token.VALUE_STRING) {
            draft.hex = parser.text();
        } else {
            throw new IllegalArgumentException(
                    "[query_hash] must be hex, or a list of bytes, each from [-128] to [127]; got ["
                            + parser.currentToken() + "]");
        }
    }

    /** Refuses a list at the first byte beyond the longest code, so that a long body does not fill the heap. */
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
                                + Messages.show(number ? parser.text() : parser.currentToken()) + "] at [" + count
                                + "]");
            }
            bytes[count++] = (byte) value;
        }
        return Arrays.copyOf(bytes, count);
    }

    /** Refuses a vector at the first component beyond the longest field, so that a long body does not fill the heap. */
    private static float[] vector(XContentParser parser) throws IOException {
        if (parser.currentToken() != XContentParser.Token.START_ARRAY) {
            float[] one = {parser.floatValue()};
            checkFinite("[query_vector]", one);
            return one;
        }
        float[] vector = new float[FIRST_DIMS];
        int dims = 0;
        while (parser.nextToken() != XContentParser.Token.END_ARRAY) {
            if (dims == DenseVectorFieldMapper.MAX_DIMS_COUNT) {
                throw new IllegalArgumentException(
                        "[query_vector] has more than [" + dims + "] dims, the most that a field can have");
            }
            if (dims == vector.length) {
                vector = Arrays.copyOf(vector, 2 * dims);
            }
            vector[dims++] = parser.floatValue();
        }
        float[] all = Arrays.copyOf(vector, dims);
        checkFinite("[query_vector]", all);
        return all;
    }

    static <D> void declareWhole(ObjectParser<D, Encoders> parser, BiConsumer<D, Integer> setter, ParseField field) {
        parser.declareField(setter, (p, c) -> whole(p), field, ObjectParser.ValueType.INT);
    }

    /** Parses a whole number. A fraction of a distance in bits, cut to 0, would find only copies. */
    private static int whole(XContentParser parser) throws IOException {
        double value = parser.doubleValue(true);
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("[" + parser.currentName() + "] must be a whole number; got ["
                    + Messages.show(parser.text()) + "]");
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

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        if (picture != null) {
            builder.field(
                    QUERY_IMAGE.getPreferredName(), "… [" + picture.letters().length() + "] characters");
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
        if (like != null) {
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
        return other instanceof UserInput that
                && Objects.equals(picture, that.picture)
                && Arrays.equals(vector, that.vector)
                && Objects.equals(vectorBuilder, that.vectorBuilder)
                && Arrays.equals(hash, that.hash)
                && Objects.equals(like, that.like)
                && includeSelf == that.includeSelf
                && Objects.equals(encoder, that.encoder);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                picture, Arrays.hashCode(vector), vectorBuilder, Arrays.hashCode(hash), like, includeSelf, encoder);
    }

    /** Shows no picture. */
    @Override
    public String toString() {
        return Strings.toString(this);
    }
}
