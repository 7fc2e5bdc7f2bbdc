package io.lookalike.search;

/**
 * The numbers that bound a search on one shard.
 *
 * @param k most documents answered, at least 1
 * @param numCandidates candidates scored exactly, at least 1; of a nested field parents are counted
 * @param maxDistance greatest Hamming distance of a candidate, or the most tables that may disagree, inclusive
 * @param similarity least score kept, before the boost
 */
public record Bounds(int k, int numCandidates, int maxDistance, float similarity) {}
