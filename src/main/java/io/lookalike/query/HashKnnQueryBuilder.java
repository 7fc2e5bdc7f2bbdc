package io.lookalike.query;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Values;
import io.lookalike.inference.Encoders;
import io.lookalike.search.Bounds;
import io.lookalike.search.CandidateSelection;
import io.lookalike.search.Candidates;
import io.lookalike.search.EligibleDocs;
import io.lookalike.search.Estimation;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.HashKnnQuery;
import io.lookalike.search.QueryBuckets;
import io.lookalike.search.QueryClusters;
import io.lookalike.search.QueryCode;
import io.lookalike.search.Scoring;
import io.lookalike.search.Slicing;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.KeywordFieldMapper.KeywordFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.VectorSimilarity;
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
 */
public final class HashKnnQueryBuilder extends LeafQueryBuilder<HashKnnQueryBuilder> {
    public static final String NAME = "hash_knn";

    static final int MAX_CANDIDATES = 10_000;
    private static final int LEAST_CANDIDATES = 500;
    private static final int CANDIDATES_PER_HIT = 20;
    private static final int DEFAULT_K = 10;
    private static final int MAX_PROBES = 1 << 16;
    private static final int DEFAULT_PROBES = 16;

    private static final ParseField FIELD = new ParseField("field");
    private static final ParseField HASH_FIELD = new ParseField("hash_field");
    private static final ParseField BUCKETS_FIELD = new ParseField("buckets_field");
    private static final ParseField CLUSTER_FIELD = new ParseField("cluster_field");
    private static final ParseField K = new ParseField("k");
    private static final ParseField NUM_CANDIDATES = new ParseField("num_candidates");
    private static final ParseField NUM_EXACT = new ParseField("num_exact");
    private static final ParseField NORM_FIELD = new ParseField("norm_field");
    private static final ParseField CANDIDATES = new ParseField("candidates");
    private static final ParseField MAX_DISTANCE = new ParseField("max_distance");
    private static final ParseField BITS = new ParseField("bits");
    private static final ParseField TABLES = new ParseField("tables");
    private static final ParseField MIN_TABLES = new ParseField("min_tables");
    private static final ParseField PROBES = new ParseField("probes");
    private static final ParseField METRIC = new ParseField("metric");
    private static final ParseField NORMALIZE_VECTORS = new ParseField("normalize_vectors");
    private static final ParseField SIMILARITY = new ParseField("similarity");
    private static final ParseField FILTER = new ParseField("filter");

    private static final ObjectParser<Draft, Encoders> PARSER = new ObjectParser<>(NAME, Draft::new);

    static {
        QueryInput.declare(PARSER, true);
        PARSER.declareString((d, v) -> d.field = v, FIELD);
        PARSER.declareString((d, v) -> d.hashField = v, HASH_FIELD);
        PARSER.declareString((d, v) -> d.bucketsField = v, BUCKETS_FIELD);
        PARSER.declareString((d, v) -> d.clusterField = v, CLUSTER_FIELD);
        QueryInput.declareWhole(PARSER, (d, v) -> d.k = v, K);
        QueryInput.declareWhole(PARSER, (d, v) -> d.numCandidates = v, NUM_CANDIDATES);
        QueryInput.declareWhole(PARSER, (d, v) -> d.numExact = v, NUM_EXACT);
        PARSER.declareString((d, v) -> d.normField = v, NORM_FIELD);
        PARSER.declareString((d, v) -> d.candidates = v, CANDIDATES);
        QueryInput.declareWhole(PARSER, (d, v) -> d.maxDistance = v, MAX_DISTANCE);
        QueryInput.declareWhole(PARSER, (d, v) -> d.bits = v, BITS);
        QueryInput.declareWhole(PARSER, (d, v) -> d.tables = v, TABLES);
        QueryInput.declareWhole(PARSER, (d, v) -> d.minTables = v, MIN_TABLES);
        QueryInput.declareWhole(PARSER, (d, v) -> d.probes = v, PROBES);
        PARSER.declareString((d, v) -> d.metric = v, METRIC);
        PARSER.declareString((d, v) -> d.normalization = v, NORMALIZE_VECTORS);
        PARSER.declareFloat((d, v) -> d.similarity = v, SIMILARITY);
        PARSER.declareFieldArray(
                (d, v) -> d.filters.addAll(v),
                (p, c) -> parseInnerQueryBuilder(p),
                FILTER,
                ObjectParser.ValueType.OBJECT_ARRAY);
        PARSER.declareFloat((d, v) -> d.boost = v, BOOST_FIELD);
        PARSER.declareString((d, v) -> d.name = v, NAME_FIELD);
    }

