/**
 * Runs encoders on this node: queues of pictures, batches for models, and bounds for the memory that pictures take.
 *
 * <p>{@link io.lookalike.inference.Encoders} is the entrance. {@code WorkQueues} queues documents and queries
 * separately; each has a pool that decodes its pictures. {@link io.lookalike.inference.PictureEncoding} and an
 * {@link io.lookalike.inference.Encoder} turn one picture into an {@link io.lookalike.inference.Encoding}, the fields
 * of a document; a {@code Batcher} runs the model for several pictures at once. {@code EncoderRegistry} holds the
 * encoders, {@code DefinitionResolver} makes new definitions. Uses {@code encoder}, {@code model}, {@code image} and
 * {@code hashing}; used by {@code ingest}, {@code query}, {@code admin} and the long tasks.
 */
package io.lookalike.inference;
