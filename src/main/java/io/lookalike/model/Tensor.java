package io.lookalike.model;

/**
 * Numbers in row-major order with their shape, as a network gave them.
 *
 * <p>The arrays are not copied: whoever holds a tensor owns it. Equality is identity of the arrays.
 *
 * @param data the numbers, widened or narrowed to float from whatever type the graph puts out
 * @param shape one number per axis; their product is the length of {@code data}
 */
@SuppressWarnings("ArrayRecordComponent")
public record Tensor(float[] data, long[] shape) {}
