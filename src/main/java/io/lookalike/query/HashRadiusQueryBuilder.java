package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.hashing.PictureQuality;
import io.lookalike.inference.Encoders;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.HashRadiusQuery;
import io.lookalike.search.LeftOutQuery;
import io.lookalike.search.Quality;
import io.lookalike.search.QueryCode;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
import org.elasticsearch.index.query.LeafQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/**
 * {@code hash_radius}: every document whose code lies within a Hamming distance of a picture's, a code's or a
 * document's.
 */
public final class HashRadiusQueryBuilder extends LeafQueryBuilder<HashRadiusQueryBuilder> {
    public static final String NAME = "hash_radius";

    private static final ParseField FIELD = new ParseField("field");
    private static final ParseField MAX_DISTANCE = new ParseField("max_distance");
    private static final ParseField TRANSFORMS = new ParseField("transforms");
    private static final ParseField MIN_QUALITY = new ParseField("min_quality");
    private static final int HASH_BYTES = PerceptualHash.BITS / Byte.SIZE;
    private static final ObjectParser<Draft, Encoders> PARSER = new ObjectParser<>(NAME, Draft::new);

    static {
        QueryInput.declare(PARSER, false);
        PARSER.declareString((d, v) -> d.field = v, FIELD);
        QueryInput.declareWhole(PARSER, (d, v) -> d.maxDistance = v, MAX_DISTANCE);
        PARSER.declareString((d, v) -> d.transforms = Transforms.of(v), TRANSFORMS);
        QueryInput.declareWhole(PARSER, (d, v) -> d.minQuality = v, MIN_QUALITY);
        PARSER.declareFloat((d, v) -> d.boost = v, BOOST_FIELD);
        PARSER.declareString((d, v) -> d.name = v, NAME_FIELD);
    }

    private static final class Draft implements QueryInput.HasInput {
        private final QueryInput input = new QueryInput();
        private String field;
        private Integer maxDistance;
        private Transforms transforms = Transforms.NONE;
        private Integer minQuality;
        private float boost = DEFAULT_BOOST;
        private String name;

        @Override
        public QueryInput input() {
            return input;
        }
    }

    /** What is done to the query's picture before it is compared. */
    private enum Transforms {
        NONE,
        /** It is also turned and mirrored, which makes eight: the nearest counts. */
        DIHEDRAL;

