/**
 * The ingest processors: {@code image_embedding} for pictures, {@code vector_hash} for vectors that a user already has.
 *
 * <p>Uses {@code encoder} and what lies below it; used by nobody but the plugin.
 */
package io.lookalike.ingest;
