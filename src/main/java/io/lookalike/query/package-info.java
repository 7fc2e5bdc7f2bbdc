/**
 * What the coordinating node does with a search: parse {@code hash_knn}, {@code hash_radius} and the query vector
 * builder {@code image_embedding}, and turn a picture or a stored document into a vector and a code, once for all
 * shards.
 *
 * <p>What a shard then does is in {@code search}. Uses {@code search}, {@code inference} and what lies below; used by
 * the plugin and by {@code task}.
 */
package io.lookalike.query;
