/**
 * All pairs of codes within a Hamming distance, without comparing all pairs; for {@code duplicates}.
 *
 * <p>{@link io.lookalike.pairs.NearPairs} is the entrance: {@link io.lookalike.pairs.BandPlan} cuts the codes into
 * bands, of which near codes share one, and each {@link io.lookalike.pairs.SortedBand} puts those together. Uses
 * {@code vectors} and {@code work}; used by {@code duplicates}.
 */
package io.lookalike.pairs;