    private static final class Draft implements QueryInput.HasInput {
        private final QueryInput input = new QueryInput();
        private String field;
        private String hashField;
        private String bucketsField;
        private String clusterField;
        private Integer k;
        private Integer numCandidates;
        private Integer numExact;
        private String normField;
        private String candidates = "hamming";
        private Integer maxDistance;
        private Integer bits;
        private Integer tables;
        private Integer minTables;
        private Integer probes;
        private String metric;
        private String normalization = "none";
        private Float similarity;
        private final List<QueryBuilder> filters = new ArrayList<>();
        private float boost = DEFAULT_BOOST;
        private String name;

        @Override
        public QueryInput input() {
            return input;
        }
    }

    private final Encoders encoders;
    private final FingerprintDocsCache fingerprintDocs;
    private final QueryInput input;
    private final SetOnce<QueryInput> resolving;
    private final String field;
    /** The fields beside it that the user named; the others go with it. Known where the input is resolved. */
    private final Set<ParseField> named;

    private final String hashField;
    private final String bucketsField;
    private final String clusterField;
    private final Integer k;
    private final Integer numCandidates;
    private final Integer numExact;
    private final String normField;
    private final Candidates candidates;
    private final Integer maxDistance;
    private final Integer bits;
    private final Integer tables;
    private final Integer minTables;
    private final Integer probes;
    private final Metric metric;
    private final Normalization normalization;
    private final Float similarity;
    private final List<QueryBuilder> filters;

    public static HashKnnQueryBuilder fromXContent(
            XContentParser parser, Encoders encoders, FingerprintDocsCache fingerprintDocs) throws IOException {
        Draft draft = PARSER.parse(parser, encoders);
        return new HashKnnQueryBuilder(draft, encoders, fingerprintDocs)
                .boost(draft.boost)
                .queryName(draft.name);
    }

    private HashKnnQueryBuilder(Draft draft, Encoders encoders, FingerprintDocsCache fingerprintDocs) {
        this.encoders = encoders;
        this.fingerprintDocs = fingerprintDocs;
        this.input = draft.input;
        this.resolving = null;
        this.field = draft.field;
        this.named = named(draft);
        this.hashField = beside(HASH_FIELD, draft.hashField, "hash");
        this.bucketsField = beside(BUCKETS_FIELD, draft.bucketsField, "buckets");
        this.clusterField = beside(CLUSTER_FIELD, draft.clusterField, "cluster");
        this.k = draft.k;
        this.numCandidates = draft.numCandidates;
        this.numExact = draft.numExact;
        this.normField = beside(NORM_FIELD, draft.normField, "norm");
        this.candidates = choice(Candidates.class, draft.candidates, CANDIDATES);
        this.maxDistance = draft.maxDistance;
        this.bits = draft.bits;
        this.tables = draft.tables;
        this.minTables = draft.minTables;
        this.probes = draft.probes;
        this.metric = draft.metric == null ? null : choice(Metric.class, draft.metric, METRIC);
        this.normalization = choice(Normalization.class, draft.normalization, NORMALIZE_VECTORS);
        this.similarity = draft.similarity;
        this.filters = List.copyOf(draft.filters);
        check();
    }

    private static Set<ParseField> named(Draft draft) {
        Set<ParseField> named = new HashSet<>();
        if (draft.hashField != null) {
            named.add(HASH_FIELD);
        }
        if (draft.bucketsField != null) {
            named.add(BUCKETS_FIELD);
        }
        if (draft.clusterField != null) {
            named.add(CLUSTER_FIELD);
        }
        if (draft.normField != null) {
            named.add(NORM_FIELD);
        }
        return Set.copyOf(named);
    }

