package io.lookalike.inference;

import io.lookalike.image.BoundedMemory;
import io.lookalike.image.PixelMemory;

/**
 * Bounds for the heap that pictures take on this node. Thread-safe.
 *
 * @param pixels of pictures that are being decoded
 * @param queries tensors of queries that wait for their model
 * @param documents tensors of documents that wait for their model
 */
record PictureMemory(PixelMemory pixels, BoundedMemory queries, BoundedMemory documents) {
    private static final long HEAP = Runtime.getRuntime().maxMemory();

    /** Enough for 50 megapixels in 1 GiB of heap. */
    private static final long PIXEL_BYTES = HEAP * 35 / 100;

    private static final long TENSOR_BYTES = HEAP * 4 / 100;

    static PictureMemory of(PictureBreaker breaker) {
        return new PictureMemory(
                new PixelMemory(PIXEL_BYTES, breaker),
                new BoundedMemory(TENSOR_BYTES, breaker),
                new BoundedMemory(TENSOR_BYTES, breaker));
    }

    BoundedMemory tensors(Urgency urgency) {
        return urgency == Urgency.QUERY ? queries : documents;
    }
}
