package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NormalizationTests {
    private static float[] scaled(Normalization normalization, float... vector) {
        float[] into = new float[vector.length];
        normalization.scale(vector, into);
        return into;
    }

    /** By decimals of 40 digits. */
    private static float[] plain(Normalization normalization, float[] vector) {
        MathContext digits = new MathContext(40);
        BigDecimal size = BigDecimal.ZERO;
        for (float value : vector) {
            BigDecimal exact = new BigDecimal(value);
            size = size.add(normalization == Normalization.L2 ? exact.multiply(exact) : exact.abs());
        }
        size = normalization == Normalization.L2 ? size.sqrt(digits) : size;
        float[] expected = new float[vector.length];
        for (int d = 0; d < vector.length; d++) {
            expected[d] = new BigDecimal(vector[d]).divide(size, digits).floatValue();
        }
        return expected;
    }

    @Test
    void vectorsAreScaledAsByDecimals() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            for (int size : new int[] {1, 7, 8, 63, 768}) {
                for (double magnitude : new double[] {1, 1e-42, 1e-20, 1e20, 1e38}) {
                    float[] vector = new float[size];
                    for (int d = 0; d < size; d++) {
                        vector[d] = (float) ((random.nextDouble() * 2 - 1) * magnitude);
                    }
                    vector[0] = (float) magnitude;
                    for (Normalization normalization : new Normalization[] {Normalization.L2, Normalization.SUM}) {
                        assertArrayEquals(
                                plain(normalization, vector),
                                scaled(normalization, vector),
                                1e-6f,
                                normalization + " seed " + seed + " size " + size + " magnitude " + magnitude);
                    }
                }
            }
        }
    }

    @Test
    void knownVectors() {
        assertArrayEquals(new float[] {0.6f, -0.8f}, scaled(Normalization.L2, 3, -4), 1e-7f);
        assertArrayEquals(new float[] {0.25f, -0.75f}, scaled(Normalization.SUM, 1, -3), 1e-7f);
        assertArrayEquals(new float[] {1, -3, Float.NaN}, scaled(Normalization.NONE, 1, -3, Float.NaN));
        assertArrayEquals(new float[] {Float.MIN_VALUE}, scaled(Normalization.NONE, Float.MIN_VALUE));
    }

    @Test
    void aZeroVectorStaysZero() {
        for (Normalization normalization : Normalization.values()) {
            assertArrayEquals(new float[3], scaled(normalization, 0, 0, 0));
        }
    }

    @Test
    void whatIsNotFiniteDoesNotBecomeFinite() {
        for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (Normalization normalization : Normalization.values()) {
                assertTrue(!Float.isFinite(scaled(normalization, 1, broken)[1]), normalization + " of " + broken);
            }
        }
    }

    @Test
    void aVectorCanBeScaledInPlace() {
        float[] vector = {3, -4};
        Normalization.L2.scale(vector, vector);
        assertArrayEquals(new float[] {0.6f, -0.8f}, vector, 1e-7f);
    }

    @Test
    void namesAreThoseThatUsersWrite() {
        assertEquals("none", Normalization.NONE.toString());
        assertEquals("l2", Normalization.L2.toString());
        assertEquals("sum", Normalization.SUM.toString());
    }
}
