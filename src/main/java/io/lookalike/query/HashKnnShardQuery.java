package io.lookalike.query;

import io.lookalike.encoder.Messages;
import io.lookalike.encoder.Values;
import io.lookalike.search.CandidateMethod;
import io.lookalike.search.CandidateSelection;
import io.lookalike.search.EligibleDocs;
import io.lookalike.search.Estimation;
import io.lookalike.search.FingerprintDocsCache;
import io.lookalike.search.HashKnnQuery;
import io.lookalike.search.QueryBuckets;
import io.lookalike.search.QueryClusters;
import io.lookalike.search.QueryCode;
import io.lookalike.search.Scoring;
import io.lookalike.search.SearchLimits;
import io.lookalike.search.frame.Helpers;
import io.lookalike.search.frame.Slicing;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.KeywordFieldMapper.KeywordFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.VectorSimilarity;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.SearchExecutionContext;

/**
 * Makes the Lucene query of {@code hash_knn} on one shard, from the shard's mapping; refuses what does not fit it.
 * Immutable.
 */
record HashKnnShardQuery(HashKnnParameters parameters, ResolvedInput input, SearchExecutionContext context) {

    Query toQuery(List<QueryBuilder> filters, FingerprintDocsCache fingerprintDocs, Helpers helpers)
            throws IOException {
        DenseVectorFieldType vectors =
                VectorFields.vectors(context, parameters.field(), input.vector().length, "query_vector");
        if (vectors == null) {
            return Queries.newUnmappedFieldQuery(parameters.field());
        }
        Metric metric = parameters.metric() != null ? parameters.metric() : metricOf(vectors);
        checkMetric(metric);
        QueryCode code = code(metric);
        QueryCode chosenBy = first(code);
        QueryBuckets buckets = buckets();
        QueryBuckets inTables = first(buckets);
        int hits = parameters.hits(context.requestSize());
        NestedField nested = NestedField.of(vectors.name(), HashKnnQueryBuilder.NAME, context);
        return new HashKnnQuery(
                new Scoring(
                        vectors.name(),
                        input.vector(),
                        vectors.isNormalized(),
                        metric,
                        formula(vectors),
                        code,
                        buckets,
                        parameters.normalization()),
                new CandidateSelection(parameters.candidates(), chosenBy, inTables, clusters(), estimation(code, hits)),
                new SearchLimits(
                        hits,
                        parameters.candidatesOrDefault(),
                        parameters.candidates() == CandidateMethod.LSH ? mostDisagreeing(inTables) : farthest(chosenBy),
                        parameters.similarity() == null ? Float.NEGATIVE_INFINITY : parameters.similarity()),
                new EligibleDocs(
                        vectors.name(),
                        filter(filters, nested),
                        input.self(context),
                        input.fingerprint(vectors.name(), fingerprintDocs, context)),
                nested == null ? null : nested.parents(),
                Slicing.of(helpers));
    }

    /** Refuses a vector or a least score that means nothing to the metric. */
    private void checkMetric(Metric metric) {
        if (metric == Metric.CHI_SQUARED) {
            checkNotNegative("the query's vector", input.vector());
        }
        if (metric == Metric.COSINE && Values.isZero(input.vector())) {
            throw new IllegalArgumentException(
                    "the query's vector is all zeros, and has the same [cosine] with every vector; "
                            + "send another vector, or use another [metric]");
        }
        Float similarity = parameters.similarity();
        if (similarity != null
                && similarity > 1
                && (metric != Metric.DOT_PRODUCT || parameters.normalization() != Normalization.NONE)) {
            throw new IllegalArgumentException("[similarity] is the least score kept, and no score by ["
                    + metric + "] is above [1]; got [" + similarity
                    + "]; give a score, as hits show it, or use [max_distance], which bounds the Hamming "
                    + "distance of candidates");
        }
    }

