package io.lookalike.model;

/**
 * Numbers in row-major order with their shape, the output of a network.
 *
 * <p>The arrays are not copied; the holder of a tensor owns them. Equality is identity of the arrays.
 *
 * @param data the numbers, converted to float from the output type of the graph
 * @param shape one number per axis; their product is the length of {@code data}
 * @param next the next output of the same run; null for the last
 */
@SuppressWarnings("ArrayRecordComponent")
public record Tensor(float[] data, long[] shape, Tensor next) {
    public Tensor(float[] data, long[] shape) {
        this(data, shape, null);
    }
}
