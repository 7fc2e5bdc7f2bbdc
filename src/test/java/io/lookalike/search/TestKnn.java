package io.lookalike.search;

import io.lookalike.search.frame.Helpers;
import io.lookalike.search.frame.Slicing;
import io.lookalike.vectors.Metric;
import io.lookalike.vectors.Normalization;
import org.apache.lucene.search.join.BitSetProducer;

/** Makes simple queries for tests. */
final class TestKnn {
    static final Slicing SLICING = Slicing.of(Helpers.NONE);

    private TestKnn() {}

    static Scoring scoring(String field, float[] vector, Metric metric, QueryCode code) {
        return new Scoring(field, vector, false, metric, Scoring.Formula.METRIC, code, null, Normalization.NONE);
    }

    static CandidateSelection selection(CandidateMethod candidates, QueryCode code) {
        return new CandidateSelection(candidates, code, null, null, null);
    }

    /** All documents with a vector are eligible. */
    static HashKnnQuery query(
            Scoring scoring, CandidateSelection selection, SearchLimits bounds, BitSetProducer parents) {
        return new HashKnnQuery(
                scoring, selection, bounds, new EligibleDocs(scoring.field(), null, null, null), parents, SLICING);
    }
}
