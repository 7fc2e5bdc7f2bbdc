package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.encoder.WireVersion;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.inference.Encoders;
import io.lookalike.query.HashRadiusParameters.Transforms;
import io.lookalike.query.InputNeeds.Want;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.HashRadiusQuery;
import io.lookalike.search.LeastQuality;
import io.lookalike.search.LeftOutQuery;
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
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
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
public final class HashRadiusQueryBuilder extends ResolvedQueryBuilder<HashRadiusQueryBuilder> {
    public static final String NAME = "hash_radius";

    private static final WireVersion WIRE = new WireVersion("query [" + NAME + "]", 1);
    private static final int HASH_BYTES = PerceptualHash.BITS / Byte.SIZE;
    private static final ObjectParser<HashRadiusParameters.Draft, Encoders> PARSER =
            new ObjectParser<>(NAME, HashRadiusParameters.Draft::new);

    static {
        UserInput.declare(PARSER, false);
        HashRadiusParameters.declare(PARSER);
    }

    /** What a query finds. */
    private enum Finds {
        NEAR,
        /** Documents of another fingerprint, which searches of a field leave out. */
        OTHER_FINGERPRINTS,
        /** Documents within the radius that are left out because their pictures have too little content. */
        WITHOUT_CONTENT
    }

    private final HashRadiusParameters parameters;
    private final Finds finds;

    public static HashRadiusQueryBuilder fromXContent(
            XContentParser parser, Encoders encoders, FingerprintDocsCache fingerprintDocs) throws IOException {
        HashRadiusParameters.Draft draft = PARSER.parse(parser, encoders);
        draft.requireField();
        UserInput input = draft.input(NAME, false);
        return new HashRadiusQueryBuilder(
                        new Searched(encoders, fingerprintDocs, input, null), draft.parameters(input), Finds.NEAR)
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private HashRadiusQueryBuilder(Searched searched, HashRadiusParameters parameters, Finds finds) {
        super(searched);
        this.parameters = parameters;
        this.finds = finds;
    }

    public HashRadiusQueryBuilder(StreamInput in, FingerprintDocsCache fingerprintDocs) throws IOException {
        super(in, WIRE, fingerprintDocs);
        this.parameters = HashRadiusParameters.readFrom(in);
        this.finds = in.readEnum(Finds.class);
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        write(out, WIRE);
        parameters.writeTo(out);
        out.writeEnum(finds);
    }

    @Override
    HashRadiusQueryBuilder copy(Searched newSearched) {
        return new HashRadiusQueryBuilder(newSearched, parameters, finds);
    }

    @Override
    QueryBuilder resolve(UserInput user, SearchedMappings mappings, QueryRewriteContext context) {
        String target = mappings.target(parameters.field());
        if (!target.equals(parameters.field())) {
            return new HashRadiusQueryBuilder(searched, parameters.withField(target), finds)
                    .boost(boost())
                    .queryName(queryName());
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
                new InputResolver(searched.encoders(), new InputNeeds(null, target, null, wants, minQuality), context);
        return resolving(
                context,
                (client, listener) -> resolver.resolve(user, client, listener.map(done -> {
                    if (leavesOut) {
                        LeftOut.count(
                                client.threadPool().getThreadContext(),
                                context.getResolvedIndices(),
                                context.getPointInTimeBuilder(),
                                new LeftOut.WithoutContent(withoutContent(done), quality, minQuality));
                    }
                    return done;
                })));
    }

    /**
     * Finds the documents that searches for a fingerprint leave out.
     *
     * @param field of vectors or codes
     */
    public static HashRadiusQueryBuilder leftOut(
            String field, String fingerprint, FingerprintDocsCache fingerprintDocs) {
        return new HashRadiusQueryBuilder(
                new Searched(null, fingerprintDocs, ResolvedInput.leftOut(null, fingerprint), null),
                new HashRadiusParameters(field, 0, Transforms.NONE, null),
                Finds.OTHER_FINGERPRINTS);
    }

    /** Finds the documents that this query leaves out because their pictures have too little content. */
    private HashRadiusQueryBuilder withoutContent(ResolvedInput resolved) {
        return new HashRadiusQueryBuilder(
                searched.with(ResolvedInput.leftOut(resolved.hash(), resolved.fingerprint())),
                parameters,
                Finds.WITHOUT_CONTENT);
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        ResolvedInput resolved = searched.input().requireResolved(NAME);
        FingerprintDocsCache fingerprintDocs = searched.fingerprintDocs();
        String field = parameters.field();
        if (finds == Finds.OTHER_FINGERPRINTS) {
            return LeftOutQuery.of(field, name -> resolved.fingerprint(name, fingerprintDocs, context), context);
        }
        if (resolved.hash() == null) {
            throw new IllegalArgumentException(
                    "[hash_radius] found no code to search by in [" + Messages.show(field) + "]");
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
                LeastQuality.of(
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
        searched.input().toXContent(builder, params);
        parameters.toXContent(builder, params);
        boostAndQueryNameToXContent(builder);
        builder.endObject();
    }

    @Override
    protected boolean doEquals(HashRadiusQueryBuilder other) {
        return searched.input().equals(other.searched.input())
                && parameters.equals(other.parameters)
                && finds == other.finds;
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(searched.input(), parameters, finds);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }
}
