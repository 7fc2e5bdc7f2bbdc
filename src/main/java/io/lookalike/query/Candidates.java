package io.lookalike.query;

/** How the documents are chosen that are scored exactly. */
enum Candidates {
    /** Those whose codes are nearest to the query's, by scanning all codes. */
    HAMMING,
    /** Every document: the exact answer. */
    ALL
}
