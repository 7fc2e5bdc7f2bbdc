/**
 * All pairs of codes within a Hamming distance, without comparing all pairs; for {@code duplicates}.
 *
 * <p>{@link io.lookalike.pairs.NearPairs} is the entry point. {@link io.lookalike.pairs.BandPlan} divides the bits into
 * bands, and {@link io.lookalike.pairs.SortedBand} sorts the codes by the key of a band. Uses {@code vectors} and
 * {@code work}; used by {@code duplicates}.
 */
package io.lookalike.pairs;
