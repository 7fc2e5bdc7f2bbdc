package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Values;
import io.lookalike.encoder.WireVersion;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.inference.Encoders;
import io.lookalike.query.HashRadiusParameters.Transforms;
import io.lookalike.query.InputNeeds.Want;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.HashRadiusQuery;
import io.lookalike.search.LeftOutQuery;
import io.lookalike.search.Quality;
import io.lookalike.search.QueryCode;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
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
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/**
 * {@code hash_radius}: every document whose code lies within a Hamming distance of the code of a picture, of a document
 * or of a code itself.
 */
public final class HashRadiusQueryBuilder extends LeafQueryBuilder<HashRadiusQueryBuilder> {
    public static final String NAME = "hash_radius";

    private static final WireVersion WIRE = new WireVersion("query [" + NAME + "]", 1);
    private static final int HASH_BYTES = PerceptualHash.BITS / Byte.SIZE;
    private static final ObjectParser<Draft, Encoders> PARSER = new ObjectParser<>(NAME, Draft::new);

    static {
        UserInput.declare(PARSER, false);
        HashRadiusParameters.declare(PARSER);
        PARSER.declareFloat((d, v) -> d.boost = v, BOOST_FIELD);
        PARSER.declareString((d, v) -> d.name = v, NAME_FIELD);
    }

    private static final class Draft extends HashRadiusParameters.Draft {
        private float boost = DEFAULT_BOOST;
        private String name;
    }

    /** What a query finds. */
    private enum Finds {
        NEAR,
        /** Documents of another fingerprint, which searches of a field leave out. */
        OTHER_FINGERPRINTS,
        /** Documents within the radius that are left out because their pictures have too little content. */
        WITHOUT_CONTENT
    }

    private final Encoders encoders;
    private final FingerprintDocsCache fingerprintDocs;
    private final QueryInput input;
    private final SetOnce<ResolvedInput> resolving;
    private final HashRadiusParameters parameters;
    private final Finds finds;

