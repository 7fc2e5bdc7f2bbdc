package io.lookalike.hashing;

/**
 * A binary code of vectors: each bit says on which side of one plane a vector lies.
 *
 * <p>Implementations differ only in their planes. With c the centre and w the normal of plane i, bit i of x is set if
 * {@code w · (x - c)} lies above the plane's threshold. Immutable and thread-safe.
 */
public interface BinaryCode {
    /** Components of the vectors that are hashed. */
    int dims();

    /** Length of a code in bits. */
    int bits();

    /**
     * The products of (vector - centre) and the normal of each plane, {@code [bits]}, without the thresholds.
     *
     * @throws IllegalArgumentException if the vector has another number of dims or a component that is not finite
     */
    float[] projections(float[] vector);

    /** The code of a vector whose projections are known, see {@link #above}. */
    byte[] bitsOf(float[] projections);

    /** The code of a vector. */
    default byte[] hash(float[] vector) {
        return bitsOf(projections(vector));
    }

    /**
     * The Euclidean distance of a vector of {@code dims} components from the centre, or from the origin without one.
     */
    float norm(float[] vector);

    /** The factor of a signed sum in {@link #estimate}. */
    double scale();

    /**
     * Bit i is set if projection i is above its threshold, and lies in byte i / 8 under the mask {@code 0x80 >> i % 8},
     * so that hexadecimal digits read in the order of the bits.
     *
     * @param thresholds one for each projection; null for zeros
     */
    static byte[] above(float[] projections, float[] thresholds) {
        byte[] code = new byte[projections.length / 8];
        for (int i = 0; i < projections.length; i++) {
            if (projections[i] > (thresholds == null ? 0 : thresholds[i])) {
                code[i / 8] |= (byte) (0x80 >> (i % 8));
            }
        }
        return code;
    }

    /**
     * Estimates {@code |q-d|² - |q|²}. The query's projections are known; of the document only its code and norm.
     * {@code scale * norm * signedSum} estimates the product of the two vectors, both relative to the centre.
     *
     * @param scale of the code, see {@link #scale()}
     * @param norm of the document, see {@link #norm}
     * @param signedSum sum of the query's projections, each with the sign of the document's bit
     */
    static double estimate(double scale, float norm, float signedSum) {
        return (double) norm * norm - 2 * scale * norm * signedSum;
    }
}
