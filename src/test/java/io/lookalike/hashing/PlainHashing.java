package io.lookalike.hashing;

import java.math.BigInteger;

/** A slow second implementation of the hyperplane hashes, straight from the specification, to compare with. */
final class PlainHashing {
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);

    private PlainHashing() {}

    /** The weight of {@link Gaussians} times 65536. */
    static int weight(long seed, int plane, int component) {
        int sum = -393210;
        for (int j = 0; j < 3; j++) {
            BigInteger n = BigInteger.valueOf(4096)
                    .multiply(BigInteger.valueOf(plane))
                    .add(BigInteger.valueOf(component))
                    .multiply(BigInteger.valueOf(3));
            BigInteger z = n.add(BigInteger.valueOf(j + 1))
                    .multiply(new BigInteger("9E3779B97F4A7C15", 16))
                    .add(BigInteger.valueOf(seed))
                    .mod(TWO_TO_64);
            z = z.xor(z.shiftRight(30))
                    .multiply(new BigInteger("BF58476D1CE4E5B9", 16))
                    .mod(TWO_TO_64);
            z = z.xor(z.shiftRight(27))
                    .multiply(new BigInteger("94D049BB133111EB", 16))
                    .mod(TWO_TO_64);
            z = z.xor(z.shiftRight(31));
            for (int lane = 0; lane < 4; lane++) {
                sum += z.shiftRight(16 * lane).and(BigInteger.valueOf(65535)).intValueExact();
            }
        }
        return sum;
    }

    /** The product of a vector and one plane, in floats, added in the order of the dims. */
    static float product(float[] vector, float[] center, long seed, int plane) {
        float sum = 0;
        for (int dim = 0; dim < vector.length; dim++) {
            float x = center == null ? vector[dim] : vector[dim] - center[dim];
            float product = x * (weight(seed, plane, dim) / 65536f);
            sum = sum + product;
        }
        return sum;
    }

    /** The vectors of the golden file, by their numbers. */
    static float[] vector(int dims, int number) {
        float[] vector = new float[dims];
        for (int i = 0; i < dims; i++) {
            vector[i] = ((i * 37 + number * 101 + 11) * 7919 % 2048 - 1024) / 1024f;
        }
        return vector;
    }
}
