package io.lookalike.hashing;

/**
 * Binary codes of vectors by random hyperplanes: each bit says on which side of one plane a vector lies.
 *
 * <p>The share of bits in which two codes differ estimates the angle between the vectors, over pi (Charikar: Similarity Estimation
 * Techniques from Rounding Algorithms, STOC 2002, section 3). Planes go through the origin, or through a centre if one is given, which
 * helps where all vectors lie to one side. Their weights are specified by {@link Gaussians}, their products with a vector by
 * {@link Projection}: a code is the same on every machine.
 *
 * <p>Cost: dims x bits multiplications a code, 1280 dims and 256 bits in about 25 µs; the weights are made at the first code and hold
 * 4 bytes for each dim and bit. Thread-safe.
 */
public final class Hyperplanes {
    private final Projection projection;
    private final int bits;

    /**
     * @param dims components of a vector, 1..4096
     * @param bits length of a code in bits, 8..4096, a multiple of 8
     * @param seed chooses the planes; the first planes of a seed are the same for any number of bits
     * @param center subtracted from each vector before it is hashed, of {@code dims} components; or null
     * @throws IllegalArgumentException if one is out of its range
     */
    public Hyperplanes(int dims, int bits, long seed, float[] center) {
        if (bits < 8 || bits > 4096 || bits % 8 != 0) {
            throw new IllegalArgumentException("[bits] must be a multiple of 8 within [8..4096]; got [" + bits + "]");
        }
        this.projection = new Projection(dims, bits, seed, center);
        this.bits = bits;
    }

    /**
     * The products of (vector - centre) and each plane, {@code [bits]}.
     *
     * @throws IllegalArgumentException if the vector has another number of dims or a component that is not finite
     */
    public float[] projections(float[] vector) {
        return projection.products(vector);
    }

    /** The code of a vector, see {@link #code}. */
    public byte[] hash(float[] vector) {
        return code(projections(vector));
    }

    /**
     * The code of projections: bit i is set if the product with plane i is above zero, and lies in byte i / 8 under the mask
     * {@code 0x80 >> i % 8}, so that hexadecimal digits read in the order of the bits.
     */
    public static byte[] code(float[] projections) {
        byte[] code = new byte[projections.length / 8];
        for (int i = 0; i < projections.length; i++) {
            if (projections[i] > 0) {
                code[i / 8] |= (byte) (0x80 >> (i % 8));
            }
        }
        return code;
    }

    /** The Euclidean distance of a vector of {@code dims} components from the centre, or from the origin without one. */
    public float norm(float[] vector) {
        return projection.norm(vector);
    }

    /**
     * An estimate of the squared distance between two vectors, less the square of the norm of the one whose projections are known: of the
     * other the code and the norm are. A product of a vector with the signs of another's projections has the expectation
     * {@code bits sqrt(2 / pi)} times their product over the other's norm.
     *
     * @param norm of the other, see {@link #norm}
     * @param signedSum the projections of the one, each with the sign that the other's code gives it
     */
    public static double estimate(int bits, float norm, float signedSum) {
        return (double) norm * norm - 2.0 * norm * signedSum / (bits * Math.sqrt(2 / Math.PI));
    }

    /** Components of the vectors that are hashed. */
    public int dims() {
        return projection.dims();
    }

    /** Length of a code in bits. */
    public int bits() {
        return bits;
    }
}
