package io.lookalike.model;

import java.util.Arrays;

/**
 * What is known of a tensor before anything runs.
 *
 * @param shape at most so many along each axis; null where not even the number of axes is known
 * @param isExact whether the shape is that and not less
 * @param count of elements, at most; -1 where it is not known
 * @param type of its elements, by ONNX's number
 * @param numbers its elements; null where they are not known, or too many to be a shape
 * @param isConstant whether it is the same for each picture, so that ONNX Runtime may compute it when it loads the model
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record Extent(long[] shape, boolean isExact, long count, int type, double[] numbers, boolean isConstant) {
    static final Extent UNKNOWN = new Extent(null, false, -1, OnnxGraph.NO_TYPE, null, false);

    static Extent of(int type, long... shape) {
        return new Extent(shape, true, Bounds.product(shape), type, null, false);
    }

    static Extent of(OnnxGraph.Weights weights) {
        return new Extent(
                weights.shape(), true, Bounds.product(weights.shape()), weights.type(), weights.numbers(), true);
    }

    static Extent numbers(int type, long[] shape, double... numbers) {
        return new Extent(shape, true, numbers.length, type, numbers, false);
    }

    /** A vector of whole numbers. */
    static Extent vector(double... numbers) {
        return numbers(OnnxGraph.INT64, new long[] {numbers.length}, numbers);
    }

    static Extent unknown(int type) {
        return new Extent(null, false, -1, type, null, false);
    }

    /** At most so much. */
    Extent atMost() {
        return new Extent(shape, false, count, type, null, isConstant);
    }

    Extent as(int other) {
        return new Extent(shape, isExact, count, other, numbers, isConstant);
    }

    Extent with(double[] known) {
        boolean fits = known != null && isExact && known.length == count && count <= OnnxReader.MAX_NUMBERS;
        return new Extent(shape, isExact, count, type, fits ? known : null, isConstant);
    }

    Extent constant(boolean constant) {
        return new Extent(shape, isExact, count, type, numbers, constant);
    }

    boolean hasShape() {
        return shape != null;
    }

    int axes() {
        return shape.length;
    }

    /** An axis, counted from the end where it is negative. */
    int axis(long at) {
        long axis = at < 0 ? at + shape.length : at;
        if (axis < 0 || axis >= shape.length) {
            throw new IndexOutOfBoundsException("no axis " + at);
        }
        return (int) axis;
    }

    long bytes() {
        return count < 0 ? 0 : Bounds.times(count, OnnxReader.width(type));
    }

    /** Its one number; not a number where that is not known, or there are several. */
    double only() {
        return numbers != null && numbers.length == 1 ? numbers[0] : Double.NaN;
    }

    @Override
    public String toString() {
        return (shape == null ? "[?]" : Arrays.toString(shape)) + (isExact ? "" : " at most");
    }
}