        private static Transforms of(String name) {
            for (Transforms transforms : values()) {
                if (transforms.toString().equals(name)) {
                    return transforms;
                }
            }
            throw new IllegalArgumentException(
                    "[transforms] must be one of " + Arrays.toString(values()) + "; got [" + Values.show(name) + "]");
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Encoders encoders;
    private final FingerprintDocsCache fingerprintDocs;
    private final QueryInput input;
    private final SetOnce<QueryInput> resolving;
    private final String field;
    private final int maxDistance;
    private final Transforms transforms;
    /** Null where the user said nothing. */
    private final Integer minQuality;

    public static HashRadiusQueryBuilder fromXContent(
            XContentParser parser, Encoders encoders, FingerprintDocsCache fingerprintDocs) throws IOException {
        Draft draft = PARSER.parse(parser, encoders);
        if (draft.field == null) {
            throw new IllegalArgumentException("[hash_radius] needs [field], a field of codes, such as [photo.phash]");
        }
        draft.input.check(NAME, false);
        if (draft.maxDistance == null || draft.maxDistance < 0) {
            throw new IllegalArgumentException("[max_distance] must be at least [0]; got [" + draft.maxDistance
                    + "]; [10] of [64] bits is usual for near-duplicates");
        }
        if (draft.transforms == Transforms.DIHEDRAL) {
            checkTransforms(draft);
        }
        if (draft.minQuality != null) {
            checkQuality(draft);
        }
        return new HashRadiusQueryBuilder(
                        encoders,
                        fingerprintDocs,
                        draft.input,
                        null,
                        draft.field,
                        draft.maxDistance,
                        draft.transforms,
                        draft.minQuality)
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private static void checkTransforms(Draft draft) {
        if (draft.input.image == null) {
            throw new IllegalArgumentException(
                    "[transforms] of [dihedral] turns and mirrors the query's picture and needs [query_image]; got ["
                            + (draft.input.like == null ? "query_hash" : "like")
                            + "], a code that cannot be turned; give the picture, or leave [transforms] out");
        }
    }

    private static void checkQuality(Draft draft) {
        if (draft.minQuality < 0 || draft.minQuality > PictureQuality.MOST) {
            throw new IllegalArgumentException(
                    "[min_quality] must be within [0.." + PictureQuality.MOST + "]; got [" + draft.minQuality + "]");
        }
    }

    private HashRadiusQueryBuilder(
            Encoders encoders,
            FingerprintDocsCache fingerprintDocs,
            QueryInput input,
            SetOnce<QueryInput> resolving,
            String field,
            int maxDistance,
            Transforms transforms,
            Integer minQuality) {
        this.encoders = encoders;
        this.fingerprintDocs = fingerprintDocs;
        this.input = input;
        this.resolving = resolving;
        this.field = field;
        this.maxDistance = maxDistance;
        this.transforms = transforms;
        this.minQuality = minQuality;
    }

    public HashRadiusQueryBuilder(StreamInput in, FingerprintDocsCache fingerprintDocs) throws IOException {
        super(in);
        this.encoders = null;
        this.fingerprintDocs = fingerprintDocs;
        this.input = new QueryInput(in);
        this.resolving = null;
        this.field = in.readString();
        this.maxDistance = in.readVInt();
        this.transforms = in.readEnum(Transforms.class);
        this.minQuality = in.readOptionalVInt();
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        input.writeTo(out);
        out.writeString(field);
        out.writeVInt(maxDistance);
        out.writeEnum(transforms);
        out.writeOptionalVInt(minQuality);
    }

    @Override
    protected QueryBuilder doRewrite(QueryRewriteContext context) {
        if (resolving != null) {
            QueryInput done = resolving.get();
            if (done == null) {
                return this;
            }
            return withInput(done);
        }
        if (input.resolved || !InputResolver.coordinates(context)) {
            return this;
        }
        String target = InputResolver.target(field, context);
        if (!target.equals(field)) {
            return copy(target, input, null);
        }
        SetOnce<QueryInput> result = new SetOnce<>();
        EnumSet<InputResolver.Want> wants = EnumSet.noneOf(InputResolver.Want.class);
        boolean perceptual = InputResolver.isPerceptual(field, context);
        if (minQuality != null && minQuality > 0 && !perceptual) {
            throw new IllegalArgumentException("[min_quality] " + needsPerceptual()
                    + ", a field of codes of embeddings, which has no quality; leave [min_quality] out");
        }
        if ((input.image != null || input.like != null) && perceptual) {
            wants.add(InputResolver.Want.PERCEPTUAL);
        }
        if (transforms == Transforms.DIHEDRAL) {
            requirePerceptual(wants);
            wants.add(InputResolver.Want.SYMMETRIES);
        }
        int least = leastQuality(perceptual);
        String quality = FieldNames.sibling(field, FieldNames.QUALITY);
        boolean leavesOut = least > 0 && InputResolver.isMapped(quality, context);
        InputResolver resolver = new InputResolver(encoders, null, field, null, wants, context);
        context.registerAsyncAction((client, listener) ->
                resolver.resolve(input, client, listener.delegateFailureAndWrap((next, done) -> {
                    requireContent(done, least);
                    if (leavesOut) {
                        LeftOut.count(
                                client.threadPool().getThreadContext(),
                                context.getResolvedIndices(),
                                context.getPointInTimeBuilder(),
                                new LeftOut.WithoutContent(withoutContent(done), quality, least));
                    }
                    result.set(done);
                    next.onResponse(null);
                })));
        return copy(field, input, result);
    }

    private void requirePerceptual(Set<InputResolver.Want> wants) {
        if (!wants.contains(InputResolver.Want.PERCEPTUAL)) {
            throw new IllegalArgumentException("[transforms] of [dihedral] " + needsPerceptual()
                    + ", a field of codes of embeddings; search the [phash] beside it, or leave [transforms] out");
        }
    }

    private String needsPerceptual() {
        return "needs a field of hashes of pixels, whose mapping says [\"" + Mappings.META_KIND + "\": \""
                + Mappings.PERCEPTUAL + "\"] in [meta], or which is called so; got [" + Values.show(field) + "]";
    }

    /** Quality that a picture must have to be told by its pixels. */
    private int leastQuality(boolean perceptual) {
        return minQuality != null ? minQuality : perceptual ? PictureQuality.LEAST : 0;
    }

    /** A picture without content would find all others without. */
    private static void requireContent(QueryInput done, int least) {
        if (done.quality != null && done.quality < least) {
            throw new IllegalArgumentException("the picture of [" + (done.like == null ? "query_image" : "like")
                    + "] has quality [" + done.quality + "], under [min_quality] [" + least
                    + "]: it has too little content to tell it by its pixels, and nearly the hash of all such pictures;"
                    + " search by another one, or set [min_quality] to [0]");
        }
    }

    /**
     * Finds, instead of what is near, what searches for a fingerprint leave out.
     *
     * @param field of vectors or codes
     */
    public static HashRadiusQueryBuilder leftOut(
            String field, String fingerprint, FingerprintDocsCache fingerprintDocs) {
        QueryInput input = new QueryInput();
        input.fingerprint = fingerprint;
        input.resolved = true;
        input.leftOutOnly = true;
        input.counted = true;
        return new HashRadiusQueryBuilder(null, fingerprintDocs, input, null, field, 0, Transforms.NONE, null);
    }

    /** Finds, instead of what is near, what is left out of that because it has too little content. */
    private HashRadiusQueryBuilder withoutContent(QueryInput resolved) {
        QueryInput input = new QueryInput();
        input.hash = resolved.hash;
        input.fingerprint = resolved.fingerprint;
        input.resolved = true;
        input.leftOutOnly = true;
        input.counted = true;
        return new HashRadiusQueryBuilder(
                null, fingerprintDocs, input, null, field, maxDistance, transforms, minQuality);
    }

    public HashRadiusQueryBuilder withInput(QueryInput resolved) {
        return copy(field, resolved, null);
    }

    private HashRadiusQueryBuilder copy(String newField, QueryInput newInput, SetOnce<QueryInput> newResolving) {
        return new HashRadiusQueryBuilder(
                        encoders,
                        fingerprintDocs,
                        newInput,
                        newResolving,
                        newField,
                        maxDistance,
                        transforms,
                        minQuality)
                .boost(boost())
                .queryName(queryName());
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        if (!input.resolved) {
            throw new IllegalArgumentException(
                    "[hash_radius] must be rewritten on the coordinating node before it runs, which does not happen "
                            + "here; use it in a search request");
        }
        if (input.leftOutOnly && input.hash == null) {
            return LeftOutQuery.of(field, name -> input.fingerprint(name, fingerprintDocs, context), context);
        }
        if (input.hash == null) {
            throw new IllegalArgumentException(
                    "[hash_radius] found no code to search by in [" + Values.show(field) + "]");
        }
        List<byte[]> hashes = hashes();
        int bits = hashes.get(0).length * Byte.SIZE;
        DenseVectorFieldType codes = VectorFields.codes(context, field, bits, "query_hash");
        if (codes == null) {
            return Queries.newUnmappedFieldQuery(field);
        }
        if (!input.leftOutOnly) {
            NestedField.check(codes.name(), NAME, context);
        }
        if (maxDistance > bits) {
            throw new IllegalArgumentException(
                    "[max_distance] must be at most [" + bits + "], the bits of a code; got [" + maxDistance + "]");
        }
        boolean perceptual = Mappings.isPerceptual(codes.meta().get(Mappings.META_KIND), codes.name());
        HashRadiusQuery query = new HashRadiusQuery(
                hashes.stream().map(hash -> new QueryCode(codes.name(), hash)).toList(),
                maxDistance,
                input.fingerprint(codes.name(), fingerprintDocs, context),
                Quality.of(codes.name(), leastQuality(perceptual), minQuality != null, context));
        if (input.leftOutOnly) {
            return LeftOutQuery.ofDocuments(codes.name(), query.withoutContent(), context);
        }
        Query self = input.self(context);
        return self == null
                ? query
                : new BooleanQuery.Builder()
                        .add(query, BooleanClause.Occur.MUST)
                        .add(self, BooleanClause.Occur.MUST_NOT)
                        .build();
    }

    /** The code searched by; with transforms one for each symmetry, which the encoder has put one after the other. */
    private List<byte[]> hashes() {
        if (transforms == Transforms.NONE) {
            return List.of(input.hash);
        }
        return IntStream.range(0, input.hash.length / HASH_BYTES)
                .mapToObj(i -> Arrays.copyOfRange(input.hash, i * HASH_BYTES, (i + 1) * HASH_BYTES))
                .toList();
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(NAME);
        builder.field(FIELD.getPreferredName(), field);
        input.toXContent(builder, params);
        builder.field(MAX_DISTANCE.getPreferredName(), maxDistance);
        if (transforms != Transforms.NONE) {
            builder.field(TRANSFORMS.getPreferredName(), transforms.toString());
        }
        if (minQuality != null) {
            builder.field(MIN_QUALITY.getPreferredName(), minQuality);
        }
        boostAndQueryNameToXContent(builder);
        builder.endObject();
    }

    @Override
    protected boolean doEquals(HashRadiusQueryBuilder other) {
        return input.equals(other.input)
                && field.equals(other.field)
                && maxDistance == other.maxDistance
                && transforms == other.transforms
                && Objects.equals(minQuality, other.minQuality);
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(input, field, maxDistance, transforms, minQuality);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public TransportVersion getMinimalSupportedVersion() {
        return TransportVersion.minimumCompatible();
    }
}
