/**
 * The ingest processors: {@code image_embedding} for pictures, {@code vector_hash} for vectors that users already have.
 *
 * <p>Uses {@code encoder} and what lies below it; only the plugin uses it.
 */
package io.lookalike.ingest;
