package io.lookalike.query;

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
        QueryCode queryCode = new QueryCode(codeField, code);
        return new HashKnnQuery(
                new Scoring(vectorField, vector, false, Metric.L2_NORM, Scoring.Formula.METRIC, queryCode),
                queryCode,
                Candidates.HAMMING,
                new Bounds(k, numCandidates, queryCode.bits(), Float.NEGATIVE_INFINITY),
                new Acceptance(vectorField, filter, null, null),
                null);
    }
}
