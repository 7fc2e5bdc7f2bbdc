package io.lookalike.query;

import io.lookalike.hashing.BinaryCode;
import io.lookalike.search.CandidateMethod;
import io.lookalike.search.CandidateSelection;
import io.lookalike.search.EligibleDocs;
import io.lookalike.search.Estimation;
import io.lookalike.search.HashKnnQuery;
import io.lookalike.search.QueryClusters;
import io.lookalike.search.QueryCode;
import io.lookalike.search.Scoring;
import io.lookalike.search.SearchLimits;
import io.lookalike.search.frame.Helpers;
import io.lookalike.search.frame.Slicing;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import java.util.concurrent.Executor;
import org.apache.lucene.search.Query;

/** Creates the plugin's query without a node, for benchmarks of the search alone. Thread-safe. */
public final class LocalKnn {
    /** Searches on the calling thread alone. */
    public static final LocalKnn ALONE = new LocalKnn(Helpers.NONE);

    private final Helpers helpers;

    private LocalKnn(Helpers helpers) {
        this.helpers = helpers;
    }

    /**
     * Searches on the calling thread and one other.
     *
     * @param executor has a thread for nothing else
     */
    public static LocalKnn onTwo(Executor executor) {
        return new LocalKnn(new Helpers(2, executor, () -> 1));
    }

    /**
     * The k documents nearest by L2 distance among the candidates nearest by Hamming distance, like {@code hash_knn} on
     * fields with similarity l2_norm and no fingerprint.
     *
     * @param code the query's code, as long as those of the field
     * @param filter null accepts all
     */
    public Query hamming(
            String vectorField, float[] vector, String codeField, byte[] code, int k, int numCandidates, Query filter) {
        CandidateSelection byCode =
                new CandidateSelection(CandidateMethod.HAMMING, new QueryCode(codeField, code), null, null, null);
        return query(vectorField, vector, byCode, k, numCandidates, filter);
    }

    /**
     * The same with a second selection before exact distances.
     *
     * @param codes make the code and the projections of the query
     * @param numExact of the candidates
     */
    public Query hamming(
            String vectorField,
            float[] vector,
            String codeField,
            BinaryCode codes,
            String normField,
            int k,
            int numCandidates,
            int numExact) {
        float[] projections = codes.projections(vector);
        QueryCode code = new QueryCode(codeField, codes.bitsOf(projections));
        Estimation estimation = new Estimation(code, projections, codes.scale(), normField, numExact);
        return query(
                vectorField,
                vector,
                new CandidateSelection(CandidateMethod.HAMMING, code, null, null, estimation),
                k,
                numCandidates,
                null);
    }

    /**
     * The k documents nearest by L2 distance among the candidates nearest by Hamming distance in the clusters nearest
     * to the query. In a {@code StagedSearcher}, the stage {@code candidates} reports the number of codes read as
     * {@code codes=}.
     *
     * @param clusterField with one term for each cluster of a document: its number
     * @param order the numbers of all clusters, nearest first
     * @param probes the number of clusters to read
     */
    public Query clusters(
            String vectorField,
            float[] vector,
            String codeField,
            byte[] code,
            String clusterField,
            int[] order,
            int probes,
            int k,
            int numCandidates) {
        QueryCode queryCode = new QueryCode(codeField, code);
        QueryClusters clusters = new QueryClusters(clusterField, order, probes);
        return query(
                vectorField,
                vector,
                new CandidateSelection(CandidateMethod.CLUSTERS, queryCode, null, clusters, null),
                k,
                numCandidates,
                null);
    }

    private Query query(
            String vectorField, float[] vector, CandidateSelection selection, int k, int numCandidates, Query filter) {
        return new HashKnnQuery(
                new Scoring(
                        vectorField,
                        vector,
                        false,
                        Metric.L2_NORM,
                        Scoring.Formula.METRIC,
                        selection.code(),
                        null,
                        Normalization.NONE),
                selection,
                new SearchLimits(k, numCandidates, selection.code().bits(), Float.NEGATIVE_INFINITY),
                new EligibleDocs(vectorField, filter, null, null),
                null,
                Slicing.of(helpers));
    }
}
