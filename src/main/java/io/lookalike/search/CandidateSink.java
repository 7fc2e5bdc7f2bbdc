package io.lookalike.search;

import java.io.IOException;

/** Receives candidates in ascending order. */
interface CandidateSink {
    void accept(int doc, int distance) throws IOException;

    /** The greatest distance that still matters; may fall from block to block. */
    int farthest();
}
