/**
 * The coordinating node's part of a search: parse {@code hash_knn}, {@code hash_radius} and the query vector builder
 * {@code image_embedding}, and turn a picture or a stored document into a vector and a code, once for all shards.
 *
 * <p>The shard's part is in {@code search}. Start at {@link io.lookalike.query.HashKnnQueryBuilder}: its
 * {@code doRewrite} runs on the coordinating node, its {@code doToQuery} on each shard. Uses {@code search},
 * {@code inference} and what lies below; used by the plugin and by {@code task}.
 */
package io.lookalike.query;
