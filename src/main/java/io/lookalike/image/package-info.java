/**
 * Pictures: from the bytes of a user to the input of a model.
 *
 * <p>{@link io.lookalike.image.ImageDecoder} turns bytes into a {@link io.lookalike.image.Picture};
 * {@link io.lookalike.image.Preprocessing} turns a picture into a tensor. Every byte may be hostile: the structure and
 * the size of a file are checked before a decoder sees it ({@code image.file}), a decoder sees only the parts that hold
 * pixels, and every failure ends as an {@link io.lookalike.image.ImageException}.
 *
 * <p>Uses only the packages below {@code image}, and nothing of Elasticsearch.
 */
package io.lookalike.image;
