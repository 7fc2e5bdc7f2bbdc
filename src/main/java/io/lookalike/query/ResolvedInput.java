package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.FingerprintRule;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * What shards search by: the vector, code, buckets and clusters that the coordinating node made of a {@link UserInput}.
 * This is the only input that travels. Immutable.
 *
 * @param vector null where only codes are searched
 * @param hash the code; null where it is not known
 * @param buckets one term for each hash table; null where they are not needed or not known
 * @param encoded what only an encoder can compute
 * @param liked the document that the user named
 * @param encoder an encoder's id as the user wrote it; null for the default of the mapping
 * @param fingerprint that documents must have; null for any
 * @param counted whether the coordinating node counts what all shards leave out; else each shard warns of its own
 */
@SuppressWarnings("ArrayRecordComponent") // equals is by content
public record ResolvedInput(
        float[] vector,
        byte[] hash,
        List<String> buckets,
        Encoded encoded,
        Liked liked,
        String encoder,
        String fingerprint,
        boolean counted)
        implements QueryInput, Writeable {

    /**
     * What only an encoder can compute.
     *
     * @param projections of the vector on the planes of the code; null where they are not needed or not known
     * @param scale of the code that the projections belong to, by which products are estimated; 0 without them
     * @param clusters the ids of all clusters, the nearest first; null where they are not needed or not known
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is by content
    record Encoded(float[] projections, double scale, int[] clusters) {
        static final Encoded NONE = new Encoded(null, 0, null);

        @Override
        public boolean equals(Object other) {
            return other instanceof Encoded that
                    && Arrays.equals(projections, that.projections)
                    && scale == that.scale
                    && Arrays.equals(clusters, that.clusters);
        }

        @Override
        public int hashCode() {
            return Objects.hash(Arrays.hashCode(projections), scale, Arrays.hashCode(clusters));
        }
    }

    /**
     * The document that the user named.
     *
     * @param like as the user wrote it; null without one
     * @param index the concrete index of the document; null without one
     * @param includeSelf whether the document is found too
     */
    record Liked(Like like, String index, boolean includeSelf) {
        static final Liked NONE = new Liked(null, null, false);
    }

    /** Without what only an encoder can compute, and without the index of a document. */
    static ResolvedInput of(UserInput input, float[] vector, byte[] hash, List<String> buckets, String fingerprint) {
        Liked liked = new Liked(input.like(), null, input.includeSelf());
        return new ResolvedInput(vector, hash, buckets, Encoded.NONE, liked, input.encoder(), fingerprint, false);
    }

    /**
     * A search for documents that are left out, which the coordinating node counts.
     *
     * @param hash null where documents are left out for their fingerprint
     */
    static ResolvedInput leftOut(byte[] hash, String fingerprint) {
        return new ResolvedInput(null, hash, null, Encoded.NONE, Liked.NONE, null, fingerprint, true);
    }

    ResolvedInput withEncoded(Encoded newEncoded) {
        return new ResolvedInput(vector, hash, buckets, newEncoded, liked, encoder, fingerprint, counted);
    }

    ResolvedInput withLikeIndex(String index) {
        Liked inIndex = new Liked(liked.like, index, liked.includeSelf);
        return new ResolvedInput(vector, hash, buckets, encoded, inIndex, encoder, fingerprint, counted);
    }

    ResolvedInput withCounted(boolean newCounted) {
        return new ResolvedInput(vector, hash, buckets, encoded, liked, encoder, fingerprint, newCounted);
    }

    static ResolvedInput readFrom(StreamInput in) throws IOException {
        float[] vector = in.readOptionalFloatArray();
        byte[] hash = in.readOptionalByteArray();
        float[] projections = in.readOptionalFloatArray();
        double scale = in.readDouble();
        List<String> buckets = in.readOptionalStringCollectionAsList();
        Encoded encoded = new Encoded(projections, scale, in.readBoolean() ? in.readVIntArray() : null);
        Liked liked = new Liked(in.readOptionalWriteable(Like::new), in.readOptionalString(), in.readBoolean());
        return new ResolvedInput(
                vector,
                hash,
                buckets,
                encoded,
                liked,
                in.readOptionalString(),
                in.readOptionalString(),
                in.readBoolean());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeOptionalFloatArray(vector);
        out.writeOptionalByteArray(hash);
        out.writeOptionalFloatArray(encoded.projections);
        out.writeDouble(encoded.scale);
        out.writeOptionalStringCollection(buckets);
        out.writeBoolean(encoded.clusters != null);
        if (encoded.clusters != null) {
            out.writeVIntArray(encoded.clusters);
        }
        out.writeOptionalWriteable(liked.like);
        out.writeOptionalString(liked.index);
        out.writeBoolean(liked.includeSelf);
        out.writeOptionalString(encoder);
        out.writeOptionalString(fingerprint);
        out.writeBoolean(counted);
    }

    /** Writes an input, which must be resolved. */
    static void write(QueryInput input, StreamOutput out) throws IOException {
        if (!(input instanceof ResolvedInput resolved)) {
            throw new IllegalStateException("a query by picture, vector or document travels only after its rewrite");
        }
        resolved.writeTo(out);
    }

    /** The document that {@code like} names, where it is left out of this index; null where nothing is. */
    Query self(SearchExecutionContext context) throws IOException {
        return liked.like == null
                        || liked.includeSelf
                        || !context.getFullyQualifiedIndex().getName().equals(liked.index)
                ? null
                : QueryBuilders.idsQuery().addIds(liked.like.id()).toQuery(context);
    }

    /**
     * The rule that documents of a shard must carry the encoder's fingerprint; null where any may be found. A request
     * about which only shards warn is not answered from the request cache.
     *
     * @param searched the field of vectors or codes
     */
    FingerprintRule fingerprint(String searched, FingerprintDocsCache cache, SearchExecutionContext context) {
        if (fingerprint == null) {
            return null;
        }
        if (!counted) {
            context.disableCache();
        }
        return new FingerprintRule(
                FieldNames.sibling(searched, FieldNames.ENCODER),
                fingerprint,
                encoder,
                "[" + Messages.show(context.getFullyQualifiedIndex().getName()) + "][" + context.getShardId() + "]",
                cache);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        if (vector != null) {
            builder.array(UserInput.QUERY_VECTOR.getPreferredName(), vector);
        }
        if (hash != null) {
            builder.field(
                    UserInput.QUERY_HASH.getPreferredName(), HexFormat.of().formatHex(hash));
        }
        if (liked.includeSelf) {
            builder.field(UserInput.INCLUDE_SELF.getPreferredName(), true);
        }
        if (encoder != null) {
            builder.field(UserInput.ENCODER.getPreferredName(), encoder);
        }
        return builder;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ResolvedInput that
                && Arrays.equals(vector, that.vector)
                && Arrays.equals(hash, that.hash)
                && Objects.equals(buckets, that.buckets)
                && encoded.equals(that.encoded)
                && liked.equals(that.liked)
                && Objects.equals(encoder, that.encoder)
                && Objects.equals(fingerprint, that.fingerprint)
                && counted == that.counted;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                Arrays.hashCode(vector), Arrays.hashCode(hash), buckets, encoded, liked, encoder, fingerprint, counted);
    }
}