    /** The field that was named, else the sibling of the vectors. */
    private String beside(ParseField parameter, String given, String sibling) {
        return named.contains(parameter) || field == null ? given : FieldNames.sibling(field, sibling);
    }

    private HashKnnQueryBuilder(
            HashKnnQueryBuilder from,
            String field,
            QueryInput input,
            SetOnce<QueryInput> resolving,
            List<QueryBuilder> filters) {
        this.encoders = from.encoders;
        this.fingerprintDocs = from.fingerprintDocs;
        this.input = input;
        this.resolving = resolving;
        this.field = field;
        this.named = from.named;
        this.hashField = beside(HASH_FIELD, from.hashField, "hash");
        this.bucketsField = beside(BUCKETS_FIELD, from.bucketsField, "buckets");
        this.clusterField = beside(CLUSTER_FIELD, from.clusterField, "cluster");
        this.k = from.k;
        this.numCandidates = from.numCandidates;
        this.numExact = from.numExact;
        this.normField = beside(NORM_FIELD, from.normField, "norm");
        this.candidates = from.candidates;
        this.maxDistance = from.maxDistance;
        this.bits = from.bits;
        this.tables = from.tables;
        this.minTables = from.minTables;
        this.probes = from.probes;
        this.metric = from.metric;
        this.normalization = from.normalization;
        this.similarity = from.similarity;
        this.filters = filters;
        boost(from.boost()).queryName(from.queryName());
    }

    public HashKnnQueryBuilder withInput(QueryInput resolved) {
        return new HashKnnQueryBuilder(this, field, resolved, null, filters);
    }

    public HashKnnQueryBuilder(StreamInput in, FingerprintDocsCache fingerprintDocs) throws IOException {
        super(in);
        this.encoders = null;
        this.fingerprintDocs = fingerprintDocs;
        this.input = new QueryInput(in);
        this.resolving = null;
        this.field = in.readString();
        this.named = Set.of(HASH_FIELD, BUCKETS_FIELD, CLUSTER_FIELD, NORM_FIELD);
        this.hashField = in.readString();
        this.bucketsField = in.readString();
        this.clusterField = in.readString();
        this.k = in.readOptionalVInt();
        this.numCandidates = in.readOptionalVInt();
        this.numExact = in.readOptionalVInt();
        this.normField = in.readString();
        this.candidates = in.readEnum(Candidates.class);
        this.maxDistance = in.readOptionalVInt();
        this.bits = in.readOptionalVInt();
        this.tables = in.readOptionalVInt();
        this.minTables = in.readOptionalVInt();
        this.probes = in.readOptionalVInt();
        this.metric = in.readOptionalEnum(Metric.class);
        this.normalization = in.readEnum(Normalization.class);
        this.similarity = in.readOptionalFloat();
        this.filters = readQueries(in);
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        input.writeTo(out);
        out.writeString(field);
        out.writeString(hashField);
        out.writeString(bucketsField);
        out.writeString(clusterField);
        out.writeOptionalVInt(k);
        out.writeOptionalVInt(numCandidates);
        out.writeOptionalVInt(numExact);
        out.writeString(normField);
        out.writeEnum(candidates);
        out.writeOptionalVInt(maxDistance);
        out.writeOptionalVInt(bits);
        out.writeOptionalVInt(tables);
        out.writeOptionalVInt(minTables);
        out.writeOptionalVInt(probes);
        out.writeOptionalEnum(metric);
        out.writeEnum(normalization);
        out.writeOptionalFloat(similarity);
        writeQueries(out, filters);
    }

