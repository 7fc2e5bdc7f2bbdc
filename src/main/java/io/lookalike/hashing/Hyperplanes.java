package io.lookalike.hashing;

/**
 * Binary codes of vectors by random hyperplanes: each bit says on which side of one plane a vector lies.
 *
 * <p>The share of bits in which two codes differ estimates the angle between the vectors, over pi (Charikar: Similarity
 * Estimation Techniques from Rounding Algorithms, STOC 2002, section 3). Planes go through the origin, or through a
 * given centre, which helps if all vectors lie on one side of the origin. Their weights are specified by
 * {@link Gaussians}, their products with a vector by {@link Projection}: a code is the same on every machine.
 *
 * <p>A code costs dims x bits multiplications, about 25 µs for 1280 dims and 256 bits. The weights are made at the
 * first code and take 4 bytes for each dim and bit. Thread-safe.
 */
public final class Hyperplanes implements BinaryCode {
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

    @Override
    public float[] projections(float[] vector) {
        return projection.products(vector);
    }

    @Override
    public byte[] bitsOf(float[] projections) {
        return BinaryCode.above(projections, null);
    }

    @Override
    public float norm(float[] vector) {
        return projection.norm(vector);
    }

    @Override
    public double scale() {
        return scale(bits);
    }

    /**
     * The {@link #scale()} of so many planes. The sum of a query's projections, each with the sign of a document's
     * projection, has the expected value {@code bits sqrt(2 / pi)} times the product of both vectors, over the norm of
     * the document.
     */
    public static double scale(int bits) {
        return 1 / (bits * Math.sqrt(2 / Math.PI));
    }

    @Override
    public int dims() {
        return projection.dims();
    }

    @Override
    public int bits() {
        return bits;
    }
}
