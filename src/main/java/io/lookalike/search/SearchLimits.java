package io.lookalike.search;

/**
 * The numeric limits of a search on one shard.
 *
 * @param k the most hits, at least 1
 * @param numCandidates candidates scored exactly, or {@link #BY_DOCUMENTS}; for a nested field, parents are counted
 * @param maxDistance the greatest Hamming distance of a candidate, or the most tables that may disagree, inclusive
 * @param similarity the least score of a hit, before the boost
 */
public record SearchLimits(int k, int numCandidates, int maxDistance, float similarity) {
    /** As many candidates as {@link DefaultCandidates} has for the shard's documents. */
    public static final int BY_DOCUMENTS = 0;

    boolean byDocuments() {
        return numCandidates == BY_DOCUMENTS;
    }

    SearchLimits withCandidates(int number) {
        return new SearchLimits(k, number, maxDistance, similarity);
    }
}
