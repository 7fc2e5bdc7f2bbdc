/**
 * The searches: {@code hash_knn} (candidates by code, exact scores), {@code hash_radius} (every code within a radius)
 * and the {@code image_embedding} query vector builder for stock {@code knn}.
 *
 * <p>A {@code …QueryBuilder} parses and, on the coordinating node, turns a picture or a document into a vector and a
 * code; a {@code …Query} works on one shard's reader. Uses {@code encoder} and {@code vectors}; used by the plugin.
 */
package io.lookalike.query;
