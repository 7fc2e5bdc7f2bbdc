/**
 * Who runs encoders: the encoders of this node, their models, the queues and batches of pictures, and the memory that
 * pictures take.
 *
 * <p>{@link io.lookalike.inference.Encoders} is the entrance: documents and queries each wait in a
 * {@link io.lookalike.inference.BoundedQueue}, are decoded on threads of their pool, and share batches in a
 * {@link io.lookalike.inference.Batcher}. An {@link io.lookalike.inference.Encoder} turns one picture into an
 * {@link io.lookalike.inference.Encoding}, the fields of a document. Uses {@code encoder}, {@code model}, {@code image}
 * and {@code hashing}; used by {@code ingest}, {@code query}, {@code admin} and the long tasks.
 */
package io.lookalike.inference;
