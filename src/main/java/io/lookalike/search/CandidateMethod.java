package io.lookalike.search;

import java.util.Locale;

/** How the documents that are scored exactly are chosen. */
public enum CandidateMethod {
    /** Those whose codes are nearest to the query's, found by a scan of all codes. */
    HAMMING,
    /** Those whose codes are nearest to the query's, found by a search of the graph over the codes. */
    HNSW,
    /** Those that share the query's bucket in the most hash tables, found by counting the postings of its buckets. */
    LSH,
    /** Those whose codes are nearest to the query's among the documents of the nearest clusters. */
    CLUSTERS,
    /** Every document, which gives the exact answer. */
    ALL;

    private final String name = name().toLowerCase(Locale.ROOT);

    /** Whether codes are compared. */
    public boolean byCode() {
        return this == HAMMING || this == HNSW || this == CLUSTERS;
    }

    /** The name as users write it. */
    @Override
    public String toString() {
        return name;
    }
}
