package io.lookalike.query;

import io.lookalike.encoder.Encoders;
import java.io.IOException;
import java.util.Objects;
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

/** {@code hash_radius}: every document whose code lies within a Hamming distance of a picture's, a code's or a document's. */
public final class HashRadiusQueryBuilder extends LeafQueryBuilder<HashRadiusQueryBuilder> {
    public static final String NAME = "hash_radius";

    private static final String PERCEPTUAL = "phash";
    private static final ParseField FIELD = new ParseField("field");
    private static final ParseField MAX_DISTANCE = new ParseField("max_distance");
    private static final ObjectParser<Draft, Void> PARSER = new ObjectParser<>(NAME, Draft::new);

    static {
        QueryInput.declare(PARSER, false);
        PARSER.declareString((d, v) -> d.field = v, FIELD);
        PARSER.declareInt((d, v) -> d.maxDistance = v, MAX_DISTANCE);
        PARSER.declareFloat((d, v) -> d.boost = v, BOOST_FIELD);
        PARSER.declareString((d, v) -> d.name = v, NAME_FIELD);
    }

    private static final class Draft implements QueryInput.HasInput {
        private final QueryInput input = new QueryInput();
        private String field;
        private Integer maxDistance;
        private float boost = DEFAULT_BOOST;
        private String name;

        @Override
        public QueryInput input() {
            return input;
        }
    }

    private final Encoders encoders;
    private final QueryInput input;
    private final SetOnce<QueryInput> resolving;
    private final String field;
    private final int maxDistance;

    public static HashRadiusQueryBuilder fromXContent(XContentParser parser, Encoders encoders) throws IOException {
        Draft draft = PARSER.parse(parser, null);
        if (draft.field == null) {
            throw new IllegalArgumentException("[hash_radius] needs [field], a field of codes, such as [photo.phash]");
        }
        draft.input.check(NAME, false);
        if (draft.maxDistance == null || draft.maxDistance < 0) {
            throw new IllegalArgumentException("[max_distance] must be at least [0]; got [" + draft.maxDistance
                    + "]; [10] of [64] bits is usual for near-duplicates");
        }
        return new HashRadiusQueryBuilder(encoders, draft.input, null, draft.field, draft.maxDistance)
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private HashRadiusQueryBuilder(
            Encoders encoders, QueryInput input, SetOnce<QueryInput> resolving, String field, int maxDistance) {
        this.encoders = encoders;
        this.input = input;
        this.resolving = resolving;
        this.field = field;
        this.maxDistance = maxDistance;
    }

    public HashRadiusQueryBuilder(StreamInput in) throws IOException {
        super(in);
        this.encoders = null;
        this.input = new QueryInput(in);
        this.resolving = null;
        this.field = in.readString();
        this.maxDistance = in.readVInt();
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        input.writeTo(out);
        out.writeString(field);
        out.writeVInt(maxDistance);
    }

    /** A field called {@code phash} holds hashes of pixels, any other one codes of embeddings. */
    private boolean perceptual() {
        return field.equals(PERCEPTUAL) || field.endsWith("." + PERCEPTUAL);
    }

    @Override
    protected QueryBuilder doRewrite(QueryRewriteContext context) {
        if (resolving != null) {
            QueryInput done = resolving.get();
            if (done == null) {
                return this;
            }
            done.warn(field);
            return withInput(done);
        }
        if (input.resolved || !InputResolver.coordinates(context)) {
            return this;
        }
        SetOnce<QueryInput> result = new SetOnce<>();
        InputResolver resolver = new InputResolver(encoders, null, field, null, perceptual(), false, context);
        context.registerAsyncAction((client, listener) ->
                resolver.resolve(input, this::withInput, client, listener.delegateFailureAndWrap((next, done) -> {
                    result.set(done);
                    next.onResponse(null);
                })));
        return copy(input, result);
    }

    HashRadiusQueryBuilder withInput(QueryInput resolved) {
        return copy(resolved, null);
    }

    private HashRadiusQueryBuilder copy(QueryInput newInput, SetOnce<QueryInput> newResolving) {
        return new HashRadiusQueryBuilder(encoders, newInput, newResolving, field, maxDistance)
                .boost(boost())
                .queryName(queryName());
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        if (!input.resolved) {
            throw new IllegalArgumentException(
                    "[hash_radius] must be rewritten on the coordinating node before it runs, which does not happen here; use it in a search request");
        }
        if (input.leftOutOnly) {
            return LeftOutQuery.of(field, input, context);
        }
        if (input.hash == null) {
            throw new IllegalArgumentException("[hash_radius] found no code to search by in [" + field + "]");
        }
        int bits = input.hash.length * Byte.SIZE;
        DenseVectorFieldType codes = VectorFields.codes(context, field, bits, "query_hash");
        if (codes == null) {
            return Queries.newUnmappedFieldQuery(field);
        }
        NestedField.check(codes.name(), NAME, context);
        if (maxDistance > bits) {
            throw new IllegalArgumentException(
                    "[max_distance] must be at most [" + bits + "], the bits of a code; got [" + maxDistance + "]");
        }
        Query query = new HashRadiusQuery(
                new QueryCode(codes.name(), input.hash), maxDistance, Fingerprint.of(codes.name(), input, context));
        Query self = input.self(context);
        return self == null
                ? query
                : new BooleanQuery.Builder()
                        .add(query, BooleanClause.Occur.MUST)
                        .add(self, BooleanClause.Occur.MUST_NOT)
                        .build();
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(NAME);
        builder.field(FIELD.getPreferredName(), field);
        input.toXContent(builder, params);
        builder.field(MAX_DISTANCE.getPreferredName(), maxDistance);
        boostAndQueryNameToXContent(builder);
        builder.endObject();
    }

    @Override
    protected boolean doEquals(HashRadiusQueryBuilder other) {
        return input.equals(other.input) && field.equals(other.field) && maxDistance == other.maxDistance;
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(input, field, maxDistance);
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
