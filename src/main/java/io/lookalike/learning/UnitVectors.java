package io.lookalike.learning;

/** Vectors of length one, and what a change of them means for those that they were made of. Stateless. */
final class UnitVectors {
    /** Added to squared lengths, so that zeros stay zeros. */
    private static final double TINY = 1e-12;

    private UnitVectors() {}

    /** Scales {@code values[from..from + dims]} to length one, and answers the length; zeros stay zeros. */
    static double normalize(float[] values, int from, int dims) {
        double squares = 0;
        for (int d = 0; d < dims; d++) {
            squares += (double) values[from + d] * values[from + d];
        }
        double length = Math.sqrt(squares + TINY);
        for (int d = 0; d < dims; d++) {
            values[from + d] = (float) (values[from + d] / length);
        }
        return length;
    }

    /**
     * Turns the gradient by a unit vector into that by the vector it was made of: the part across it, divided by the
     * length.
     */
    static void backward(float[] unit, int from, float[] gradient, int at, int dims, double length) {
        double along = dot(unit, from, gradient, at, dims);
        for (int d = 0; d < dims; d++) {
            gradient[at + d] = (float) ((gradient[at + d] - along * unit[from + d]) / length);
        }
    }

    static double dot(float[] a, int fromA, float[] b, int fromB, int dims) {
        double sum = 0;
        for (int d = 0; d < dims; d++) {
            sum += (double) a[fromA + d] * b[fromB + d];
        }
        return sum;
    }

    /** {@code to += factor * from}. */
    static void add(float[] to, int at, double factor, float[] from, int of, int dims) {
        for (int d = 0; d < dims; d++) {
            to[at + d] += (float) (factor * from[of + d]);
        }
    }
}