    private void check() {
        if (field == null) {
            throw new IllegalArgumentException(
                    "[hash_knn] needs [field], the field of the vectors, such as [photo.vector]");
        }
        input.check(NAME, true);
        if (k != null && (k < 1 || k > MAX_CANDIDATES)) {
            throw new IllegalArgumentException("[k] must be from [1] to [" + MAX_CANDIDATES + "]; got [" + k + "]");
        }
        if (numCandidates != null && (numCandidates < 1 || numCandidates > MAX_CANDIDATES)) {
            throw new IllegalArgumentException(
                    "[num_candidates] must be from [1] to [" + MAX_CANDIDATES + "]; got [" + numCandidates + "]");
        }
        if (k != null && numCandidates != null && numCandidates < k) {
            throw new IllegalArgumentException("[num_candidates] must be at least [k]; got num_candidates ["
                    + numCandidates + "] and k [" + k + "]");
        }
        checkExact();
        if (maxDistance != null && maxDistance < 0) {
            throw new IllegalArgumentException("[max_distance] must be at least [0]; got [" + maxDistance + "]");
        }
        if (maxDistance != null && !candidates.byCode()) {
            throw new IllegalArgumentException(
                    "[max_distance] bounds the Hamming distance of candidates and means nothing with [candidates] ["
                            + candidates + "]; leave it out, or use "
                            + (candidates == Candidates.LSH ? "[min_tables] or [candidates] " : "") + "[hamming]");
        }
        checkShorter();
        if (minTables != null && minTables < 1) {
            throw new IllegalArgumentException("[min_tables] must be at least [1]; got [" + minTables + "]");
        }
        if (minTables != null && candidates != Candidates.LSH) {
            throw new IllegalArgumentException(
                    "[min_tables] bounds the hash tables that agree and means nothing with [candidates] [" + candidates
                            + "]; leave it out, or use [lsh]");
        }
        if (probes != null && (probes < 1 || probes > MAX_PROBES)) {
            throw new IllegalArgumentException(
                    "[probes] must be from [1] to [" + MAX_PROBES + "]; got [" + probes + "]");
        }
        if (probes != null && candidates != Candidates.CLUSTERS) {
            throw new IllegalArgumentException(
                    "[probes] bounds the clusters that are looked into and means nothing with [candidates] ["
                            + candidates + "]; leave it out, or use [clusters]");
        }
        if (similarity != null && !(similarity >= 0)) {
            throw new IllegalArgumentException(
                    "[similarity] is the least score kept and must be at least [0]; got [" + similarity + "]");
        }
        if (metric == Metric.CHI_SQUARED && input.vector != null) {
            checkNotNegative("[query_vector]", input.vector);
        }
    }

    private void checkShorter() {
        if (bits != null && (bits < Byte.SIZE || bits % Byte.SIZE != 0)) {
            throw new IllegalArgumentException("[bits] must be a multiple of [8], at least [8]; got [" + bits + "]");
        }
        if (bits != null && candidates != Candidates.HAMMING && candidates != Candidates.CLUSTERS) {
            throw new IllegalArgumentException(
                    "[bits] is how many of a code's bits candidates are chosen by and means nothing with [candidates] ["
                            + candidates + "]; leave it out, or use [hamming]");
        }
        if (bits != null && numExact != null) {
            throw new IllegalArgumentException(
                    "[num_exact] estimates by whole codes and means nothing with [bits]; leave one of them out");
        }
        if (tables != null && tables < 1) {
            throw new IllegalArgumentException("[tables] must be at least [1]; got [" + tables + "]");
        }
        if (tables != null && candidates != Candidates.LSH) {
            throw new IllegalArgumentException(
                    "[tables] is how many hash tables candidates are chosen by and means nothing with [candidates] ["
                            + candidates + "]; leave it out, or use [lsh]");
        }
    }