    public static HashRadiusQueryBuilder fromXContent(
            XContentParser parser, Encoders encoders, FingerprintDocsCache fingerprintDocs) throws IOException {
        Draft draft = PARSER.parse(parser, encoders);
        draft.requireField();
        UserInput input = draft.input(NAME, false);
        return new HashRadiusQueryBuilder(encoders, fingerprintDocs, input, null, draft.parameters(input), Finds.NEAR)
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private HashRadiusQueryBuilder(
            Encoders encoders,
            FingerprintDocsCache fingerprintDocs,
            QueryInput input,
            SetOnce<ResolvedInput> resolving,
            HashRadiusParameters parameters,
            Finds finds) {
        this.encoders = encoders;
        this.fingerprintDocs = fingerprintDocs;
        this.input = input;
        this.resolving = resolving;
        this.parameters = parameters;
        this.finds = finds;
    }

    public HashRadiusQueryBuilder(StreamInput in, FingerprintDocsCache fingerprintDocs) throws IOException {
        super(in);
        WIRE.readFrom(in);
        this.encoders = null;
        this.fingerprintDocs = fingerprintDocs;
        this.input = ResolvedInput.readFrom(in);
        this.resolving = null;
        this.parameters = HashRadiusParameters.readFrom(in);
        this.finds = in.readEnum(Finds.class);
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        WIRE.writeTo(out);
        ResolvedInput.write(input, out);
        parameters.writeTo(out);
        out.writeEnum(finds);
    }

    @Override
    protected QueryBuilder doRewrite(QueryRewriteContext context) {
        if (resolving != null) {
            ResolvedInput done = resolving.get();
            return done == null ? this : withInput(done);
        }
        if (!(input instanceof UserInput user) || !InputResolver.coordinates(context)) {
            return this;
        }
        SearchedMappings mappings = new SearchedMappings(context.getResolvedIndices());
        String target = mappings.target(parameters.field());
        if (!target.equals(parameters.field())) {
            return copy(parameters.withField(target), user, null);
        }
        boolean perceptual = mappings.isPerceptual(target);
        parameters.checkKind(perceptual);
        EnumSet<Want> wants = EnumSet.noneOf(Want.class);
        if (perceptual && (user.picture() != null || user.like() != null)) {
            wants.add(Want.PERCEPTUAL);
        }
        if (parameters.transforms() == Transforms.DIHEDRAL) {
            wants.add(Want.SYMMETRIES);
        }
        int minQuality = parameters.minQualityOrDefault(perceptual);
        String quality = FieldNames.sibling(target, FieldNames.QUALITY);
        boolean leavesOut = minQuality > 0 && mappings.isMapped(quality);
        InputResolver resolver =
                new InputResolver(encoders, new InputNeeds(null, target, null, wants, minQuality), context);
        SetOnce<ResolvedInput> result = new SetOnce<>();
        context.registerAsyncAction((client, listener) ->
                resolver.resolve(user, client, listener.delegateFailureAndWrap((next, done) -> {
                    if (leavesOut) {
                        LeftOut.count(
                                client.threadPool().getThreadContext(),
                                context.getResolvedIndices(),
                                context.getPointInTimeBuilder(),
                                new LeftOut.WithoutContent(withoutContent(done), quality, minQuality));
                    }
                    result.set(done);
                    next.onResponse(null);
                })));
        return copy(parameters, user, result);
    }

    /**
     * Finds the documents that searches for a fingerprint leave out.
     *
     * @param field of vectors or codes
     */
    public static HashRadiusQueryBuilder leftOut(
            String field, String fingerprint, FingerprintDocsCache fingerprintDocs) {
        return new HashRadiusQueryBuilder(
                null,
                fingerprintDocs,
                ResolvedInput.leftOut(null, fingerprint),
                null,
                new HashRadiusParameters(field, 0, Transforms.NONE, null),
                Finds.OTHER_FINGERPRINTS);
    }

    /** Finds the documents that this query leaves out because their pictures have too little content. */
    private HashRadiusQueryBuilder withoutContent(ResolvedInput resolved) {
        return new HashRadiusQueryBuilder(
                null,
                fingerprintDocs,
                ResolvedInput.leftOut(resolved.hash(), resolved.fingerprint()),
                null,
                parameters,
                Finds.WITHOUT_CONTENT);
    }

    public HashRadiusQueryBuilder withInput(ResolvedInput resolved) {
        return copy(parameters, resolved, null);
    }

    private HashRadiusQueryBuilder copy(
            HashRadiusParameters newParameters, QueryInput newInput, SetOnce<ResolvedInput> newResolving) {
        return new HashRadiusQueryBuilder(encoders, fingerprintDocs, newInput, newResolving, newParameters, finds)
                .boost(boost())
                .queryName(queryName());
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        ResolvedInput resolved = input.requireResolved(NAME);
        String field = parameters.field();
        if (finds == Finds.OTHER_FINGERPRINTS) {
            return LeftOutQuery.of(field, name -> resolved.fingerprint(name, fingerprintDocs, context), context);
        }
        if (resolved.hash() == null) {
            throw new IllegalArgumentException(
                    "[hash_radius] found no code to search by in [" + Values.show(field) + "]");
        }
        List<byte[]> hashes = hashes(resolved.hash());
        int bits = hashes.get(0).length * Byte.SIZE;
        DenseVectorFieldType codes = VectorFields.codes(context, field, bits, "query_hash");
        if (codes == null) {
            return Queries.newUnmappedFieldQuery(field);
        }
        if (finds == Finds.NEAR) {
            NestedField.check(codes.name(), NAME, context);
        }
        if (parameters.maxDistance() > bits) {
            throw new IllegalArgumentException("[max_distance] must be at most [" + bits
                    + "], the bits of a code; got [" + parameters.maxDistance() + "]");
        }
        boolean perceptual = Mappings.isPerceptual(codes.meta().get(Mappings.META_KIND), codes.name());
        HashRadiusQuery query = new HashRadiusQuery(
                hashes.stream().map(hash -> new QueryCode(codes.name(), hash)).toList(),
                parameters.maxDistance(),
                resolved.fingerprint(codes.name(), fingerprintDocs, context),
                Quality.of(
                        codes.name(),
                        parameters.minQualityOrDefault(perceptual),
                        parameters.minQuality() != null,
                        context));
        if (finds == Finds.WITHOUT_CONTENT) {
            return LeftOutQuery.ofDocuments(codes.name(), query.withoutContent(), context);
        }
        Query self = resolved.self(context);
        return self == null
                ? query
                : new BooleanQuery.Builder()
                        .add(query, BooleanClause.Occur.MUST)
                        .add(self, BooleanClause.Occur.MUST_NOT)
                        .build();
    }

    /** The code searched by; with transforms one for each symmetry, which the encoder has put one after the other. */
    private List<byte[]> hashes(byte[] hash) {
        if (parameters.transforms() == Transforms.NONE) {
            return List.of(hash);
        }
        return IntStream.range(0, hash.length / HASH_BYTES)
                .mapToObj(i -> Arrays.copyOfRange(hash, i * HASH_BYTES, (i + 1) * HASH_BYTES))
                .toList();
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(NAME);
        parameters.fieldToXContent(builder);
        input.toXContent(builder, params);
        parameters.toXContent(builder, params);
        boostAndQueryNameToXContent(builder);
        builder.endObject();
    }

    @Override
    protected boolean doEquals(HashRadiusQueryBuilder other) {
        return input.equals(other.input) && parameters.equals(other.parameters) && finds == other.finds;
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(input, parameters, finds);
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
