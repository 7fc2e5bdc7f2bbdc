package io.lookalike.query;

import io.lookalike.hashing.BinaryCode;
import io.lookalike.vectors.Metric;
import org.apache.lucene.search.Query;

/** Makes the plugin's query without a node, for benchmarks that measure the search by itself. Stateless. */
public final class LocalKnn {
    private LocalKnn() {}

    /**
     * The k documents nearest by L2 distance among the candidates nearest by Hamming distance, as {@code hash_knn} makes it for fields
     * mapped with similarity l2_norm and no fingerprint.
     *
     * @param code the query's code, as long as those of the field
     * @param filter null accepts all
     */
    public static Query hamming(
            String vectorField, float[] vector, String codeField, byte[] code, int k, int numCandidates, Query filter) {
        return query(vectorField, vector, new QueryCode(codeField, code), null, k, numCandidates, filter);
    }

    /**
     * The same with a second choice before exact distances.
     *
     * @param codes make the code and the projections of the query
     * @param numExact of the candidates
     */
    public static Query hamming(
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
        return query(vectorField, vector, code, estimation, k, numCandidates, null);
    }

    private static Query query(
            String vectorField,
            float[] vector,
            QueryCode queryCode,
            Estimation estimation,
            int k,
            int numCandidates,
            Query filter) {
        return new HashKnnQuery(
                new Scoring(vectorField, vector, false, Metric.L2_NORM, Scoring.Formula.METRIC, queryCode),
                queryCode,
                null,
                Candidates.HAMMING,
                estimation,
                new Bounds(k, numCandidates, queryCode.bits(), Float.NEGATIVE_INFINITY),
                new Acceptance(vectorField, filter, null, null),
                null,
                Slicing.DEFAULT);
    }
}