    static void checkNotNegative(String what, float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            if (vector[i] < 0) {
                throw new IllegalArgumentException(
                        what + " has [" + vector[i] + "] at [" + i + "]; [chi_squared] takes no negative components");
            }
        }
    }

    /** What candidates are chosen by: all of a code, or its first bits. */
    private QueryCode first(QueryCode code) {
        Integer bits = parameters.bits();
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
        Integer tables = parameters.tables();
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
        Integer maxDistance = parameters.maxDistance();
        if (maxDistance != null && maxDistance > most) {
            throw new IllegalArgumentException("[max_distance] must be at most [" + most + "], the bits of a code"
                    + (parameters.bits() == null ? "" : " that are compared") + "; got [" + maxDistance + "]");
        }
        return maxDistance == null ? most : maxDistance;
    }

    /** How many tables may disagree. */
    private int mostDisagreeing(QueryBuckets buckets) {
        int least = parameters.minTablesOrDefault();
        if (least > buckets.tables()) {
            throw new IllegalArgumentException("[min_tables] must be at most [" + buckets.tables()
                    + "], the hash tables "
                    + (parameters.tables() == null ? "of the query's buckets" : "that are looked into")
                    + "; got [" + least + "]");
        }
        return buckets.tables() - least;
    }

    /** How candidates are chosen for exact scoring; null where all are scored. */
    private Estimation estimation(QueryCode code, int hits) {
        if (parameters.numExact() == null) {
            return null;
        }
        float[] projections = input.encoded().projections();
        if (projections == null) {
            throw new IllegalArgumentException(
                    "[num_exact] needs the query's projections on the planes of its code; name the [encoder] that "
                            + "made the codes, or leave it out");
        }
        if (projections.length != code.bits()) {
            throw new IllegalArgumentException("[num_exact] needs codes of the encoder, which has ["
                    + projections.length + "] bits, but [query_hash] has [" + code.bits()
                    + "]; leave [num_exact] or [query_hash] out");
        }
        return new Estimation(
                code,
                projections,
                input.encoded().scale(),
                VectorFields.norms(context, parameters.siblings().norm()),
                Math.max(parameters.numExact(), hits));
    }

    /** The buckets to compare with; null where they are not needed. */
    private QueryBuckets buckets() {
        if (!parameters.needsBuckets()) {
            return null;
        }
        if (input.buckets() == null || input.buckets().isEmpty()) {
            throw new IllegalArgumentException(
                    (parameters.candidates() == CandidateMethod.LSH ? "[candidates] [lsh]" : "[metric] [tables]")
                            + " needs buckets for the query; name an [encoder] that defines [buckets], search by a "
                            + "document in [like] that has them, or use other [candidates] or another [metric]");
        }
        return new QueryBuckets(
                terms(
                        parameters.siblings().buckets(),
                        "bucket",
                        "buckets_field",
                        "[candidates] [hamming] or [all] and a metric other than [tables]"),
                input.buckets());
    }

    /** The clusters to search; null where they are not needed. */
    private QueryClusters clusters() {
        if (parameters.candidates() != CandidateMethod.CLUSTERS) {
            return null;
        }
        int[] clusters = input.encoded().clusters();
        if (clusters == null) {
            throw new IllegalArgumentException(
                    "[candidates] [clusters] needs the query's clusters; name an [encoder] that has [clusters], or "
                            + "use [candidates] [hamming]");
        }
        return new QueryClusters(
                terms(parameters.siblings().cluster(), "cluster", "cluster_field", "[candidates] [hamming]"),
                clusters,
                Math.min(parameters.probesOrDefault(), clusters.length));
    }

    /**
     * Resolves the name of a field of buckets or clusters.
     *
     * @param what what one term is called, such as {@code bucket}
     * @param parameter the parameter that names the field
     * @param instead what the message recommends where the field is missing
     */
    private String terms(String name, String what, String parameter, String instead) {
        KeywordFieldType field = VectorFields.terms(context, name, what, parameter);
        if (field == null) {
            throw new IllegalArgumentException("[" + parameter + "] [" + Messages.show(name)
                    + "] is not mapped in index ["
                    + Messages.show(context.getFullyQualifiedIndex().getName())
                    + "], whose [" + Messages.show(parameters.field()) + "] has vectors; name the field of their "
                    + what
                    + "s in [" + parameter + "], or use " + instead);
        }
        return field.name();
    }

    /** The code to compare with; null where it is not needed and cannot be shown. */
    private QueryCode code(Metric metric) {
        CandidateMethod candidates = parameters.candidates();
        String field = parameters.siblings().hash();
        byte[] hash = input.hash();
        boolean needed = candidates.byCode();
        if (hash == null && !needed) {
            return null;
        }
        if (hash == null) {
            throw new IllegalArgumentException("[candidates] [" + candidates + "] needs a code for the query"
                    + (input.liked().like() == null
                            ? "; name an [encoder], give [query_hash], or use [candidates] [all]"
                            : ", and document ["
                                    + Messages.show(input.liked().like().id()) + "] of [like] has none in ["
                                    + Messages.show(field)
                                    + "]; index it again through a pipeline, name the field of its code in "
                                    + "[hash_field], or use [candidates] [all]"));
        }
        int bits = hash.length * Byte.SIZE;
        if (!needed && metric != Metric.HAMMING && !VectorFields.holdsCodes(context, field, bits)) {
            return null;
        }
        DenseVectorFieldType codes = VectorFields.codes(context, field, bits, "query_hash");
        if (codes == null) {
            throw new IllegalArgumentException("[hash_field] [" + Messages.show(field) + "] has no codes in index ["
                    + Messages.show(context.getFullyQualifiedIndex().getName()) + "], whose ["
                    + Messages.show(parameters.field())
                    + "] has vectors; name the field of their codes in [hash_field], or use [candidates] [all]");
        }
        if (candidates == CandidateMethod.HNSW) {
            VectorFields.requireGraph(codes);
        }
        return new QueryCode(codes.name(), hash);
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

    /** All of the query's filters and the alias's; null without any. */
    private Query filter(List<QueryBuilder> filters, NestedField nested) throws IOException {
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
}
