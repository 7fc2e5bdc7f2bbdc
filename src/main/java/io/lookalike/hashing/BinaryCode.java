package io.lookalike.hashing;

/**
 * A binary code of vectors: each bit says on which side of one plane a vector lies.
 *
 * <p>With c the centre and w the normal of plane i, bit i of x is set if {@code w · (x - c)} lies above the plane's
 * threshold. Planes are random or learned. The products are those of {@link Projection}: a code is the same on every
 * machine.
 *
 * <p>A code costs dims x bits multiplications, about 25 µs for 1280 dims and 256 bits, with 4 bytes of memory for each.
 * Random planes are made at the first code. Thread-safe.
 */
public final class BinaryCode {
    private final Projection projection;
    private final int bits;
    private final float[] thresholds;
    private final double scale;

    private BinaryCode(Projection projection, int bits, float[] thresholds, double scale) {
        this.projection = projection;
        this.bits = bits;
        this.thresholds = thresholds;
        this.scale = scale;
    }

    /**
     * Random planes through the origin, or through a given centre, which helps if all vectors lie on one side of the
     * origin. The share of bits in which two codes differ estimates the angle between the vectors, over pi (Charikar:
     * Similarity Estimation Techniques from Rounding Algorithms, STOC 2002, section 3). {@link Gaussians} specifies the
     * weights.
     *
     * @param dims components of a vector, 1..4096
     * @param bits length of a code in bits, 8..4096, a multiple of 8
     * @param seed chooses the planes; the first planes of a seed are the same for any number of bits
     * @param center subtracted from each vector before it is hashed, of {@code dims} components; or null
     * @throws IllegalArgumentException if one is out of its range
     */
    public static BinaryCode random(int dims, int bits, long seed, float[] center) {
        if (bits < 8 || bits > 4096 || bits % 8 != 0) {
            throw new IllegalArgumentException("[bits] must be a multiple of 8 within [8..4096]; got [" + bits + "]");
        }
        return new BinaryCode(new Projection(dims, bits, seed, center), bits, null, randomScale(bits));
    }

    /**
     * Learned planes, each with a threshold of its own. For the vectors that they were learned from, they have a higher
     * recall than random planes with the same number of bits.
     *
     * @param dims components of a vector, 1..4096
     * @param weights normals of the planes, {@code [bits x dims]}, plane by plane
     * @param thresholds {@code [bits]}, or null for zeros
     * @param center subtracted from each vector, {@code [dims]}, or null
     * @param scale see {@link #estimate}
     * @throws IllegalArgumentException if bits are no multiple of 8, or lengths of arrays do not fit
     */
    public static BinaryCode learned(
            int dims, int bits, float[] weights, float[] thresholds, float[] center, double scale) {
        if (bits < 8 || bits % 8 != 0) {
            throw new IllegalArgumentException("[bits] must be a multiple of 8; got [" + bits + "]");
        }
        if (thresholds != null && thresholds.length != bits) {
            throw new IllegalArgumentException(
                    "there must be [" + bits + "] thresholds, one for each bit; got [" + thresholds.length + "]");
        }
        float[] own = thresholds == null ? null : thresholds.clone();
        return new BinaryCode(new Projection(dims, bits, weights, center), bits, own, scale);
    }

    /**
     * The {@link #scale} of so many random planes. The sum of a query's projections, each with the sign of a document's
     * projection, has the expected value {@code bits sqrt(2 / pi)} times the product of both vectors, over the norm of
     * the document.
     */
    public static double randomScale(int bits) {
        return 1 / (bits * Math.sqrt(2 / Math.PI));
    }

    /**
     * A scale for learned planes without a fitted one: estimates are right on average if vectors are spread evenly over
     * all directions. For random planes, whose normals have a length near {@code √dims}, it equals theirs.
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

    /** Components of the vectors that are hashed. */
    public int dims() {
        return projection.dims();
    }

    /** Length of a code in bits. */
    public int bits() {
        return bits;
    }

    /**
     * The products of (vector - centre) and the normal of each plane, {@code [bits]}, without the thresholds.
     *
     * @throws IllegalArgumentException if the vector has another number of dims or a component that is not finite
     */
    public float[] projections(float[] vector) {
        return projection.products(vector);
    }

    /**
     * The code of a vector whose projections are known. Bit i is set if projection i is above its threshold, and lies
     * in byte i / 8 under the mask {@code 0x80 >> i % 8}, so that hexadecimal digits read in the order of the bits.
     */
    public byte[] bitsOf(float[] projections) {
        byte[] code = new byte[projections.length / 8];
        for (int i = 0; i < projections.length; i++) {
            if (projections[i] > (thresholds == null ? 0 : thresholds[i])) {
                code[i / 8] |= (byte) (0x80 >> (i % 8));
            }
        }
        return code;
    }

    /** The code of a vector. */
    public byte[] hash(float[] vector) {
        return bitsOf(projections(vector));
    }

    /**
     * The Euclidean distance of a vector of {@code dims} components from the centre, or from the origin without one.
     */
    public float norm(float[] vector) {
        return projection.norm(vector);
    }

    /** The factor of a signed sum in {@link #estimate}. */
    public double scale() {
        return scale;
    }

    /** The normals of the planes, {@code [bits x dims]}, plane by plane. */
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

    /**
     * Estimates {@code |q-d|² - |q|²}. The query's projections are known; of the document only its code and norm.
     * {@code scale * norm * signedSum} estimates the product of the two vectors, both relative to the centre.
     *
     * @param scale of the code, see {@link #scale()}
     * @param norm of the document, see {@link #norm}
     * @param signedSum sum of the query's projections, each with the sign of the document's bit
     */
    public static double estimate(double scale, float norm, float signedSum) {
        return (double) norm * norm - 2 * scale * norm * signedSum;
    }
}
