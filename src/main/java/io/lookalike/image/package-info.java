/**
 * Pictures: from the bytes a user sent to the numbers a model reads.
 *
 * <p>{@link io.lookalike.image.ImageDecoder} turns bytes into a {@link io.lookalike.image.Picture};
 * {@link io.lookalike.image.Preprocessing} turns a picture into a tensor. Every byte is taken to be hostile: a file is
 * walked and its size checked before a decoder sees it, a decoder sees only the parts that hold pixels, and whatever
 * goes wrong ends as an {@link io.lookalike.image.ImageException}.
 *
 * <p>To support another format, add a constant to {@code Format}: its first bytes, a walk over its file, its reader.
 *
 * <p>This package uses no other package of the project and nothing of Elasticsearch.
 */
package io.lookalike.image;
