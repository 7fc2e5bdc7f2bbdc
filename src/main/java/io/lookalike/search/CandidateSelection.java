package io.lookalike.search;

/**
 * How candidates are selected, and the parts of the query that they are selected by.
 *
 * @param code null unless candidates are selected by codes, and where the query has none
 * @param buckets null unless candidates are selected by buckets, or scored by them
 * @param clusters null unless candidates are those of clusters
 * @param estimation selects the candidates that are scored; null scores all
 */
public record CandidateSelection(
        CandidateMethod candidates,
        QueryCode code,
        QueryBuckets buckets,
        QueryClusters clusters,
        Estimation estimation) {
    /** That a table agrees tells about as much as so many bits, with tables of six and eight bits. */
    private static final int BITS_A_TABLE = 4;

    /** The bits that candidates are selected by, or what tells as much. */
    int bits() {
        return candidates == CandidateMethod.LSH ? BITS_A_TABLE * buckets.tables() : code.bits();
    }
}
