package io.lookalike.hashing;

/**
 * Binary codes of vectors by planes that were learned, each with a threshold of its own.
 *
 * <p>Such planes suit the vectors they were learned from, and say more of them with as many bits as random ones do.
 * Products are those of {@link Projection}: a code is the same on every machine. Cost: dims x bits multiplications a
 * code; 4 bytes are held for each. Immutable and thread-safe.
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
     * @throws IllegalArgumentException if bits are no multiple of 8, or arrays do not go together
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
     * A scale for planes of which nothing else is known: that by which estimates are right on average where vectors lie
     * in every direction alike. For the planes of {@link Hyperplanes}, whose normals have a length near {@code √dims},
     * it is theirs.
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
