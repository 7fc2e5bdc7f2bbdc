package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketsTests {
    @Test
    void termsAreThoseOfTheGoldenFile() throws IOException {
        List<String[]> lines = GoldenFile.fields("terms");
        assertEquals(6, lines.size());
        for (String[] line : lines) {
            int dims = Integer.parseInt(line[1]);
            Buckets buckets = new Buckets(
                    dims,
                    Integer.parseInt(line[2]),
                    Integer.parseInt(line[3]),
                    Long.parseLong(line[0]),
                    GoldenFile.centerOf(line[5], dims));
            List<String> terms = buckets.terms(PlainHashing.vector(dims, Integer.parseInt(line[4])));
            assertEquals(line[6], String.join(",", terms), String.join(" ", line));
        }
    }

    @Test
    void eachTermIsTheSidesOfItsPlanes() {
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed);
            int dims = 1 + random.nextInt(30);
            int tables = 1 + random.nextInt(10);
            int bits = 1 + random.nextInt(62);
            float[] vector = gaussian(random, dims);
            float[] center = seed % 2 == 0 ? null : gaussian(random, dims);
            List<String> expected = new ArrayList<>();
            for (int table = 0; table < tables; table++) {
                BigInteger bucket = BigInteger.ZERO;
                for (int bit = 0; bit < bits; bit++) {
                    if (PlainHashing.product(vector, center, seed, table * bits + bit) > 0) {
                        bucket = bucket.setBit(bits - 1 - bit);
                    }
                }
                expected.add(table + "_" + bucket.toString(16));
            }
            assertEquals(expected, new Buckets(dims, tables, bits, seed, center).terms(vector), "seed " + seed);
        }
    }

    @Test
    void nearVectorsShareMoreTermsThanFarOnes() {
        Random random = new Random(9);
        Buckets buckets = new Buckets(64, 50, 6, 9, null);
        int near = 0;
        int far = 0;
        for (int i = 0; i < 20; i++) {
            float[] a = gaussian(random, 64);
            float[] b = gaussian(random, 64);
            float[] c = a.clone();
            c[0] += 1;
            near += shared(buckets.terms(a), buckets.terms(c));
            far += shared(buckets.terms(a), buckets.terms(b));
        }
        // 1000 tables; an angle of 0.125 leaves six bits equal with probability 0.78, an angle of a quarter turn with
        // 1/64
        assertEquals(780, near, 80);
        assertEquals(16, far, 16);
    }

    @Test
    void aVectorOnThePlanesHasNoBitSet() {
        assertEquals(Collections.nCopies(1, "0_0"), new Buckets(3, 1, 62, 0, null).terms(new float[3]));
    }

    @Test
    void refusesWhatIsOutOfRange() {
        refuses("[tables] must be within [1..256]; got [0]", 10, 0, 8);
        refuses("[tables] must be within [1..256]; got [257]", 10, 257, 8);
        refuses("[bits] of a table must be within [1..62]; got [0]", 10, 1, 0);
        refuses("[bits] of a table must be within [1..62]; got [63]", 10, 1, 63);
        refuses("[4096] dims and [15872] hyperplanes need more than [16777216] weights; use fewer bits", 4096, 256, 62);
    }

    private static void refuses(String message, int dims, int tables, int bits) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new Buckets(dims, tables, bits, 0, null))
                        .getMessage());
    }

    private static int shared(List<String> a, List<String> b) {
        List<String> shared = new ArrayList<>(a);
        shared.retainAll(b);
        return shared.size();
    }

    private static float[] gaussian(Random random, int dims) {
        float[] vector = new float[dims];
        for (int i = 0; i < dims; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }
}
