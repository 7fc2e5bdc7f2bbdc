package io.lookalike.model;

import java.util.Arrays;
import java.util.Objects;

/**
 * One input or output of a graph, as the graph declares it.
 *
 * @param name its name in the graph
 * @param type the type of its elements: {@code float32}, {@code float16}, {@code uint8}, {@code int64}, …;
 *     {@code sequence} or {@code map} if it is not a tensor
 * @param shape one number per axis, -1 for a dynamic one; empty for a scalar, or if the graph declares none
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record TensorInfo(String name, String type, long[] shape) {
    public TensorInfo {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo that
                && name.equals(that.name)
                && type.equals(that.type)
                && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