    private void checkExact() {
        if (numExact == null) {
            return;
        }
        int least = k == null ? 1 : k;
        int most = numCandidates == null ? MAX_CANDIDATES : numCandidates;
        if (numExact < least || numExact > most) {
            throw new IllegalArgumentException("[num_exact] must be from [" + least + "]"
                    + (k == null ? " " : ", [k], ") + "to [" + most + "]"
                    + (numCandidates == null ? "" : ", [num_candidates]") + "; got [" + numExact + "]");
        }
        if (!candidates.byCode()) {
            throw new IllegalArgumentException(
                    "[num_exact] chooses among candidates by their codes and means nothing with [candidates] ["
                            + candidates + "]; leave it out, or use [hamming]");
        }
        if (metric == Metric.HAMMING || metric == Metric.TABLES) {
            throw new IllegalArgumentException("[num_exact] bounds the vectors that are read, and [metric] [" + metric
                    + "] reads none; leave it out, or use another metric");
        }
    }

    private static void checkNotNegative(String what, float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            if (vector[i] < 0) {
                throw new IllegalArgumentException(
                        what + " has [" + vector[i] + "] at [" + i + "]; [chi_squared] takes no negative components");
            }
        }
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String value, ParseField field) {
        List<String> allowed = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (name.equals(value)) {
                return constant;
            }
            allowed.add(name);
        }
        throw new IllegalArgumentException(
                "[" + field.getPreferredName() + "] must be one of " + allowed + "; got [" + Values.show(value) + "]");
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same list says that nothing was rewritten
    protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
        if (resolving != null) {
            QueryInput done = resolving.get();
            if (done == null) {
                return this;
            }
            return withInput(done);
        }
        List<QueryBuilder> rewritten = Rewriteable.rewrite(filters, context);
        if (rewritten != filters) {
            return new HashKnnQueryBuilder(this, field, input, null, rewritten);
        }
        if (input.resolved || !InputResolver.coordinates(context)) {
            return this;
        }
        String target = InputResolver.target(field, context);
        if (!target.equals(field)) {
            return new HashKnnQueryBuilder(this, target, input, null, filters);
        }
        EnumSet<InputResolver.Want> wants = EnumSet.noneOf(InputResolver.Want.class);
        if (numExact != null) {
            wants.add(InputResolver.Want.PROJECTIONS);
        }
        if (candidates == Candidates.CLUSTERS) {
            wants.add(InputResolver.Want.CLUSTERS);
        }
        InputResolver resolver =
                new InputResolver(encoders, field, hashField, needsBuckets() ? bucketsField : null, wants, context);
        QueryInput now = resolver.resolveNow(input);
        if (now != null) {
            return withInput(now);
        }
        SetOnce<QueryInput> result = new SetOnce<>();
        context.registerAsyncAction(
                (client, listener) -> resolver.resolve(input, client, listener.delegateFailureAndWrap((next, done) -> {
                    result.set(done);
                    next.onResponse(null);
                })));
        return new HashKnnQueryBuilder(this, field, input, result, filters);
    }

    @Override
    protected Query doToQuery(SearchExecutionContext context) throws IOException {
        if (!input.resolved) {
            throw new IllegalArgumentException(
                    "[hash_knn] must be rewritten on the coordinating node before it runs, which does not happen "
                            + "here; use it in a search request");
        }
        DenseVectorFieldType vectors = VectorFields.vectors(context, field, input.vector.length, "query_vector");
        if (vectors == null) {
            return Queries.newUnmappedFieldQuery(field);
        }
        Metric scored = metric != null ? metric : metricOf(vectors);
        if (scored == Metric.CHI_SQUARED) {
            checkNotNegative("the vector searched by", input.vector);
        }
        if (scored == Metric.COSINE && Values.isZero(input.vector)) {
            throw new IllegalArgumentException(
                    "the vector searched by is all zeros, which is as near to one vector as to another by [cosine]; "
                            + "send another, or use another [metric]");
        }
        if (similarity != null
                && similarity > 1
                && (scored != Metric.DOT_PRODUCT || normalization != Normalization.NONE)) {
            throw new IllegalArgumentException("[similarity] is the least score kept, and no score by ["
                    + scored + "] is above [1]; got [" + similarity
                    + "]; give a score, as hits show it, or use [max_distance], which bounds the Hamming "
                    + "distance of candidates");
        }
        QueryCode code = code(context, scored);
        QueryCode chosenBy = first(code);
        QueryBuckets buckets = buckets(context);
        QueryBuckets inTables = first(buckets);
        int size = context.requestSize() == null || context.requestSize() < 1 ? DEFAULT_K : context.requestSize();
        int hits = k != null ? k : Math.min(size, numCandidates != null ? numCandidates : MAX_CANDIDATES);
        int wanted = numCandidates != null
                ? numCandidates
                : Math.min(MAX_CANDIDATES, Math.max(LEAST_CANDIDATES, CANDIDATES_PER_HIT * hits));
        NestedField nested = NestedField.of(vectors.name(), NAME, context);
        return new HashKnnQuery(
                new Scoring(
                        vectors.name(),
                        input.vector,
                        vectors.isNormalized(),
                        scored,
                        formula(vectors),
                        code,
                        buckets,
                        normalization),
                new CandidateSelection(
                        candidates, chosenBy, inTables, clusters(context), estimation(context, code, hits)),
                new Bounds(
                        hits,
                        wanted,
                        candidates == Candidates.LSH ? mostDisagreeing(inTables) : farthest(chosenBy),
                        similarity == null ? Float.NEGATIVE_INFINITY : similarity),
                new EligibleDocs(
                        vectors.name(),
                        filter(context, nested),
                        input.self(context),
                        input.fingerprint(vectors.name(), fingerprintDocs, context)),
                nested == null ? null : nested.parents(),
                Slicing.of(context.getIndexSettings().getNodeSettings()));
    }

    /** What candidates are chosen by: all of a code, or its first bits. */
    private QueryCode first(QueryCode code) {
        if (bits == null) {
            return code;
        }
        if (bits > code.bits()) {
            throw new IllegalArgumentException(
                    "[bits] must be at most [" + code.bits() + "], the bits of a code; got [" + bits + "]");
        }
        return code.first(bits);
    }

    /** What candidates are chosen by: all hash tables, or the first. */
    private QueryBuckets first(QueryBuckets buckets) {
        if (tables == null) {
            return buckets;
        }
        if (tables > buckets.tables()) {
            throw new IllegalArgumentException("[tables] must be at most [" + buckets.tables()
                    + "], the hash tables of the query's buckets; got [" + tables + "]");
        }
        return buckets.first(tables);
    }

    /** The greatest distance of a candidate's code. */
    private int farthest(QueryCode code) {
        int most = code == null ? 0 : code.bits();
        if (maxDistance != null && maxDistance > most) {
            throw new IllegalArgumentException("[max_distance] must be at most [" + most + "], the bits of a code"
                    + (bits == null ? "" : " that are compared") + "; got [" + maxDistance + "]");
        }
        return maxDistance == null ? most : maxDistance;
    }

    /** How candidates are chosen for exact scoring; null where all are scored. */
    private Estimation estimation(SearchExecutionContext context, QueryCode code, int hits) {
        if (numExact == null) {
            return null;
        }
        if (input.projections == null) {
            throw new IllegalArgumentException(
                    "[num_exact] needs the query's projections on the planes of its code; name the [encoder] that "
                            + "made the codes, or leave it out");
        }
        if (input.projections.length != code.bits()) {
            throw new IllegalArgumentException("[num_exact] needs codes of the encoder, which has ["
                    + input.projections.length + "] bits, but [query_hash] has [" + code.bits()
                    + "]; leave [num_exact] or [query_hash] out");
        }
        return new Estimation(
                code, input.projections, input.scale, VectorFields.norms(context, normField), Math.max(numExact, hits));
    }

    /** How many tables may disagree. */
    private int mostDisagreeing(QueryBuckets buckets) {
        int least = minTables == null ? 1 : minTables;
        if (least > buckets.tables()) {
            throw new IllegalArgumentException("[min_tables] must be at most [" + buckets.tables()
                    + "], the hash tables " + (tables == null ? "of the query's buckets" : "that are looked into")
                    + "; got [" + least + "]");
        }
        return buckets.tables() - least;
    }

    private boolean needsBuckets() {
        return candidates == Candidates.LSH || metric == Metric.TABLES;
    }

    /** The buckets to compare with, null where none are needed. */
    private QueryBuckets buckets(SearchExecutionContext context) {
        if (!needsBuckets()) {
            return null;
        }
        if (input.buckets == null || input.buckets.isEmpty()) {
            throw new IllegalArgumentException(
                    (candidates == Candidates.LSH ? "[candidates] [lsh]" : "[metric] [tables]")
                            + " needs buckets for the query; name an [encoder] that defines [buckets], search by a "
                            + "document in [like] that has them, or use another");
        }
        KeywordFieldType field = VectorFields.terms(context, bucketsField, "bucket", "buckets_field");
        if (field == null) {
            throw new IllegalArgumentException(
                    "[buckets_field] [" + Values.show(bucketsField) + "] is not mapped in index ["
                            + Values.show(context.getFullyQualifiedIndex().getName()) + "], whose ["
                            + Values.show(this.field)
                            + "] has vectors; name the field of their buckets in [buckets_field], or use "
                            + "[candidates] [hamming] or [all] and a metric other than [tables]");
        }
        return new QueryBuckets(field.name(), input.buckets);
    }

    /** The clusters to look into, null where none are needed. */
    private QueryClusters clusters(SearchExecutionContext context) {
        if (candidates != Candidates.CLUSTERS) {
            return null;
        }
        if (input.clusters == null) {
            throw new IllegalArgumentException(
                    "[candidates] [clusters] needs the query's clusters; name an [encoder] that has [clusters], or "
                            + "use [candidates] [hamming]");
        }
        KeywordFieldType field = VectorFields.terms(context, clusterField, "cluster", "cluster_field");
        if (field == null) {
            throw new IllegalArgumentException(
                    "[cluster_field] [" + Values.show(clusterField) + "] is not mapped in index ["
                            + Values.show(context.getFullyQualifiedIndex().getName()) + "], whose ["
                            + Values.show(this.field)
                            + "] has vectors; name the field of their clusters in [cluster_field], or use "
                            + "[candidates] [hamming]");
        }
        int first = probes == null ? DEFAULT_PROBES : probes;
        return new QueryClusters(field.name(), input.clusters, Math.min(first, input.clusters.length));
    }

    /** The code to compare with, null where none is needed and none can be shown. */
    private QueryCode code(SearchExecutionContext context, Metric scored) {
        boolean needed = candidates.byCode();
        if (needed && input.hash == null && input.like != null) {
            throw new IllegalArgumentException("[candidates] [" + candidates
                    + "] needs a code for the query, and document [" + Values.show(input.like.id())
                    + "] of [like] has none in ["
                    + Values.show(hashField)
                    + "]; index it again through a pipeline, name the field of its code in [hash_field], or "
                    + "use [candidates] [all]");
        }
        if (needed && input.hash == null) {
            throw new IllegalArgumentException("[candidates] [" + candidates
                    + "] needs a code for the query; name an [encoder], give [query_hash], or use [candidates] [all]");
        }
        if (input.hash == null) {
            return null;
        }
        int all = input.hash.length * Byte.SIZE;
        if (!needed && scored != Metric.HAMMING && !VectorFields.holdsCodes(context, hashField, all)) {
            return null;
        }
        DenseVectorFieldType codes = VectorFields.codes(context, hashField, all, "query_hash");
        if (codes == null) {
            throw new IllegalArgumentException("[hash_field] [" + Values.show(hashField) + "] has no codes in index ["
                    + Values.show(context.getFullyQualifiedIndex().getName()) + "], whose [" + Values.show(field)
                    + "] has vectors; name the field of their codes in [hash_field], or use [candidates] [all]");
        }
        if (candidates == Candidates.HNSW) {
            VectorFields.requireGraph(codes);
        }
        return new QueryCode(codes.name(), input.hash);
    }

    private static Metric metricOf(DenseVectorFieldType field) {
        return switch (field.getSimilarity()) {
            case L2_NORM -> Metric.L2_NORM;
            case COSINE -> Metric.COSINE;
            case DOT_PRODUCT, MAX_INNER_PRODUCT -> Metric.DOT_PRODUCT;
        };
    }

    /** Scores are those of stock dense_vector fields. */
    private static Scoring.Formula formula(DenseVectorFieldType field) {
        if (field.getSimilarity() == VectorSimilarity.MAX_INNER_PRODUCT) {
            return Scoring.Formula.MAX_INNER_PRODUCT;
        }
        return field.getElementType() == ElementType.BYTE ? Scoring.Formula.PRODUCT_OF_BYTES : Scoring.Formula.METRIC;
    }

    /** All of the query's filters and the alias's, or null without any. */
    private Query filter(SearchExecutionContext context, NestedField nested) throws IOException {
        QueryBuilder aliasFilter = context.getAliasFilter();
        if (filters.isEmpty() && aliasFilter == null) {
            return null;
        }
        BooleanQuery.Builder bool = new BooleanQuery.Builder();
        for (QueryBuilder filter : filters) {
            Query query = filter.toQuery(context);
            bool.add(nested == null ? query : nested.ofChildren(query, context), BooleanClause.Occur.FILTER);
        }
        if (aliasFilter != null) {
            Query query = aliasFilter.toQuery(context);
            bool.add(nested == null ? query : nested.ofDocuments(query, context), BooleanClause.Occur.FILTER);
        }
        return bool.build();
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(NAME);
        builder.field(FIELD.getPreferredName(), field);
        builder.field(HASH_FIELD.getPreferredName(), hashField);
        builder.field(BUCKETS_FIELD.getPreferredName(), bucketsField);
        builder.field(CLUSTER_FIELD.getPreferredName(), clusterField);
        builder.field(NORM_FIELD.getPreferredName(), normField);
        input.toXContent(builder, params);
        if (k != null) {
            builder.field(K.getPreferredName(), k);
        }
        if (numCandidates != null) {
            builder.field(NUM_CANDIDATES.getPreferredName(), numCandidates);
        }
        if (numExact != null) {
            builder.field(NUM_EXACT.getPreferredName(), numExact);
        }
        builder.field(CANDIDATES.getPreferredName(), candidates.toString());
        if (maxDistance != null) {
            builder.field(MAX_DISTANCE.getPreferredName(), maxDistance);
        }
        if (bits != null) {
            builder.field(BITS.getPreferredName(), bits);
        }
        if (tables != null) {
            builder.field(TABLES.getPreferredName(), tables);
        }
        if (minTables != null) {
            builder.field(MIN_TABLES.getPreferredName(), minTables);
        }
        if (probes != null) {
            builder.field(PROBES.getPreferredName(), probes);
        }
        if (metric != null) {
            builder.field(METRIC.getPreferredName(), metric.toString());
        }
        if (normalization != Normalization.NONE) {
            builder.field(NORMALIZE_VECTORS.getPreferredName(), normalization.toString());
        }
        if (similarity != null) {
            builder.field(SIMILARITY.getPreferredName(), similarity);
        }
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
        return input.equals(other.input)
                && Objects.equals(field, other.field)
                && Objects.equals(hashField, other.hashField)
                && Objects.equals(bucketsField, other.bucketsField)
                && Objects.equals(clusterField, other.clusterField)
                && Objects.equals(k, other.k)
                && Objects.equals(numCandidates, other.numCandidates)
                && Objects.equals(numExact, other.numExact)
                && Objects.equals(normField, other.normField)
                && candidates == other.candidates
                && Objects.equals(maxDistance, other.maxDistance)
                && Objects.equals(bits, other.bits)
                && Objects.equals(tables, other.tables)
                && Objects.equals(minTables, other.minTables)
                && Objects.equals(probes, other.probes)
                && metric == other.metric
                && normalization == other.normalization
                && Objects.equals(similarity, other.similarity)
                && filters.equals(other.filters);
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(
                input,
                field,
                hashField,
                bucketsField,
                clusterField,
                k,
                numCandidates,
                numExact,
                normField,
                candidates,
                maxDistance,
                bits,
                tables,
                minTables,
                probes,
                metric,
                normalization,
                similarity,
                filters);
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
