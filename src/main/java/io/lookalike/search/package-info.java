/**
 * What a shard does with a search: choose candidates by code, buckets or clusters, and score them exactly. Lucene
 * queries on one reader; nothing here asks another node.
 *
 * <p>Start at {@link io.lookalike.search.HashKnnSearch}, which shows the stages of {@code hash_knn} one after the
 * other, and at {@link io.lookalike.search.HashRadiusQuery}. Loops over numbers are in {@code vectors}. Uses
 * {@code encoder}, {@code hashing} and {@code vectors}; used by {@code query}.
 */
package io.lookalike.search;
