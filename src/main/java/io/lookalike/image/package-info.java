/**
 * Pictures: from the bytes a user sent to the numbers a model reads.
 *
 * <p>{@link io.lookalike.image.ImageDecoder} turns bytes into a {@link io.lookalike.image.Picture};
 * {@link io.lookalike.image.Preprocessing} turns a picture into a tensor. Every byte is taken to be hostile: a file is
 * walked and its size checked before a decoder sees it ({@code image.file}), a decoder sees only the parts that hold
 * pixels, and whatever goes wrong ends as an {@link io.lookalike.image.ImageException}.
 *
 * <p>Uses nothing of the project but the rooms within {@code image}, and nothing of Elasticsearch.
 */
package io.lookalike.image;
