package io.lookalike.hashing;

/**
 * Binary codes of vectors by learned planes, each with a threshold of its own.
 *
 * <p>For the vectors that they were learned from, they have a higher recall than random planes with the same number of
 * bits. Products are those of {@link Projection}: a code is the same on every machine. A code costs dims x bits
 * multiplications, with 4 bytes of memory for each. Immutable and thread-safe.
 */
public final class LearnedPlanes implements BinaryCode {
    private final Projection projection;
    private final int bits;
    private final float[] thresholds;
    private final double scale;

    /**
     * @param dims components of a vector, 1..4096
     * @param weights normals of the planes, {@code [bits x dims]}, plane by plane
     * @param thresholds {@code [bits]}, or null for zeros
     * @param center subtracted from each vector, {@code [dims]}, or null
     * @param scale see {@link BinaryCode#estimate}
     * @throws IllegalArgumentException if bits are no multiple of 8, or lengths of arrays do not fit
     */
    public LearnedPlanes(int dims, int bits, float[] weights, float[] thresholds, float[] center, double scale) {
        if (bits < 8 || bits % 8 != 0) {
            throw new IllegalArgumentException("[bits] must be a multiple of 8; got [" + bits + "]");
        }
        if (thresholds != null && thresholds.length != bits) {
            throw new IllegalArgumentException(
                    "there must be [" + bits + "] thresholds, one for each bit; got [" + thresholds.length + "]");
        }
        this.projection = new Projection(dims, bits, weights, center);
        this.bits = bits;
        this.thresholds = thresholds == null ? null : thresholds.clone();
        this.scale = scale;
    }

    /**
     * A scale for planes without a fitted one: estimates are right on average if vectors are spread evenly over all
     * directions. For the planes of {@link Hyperplanes}, whose normals have a length near {@code √dims}, it equals
     * theirs.
     *
     * @param weights {@code [bits x dims]}
     */
    public static double evenScale(int dims, float[] weights) {
        double lengths = 0;
        for (int from = 0; from < weights.length; from += dims) {
            double squares = 0;
            for (int d = from; d < from + dims; d++) {
                squares += (double) weights[d] * weights[d];
            }
            lengths += Math.sqrt(squares);
        }
        return lengths == 0 ? 1 : 1 / (lengths * Math.sqrt(2 / (Math.PI * dims)));
    }

    @Override
    public int dims() {
        return projection.dims();
    }

    @Override
    public int bits() {
        return bits;
    }

    @Override
    public float[] projections(float[] vector) {
        return projection.products(vector);
    }

    @Override
    public byte[] bitsOf(float[] projections) {
        return BinaryCode.above(projections, thresholds);
    }

    @Override
    public float norm(float[] vector) {
        return projection.norm(vector);
    }

    @Override
    public double scale() {
        return scale;
    }

    /** As in the constructor: {@code [bits x dims]}. */
    public float[] weights() {
        return projection.rows();
    }

    /** {@code [bits]}, or null for zeros. */
    public float[] thresholds() {
        return thresholds == null ? null : thresholds.clone();
    }

    /** {@code [dims]}, or null. */
    public float[] center() {
        return projection.center();
    }
}
