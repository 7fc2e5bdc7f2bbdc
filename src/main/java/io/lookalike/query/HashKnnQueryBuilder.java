package io.lookalike.query;

import io.lookalike.encoder.WireVersion;
import io.lookalike.inference.Encoders;
import io.lookalike.query.InputNeeds.Want;
import io.lookalike.search.CandidateMethod;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.frame.Helpers;
import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
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
public final class HashKnnQueryBuilder extends ResolvedQueryBuilder<HashKnnQueryBuilder> {
    public static final String NAME = "hash_knn";

    private static final WireVersion WIRE = new WireVersion("query [" + NAME + "]", 1);
    private static final ParseField FILTER = new ParseField("filter");
    private static final ObjectParser<HashKnnParameters.Draft, Encoders> PARSER =
            new ObjectParser<>(NAME, HashKnnParameters.Draft::new);

    static {
        UserInput.declare(PARSER, true);
        HashKnnParameters.declare(PARSER);
        PARSER.declareFieldArray(
                (d, v) -> d.filters.addAll(v),
                (p, c) -> parseInnerQueryBuilder(p),
                FILTER,
                ObjectParser.ValueType.OBJECT_ARRAY);
    }

    private final HashKnnParameters parameters;
    /** The fields beside the vectors that the user named; null once the input is resolved, when no field changes. */
    private final HashKnnParameters.Siblings named;

    private final List<QueryBuilder> filters;
    /** Of the shard's node. */
    private final Helpers helpers;

    public static HashKnnQueryBuilder fromXContent(
            XContentParser parser, Encoders encoders, FingerprintDocsCache fingerprintDocs, Helpers helpers)
            throws IOException {
        HashKnnParameters.Draft draft = PARSER.parse(parser, encoders);
        HashKnnParameters parameters = draft.parameters();
        UserInput input = draft.input(NAME, true);
        if (parameters.metric() == Metric.CHI_SQUARED && input.vector() != null) {
            HashKnnShardQuery.checkNotNegative("[query_vector]", input.vector());
        }
        return new HashKnnQueryBuilder(
                        new Searched(encoders, fingerprintDocs, input, null),
                        parameters,
                        draft.named(),
                        List.copyOf(draft.filters),
                        helpers)
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private HashKnnQueryBuilder(
            Searched searched,
            HashKnnParameters parameters,
            HashKnnParameters.Siblings named,
            List<QueryBuilder> filters,
            Helpers helpers) {
        super(searched);
        this.parameters = parameters;
        this.named = named;
        this.filters = filters;
        this.helpers = helpers;
    }

    public HashKnnQueryBuilder(StreamInput in, FingerprintDocsCache fingerprintDocs, Helpers helpers)
            throws IOException {
        super(in, WIRE, fingerprintDocs);
        this.parameters = HashKnnParameters.readFrom(in);
        this.named = null;
        this.filters = readQueries(in);
        this.helpers = helpers;
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        write(out, WIRE);
        parameters.writeTo(out);
        writeQueries(out, filters);
    }

    @Override
    HashKnnQueryBuilder copy(Searched newSearched) {
        return new HashKnnQueryBuilder(newSearched, parameters, named, filters, helpers);
    }

    private HashKnnQueryBuilder with(HashKnnParameters newParameters, List<QueryBuilder> newFilters) {
        return new HashKnnQueryBuilder(searched, newParameters, named, newFilters, helpers)
                .boost(boost())
                .queryName(queryName());
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same list says that nothing was rewritten
    protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
        List<QueryBuilder> rewritten = Rewriteable.rewrite(filters, context);
        return rewritten == filters ? super.doRewrite(context) : with(parameters, rewritten);
    }

    @Override
    QueryBuilder resolve(UserInput user, SearchedMappings mappings, QueryRewriteContext context) {
        String target = mappings.target(parameters.field());
        if (!target.equals(parameters.field())) {
            return with(parameters.withField(target, named), filters);
        }
        InputResolver resolver = new InputResolver(searched.encoders(), needs(), context);
        ResolvedInput now = resolver.resolveNow(user);
        return now != null
                ? withInput(now)
                : resolving(context, (client, listener) -> resolver.resolve(user, client, listener));
    }

    private InputNeeds needs() {
        EnumSet<Want> wants = EnumSet.noneOf(Want.class);
        if (parameters.candidates().byCode() || parameters.metric() == Metric.HAMMING) {
            wants.add(Want.CODE);
        }
        if (parameters.numExact() != null) {
            wants.add(Want.PROJECTIONS);
        }
        if (parameters.candidates() == CandidateMethod.CLUSTERS) {
            wants.add(Want.CLUSTERS);
        }
        HashKnnParameters.Siblings siblings = parameters.siblings();
        return new InputNeeds(
                parameters.field(), siblings.hash(), parameters.needsBuckets() ? siblings.buckets() : null, wants, 0);
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        return new HashKnnShardQuery(parameters, searched.input().requireResolved(NAME), context)
                .toQuery(filters, searched.fingerprintDocs(), helpers);
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(NAME);
        parameters.fieldsToXContent(builder);
        searched.input().toXContent(builder, params);
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
        return searched.input().equals(other.searched.input())
                && parameters.equals(other.parameters)
                && filters.equals(other.filters);
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(searched.input(), parameters, filters);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }
}
