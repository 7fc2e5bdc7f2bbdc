package io.lookalike.bench;

import io.lookalike.query.LocalKnn;
import java.util.stream.LongStream;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/** A query of a {@link MixtureIndex}: a vector of the mixture that no document has, and its code. Immutable. */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record Probe(float[] vector, byte[] code) {
    static final int K = 10;
    static final int NUM_CANDIDATES = 500;

    static Probe[] of(Mixture mixture, int count) {
        return LongStream.rangeClosed(1, count)
                .mapToObj(i -> {
                    float[] vector = mixture.vector(-i);
                    return new Probe(vector, mixture.code(vector));
                })
                .toArray(Probe[]::new);
    }

    /**
     * The plugin's query.
     *
     * @param knn makes it
     * @param share of the documents that the filter keeps; null for no filter
     */
    Query query(LocalKnn knn, Double share) {
        Query filter = share == null ? null : new TermQuery(new Term(MixtureIndex.KEPT, MixtureIndex.term(share)));
        return knn.hamming(MixtureIndex.VECTOR, vector, MixtureIndex.CODE, code, K, NUM_CANDIDATES, filter);
    }
}
