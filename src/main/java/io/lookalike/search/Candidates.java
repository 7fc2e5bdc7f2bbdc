package io.lookalike.search;

import java.util.Locale;

/** How the documents are chosen that are scored exactly. */
public enum Candidates {
    /** Those whose codes are nearest to the query's, by scanning all codes. */
    HAMMING,
    /** Those whose codes are nearest to the query's as far as the graph over the codes finds them. */
    HNSW,
    /** Those that share the query's bucket in most hash tables, by counting the postings of its buckets. */
    LSH,
    /** Those whose codes are nearest among the documents of the clusters nearest to the query, by their postings. */
    CLUSTERS,
    /** Every document: the exact answer. */
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
