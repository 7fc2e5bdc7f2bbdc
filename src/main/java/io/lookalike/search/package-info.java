/**
 * The shard's part of a search: choose candidates by code, buckets or clusters, and score them exactly. These are
 * Lucene queries on one reader; none sends a request to another node.
 *
 * <p>Start at {@link io.lookalike.search.HashKnnSearch}, which runs the stages of {@code hash_knn} one after the other,
 * and at {@link io.lookalike.search.HashRadiusQuery}. Numeric kernels are in {@code vectors}. Uses {@code encoder},
 * {@code hashing} and {@code vectors}; used by {@code query}.
 */
package io.lookalike.search;
