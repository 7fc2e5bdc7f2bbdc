package io.lookalike.query;

import io.lookalike.encoder.WireVersion;
import io.lookalike.inference.Encoders;
import io.lookalike.query.InputNeeds.Want;
import io.lookalike.search.Candidates;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.index.query.LeafQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.Rewriteable;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/**
 * {@code hash_knn}: the k documents nearest to a picture, vector or document, by an exact metric among candidates that
 * are chosen by their codes or buckets.
 *
 * <p>The input is resolved on the coordinating node; {@link HashKnnShardQuery} makes the query that a shard runs.
 */
public final class HashKnnQueryBuilder extends LeafQueryBuilder<HashKnnQueryBuilder> {
    public static final String NAME = "hash_knn";

    private static final WireVersion WIRE = new WireVersion("query [" + NAME + "]", 1);
    private static final ParseField FILTER = new ParseField("filter");
    private static final ObjectParser<Draft, Encoders> PARSER = new ObjectParser<>(NAME, Draft::new);

    static {
        UserInput.declare(PARSER, true);
        HashKnnParameters.declare(PARSER);
        PARSER.declareFieldArray(
                (d, v) -> d.filters.addAll(v),
                (p, c) -> parseInnerQueryBuilder(p),
                FILTER,
                ObjectParser.ValueType.OBJECT_ARRAY);
        PARSER.declareFloat((d, v) -> d.boost = v, BOOST_FIELD);
        PARSER.declareString((d, v) -> d.name = v, NAME_FIELD);
    }

    private static final class Draft extends HashKnnParameters.Draft {
        private final List<QueryBuilder> filters = new ArrayList<>();
        private float boost = DEFAULT_BOOST;
        private String name;
    }

    private final Encoders encoders;
    private final FingerprintDocsCache fingerprintDocs;
    private final QueryInput input;
    private final SetOnce<ResolvedInput> resolving;
    private final HashKnnParameters parameters;
    /** The fields beside the vectors that the user named; null once the input is resolved, when no field changes. */
    private final HashKnnParameters.Siblings named;

    private final List<QueryBuilder> filters;

    public static HashKnnQueryBuilder fromXContent(
            XContentParser parser, Encoders encoders, FingerprintDocsCache fingerprintDocs) throws IOException {
        Draft draft = PARSER.parse(parser, encoders);
        HashKnnParameters parameters = draft.parameters();
        UserInput input = draft.input(NAME, true);
        if (parameters.metric() == Metric.CHI_SQUARED && input.vector() != null) {
            HashKnnShardQuery.checkNotNegative("[query_vector]", input.vector());
        }
        return new HashKnnQueryBuilder(
                        encoders, fingerprintDocs, input, null, parameters, draft.named(), List.copyOf(draft.filters))
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private HashKnnQueryBuilder(
            Encoders encoders,
            FingerprintDocsCache fingerprintDocs,
            QueryInput input,
            SetOnce<ResolvedInput> resolving,
            HashKnnParameters parameters,
            HashKnnParameters.Siblings named,
            List<QueryBuilder> filters) {
        this.encoders = encoders;
        this.fingerprintDocs = fingerprintDocs;
        this.input = input;
        this.resolving = resolving;
        this.parameters = parameters;
        this.named = named;
        this.filters = filters;
    }

    public HashKnnQueryBuilder(StreamInput in, FingerprintDocsCache fingerprintDocs) throws IOException {
        super(in);
        WIRE.readFrom(in);
        this.encoders = null;
        this.fingerprintDocs = fingerprintDocs;
        this.input = ResolvedInput.readFrom(in);
        this.resolving = null;
        this.parameters = HashKnnParameters.readFrom(in);
        this.named = null;
        this.filters = readQueries(in);
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        WIRE.writeTo(out);
        ResolvedInput.write(input, out);
        parameters.writeTo(out);
        writeQueries(out, filters);
    }

    private HashKnnQueryBuilder copy(
            QueryInput newInput,
            SetOnce<ResolvedInput> newResolving,
            HashKnnParameters newParameters,
            List<QueryBuilder> newFilters) {
        return new HashKnnQueryBuilder(
                        encoders, fingerprintDocs, newInput, newResolving, newParameters, named, newFilters)
                .boost(boost())
                .queryName(queryName());
    }

    public HashKnnQueryBuilder withInput(ResolvedInput resolved) {
        return copy(resolved, null, parameters, filters);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same list says that nothing was rewritten
    protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
        if (resolving != null) {
            ResolvedInput done = resolving.get();
            return done == null ? this : withInput(done);
        }
        List<QueryBuilder> rewritten = Rewriteable.rewrite(filters, context);
        if (rewritten != filters) {
            return copy(input, null, parameters, rewritten);
        }
        if (!(input instanceof UserInput user) || !InputResolver.coordinates(context)) {
            return this;
        }
        String target = new SearchedMappings(context.getResolvedIndices()).target(parameters.field());
        if (!target.equals(parameters.field())) {
            return copy(user, null, parameters.withField(target, named), filters);
        }
        InputResolver resolver = new InputResolver(encoders, needs(), context);
        ResolvedInput now = resolver.resolveNow(user);
        if (now != null) {
            return withInput(now);
        }
        SetOnce<ResolvedInput> result = new SetOnce<>();
        context.registerAsyncAction(
                (client, listener) -> resolver.resolve(user, client, listener.delegateFailureAndWrap((next, done) -> {
                    result.set(done);
                    next.onResponse(null);
                })));
        return copy(user, result, parameters, filters);
    }

    private InputNeeds needs() {
        EnumSet<Want> wants = EnumSet.noneOf(Want.class);
        if (parameters.numExact() != null) {
            wants.add(Want.PROJECTIONS);
        }
        if (parameters.candidates() == Candidates.CLUSTERS) {
            wants.add(Want.CLUSTERS);
        }
        HashKnnParameters.Siblings siblings = parameters.siblings();
        return new InputNeeds(
                parameters.field(), siblings.hash(), parameters.needsBuckets() ? siblings.buckets() : null, wants, 0);
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        return new HashKnnShardQuery(parameters, input.requireResolved(NAME), context)
                .toQuery(filters, fingerprintDocs);
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(NAME);
        parameters.fieldsToXContent(builder);
        input.toXContent(builder, params);
        parameters.toXContent(builder, params);
        if (!filters.isEmpty()) {
            builder.startArray(FILTER.getPreferredName());
            for (QueryBuilder filter : filters) {
                filter.toXContent(builder, params);
            }
            builder.endArray();
        }
        boostAndQueryNameToXContent(builder);
        builder.endObject();
    }

    @Override
    protected boolean doEquals(HashKnnQueryBuilder other) {
        return input.equals(other.input) && parameters.equals(other.parameters) && filters.equals(other.filters);
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(input, parameters, filters);
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
