package io.lookalike.search;

/**
 * How the documents are chosen that are scored exactly, and by what of the query's.
 *
 * @param code null without one: then candidates are not chosen by it
 * @param buckets null without any: then candidates are not chosen by them
 * @param clusters null unless candidates are those of clusters
 * @param estimation null scores all candidates exactly
 */
public record CandidateSelection(
        Candidates candidates, QueryCode code, QueryBuckets buckets, QueryClusters clusters, Estimation estimation) {

    /** Of all documents, or by their codes. */
    public static CandidateSelection of(Candidates candidates, QueryCode code) {
        return new CandidateSelection(candidates, code, null, null, null);
    }
}
