package io.lookalike.hashing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.vectors.Hamming;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RandomPlanesTests {
    @Test
    void codesAreThoseOfTheGoldenFile() throws IOException {
        List<String[]> lines = GoldenFile.fields("code");
        assertEquals(10, lines.size());
        for (String[] line : lines) {
            int dims = Integer.parseInt(line[1]);
            BinaryCode planes = BinaryCode.random(
                    dims, Integer.parseInt(line[2]), Long.parseLong(line[0]), GoldenFile.centerOf(line[4], dims));
            byte[] code = planes.hash(PlainHashing.vector(dims, Integer.parseInt(line[3])));
            assertEquals(line[5], HexFormat.of().formatHex(code), String.join(" ", line));
        }
    }

    @Test
    void eachBitIsTheSideOfItsPlane() {
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed);
            int dims = 1 + random.nextInt(100);
            int bits = 8 * (1 + random.nextInt(12));
            float[] vector = gaussian(random, dims);
            float[] center = seed % 2 == 0 ? null : gaussian(random, dims);
            byte[] code = BinaryCode.random(dims, bits, seed, center).hash(vector);
            assertEquals(bits / 8, code.length);
            for (int bit = 0; bit < bits; bit++) {
                boolean set = (code[bit / 8] & 1 << (7 - bit % 8)) != 0;
                assertEquals(PlainHashing.product(vector, center, seed, bit) > 0, set, "seed " + seed + " bit " + bit);
            }
        }
    }

    @Test
    void shareOfDifferentBitsEstimatesTheAngle() {
        Random random = new Random(3);
        for (double angle : new double[] {0.1, 0.5, 1, 2, 3}) {
            float[] a = gaussian(random, 128);
            float[] side = orthogonal(gaussian(random, 128), a);
            float[] b = new float[128];
            for (int i = 0; i < 128; i++) {
                b[i] = (float) (Math.cos(angle) * a[i] + Math.sin(angle) * side[i]);
            }
            BinaryCode planes = BinaryCode.random(128, 4096, 11, null);
            double share = Hamming.distance(planes.hash(a), planes.hash(b)) / 4096.0;
            // four standard errors of 4096 tosses
            assertEquals(angle / Math.PI, share, 4 * 0.5 / 64);
        }
    }

    @Test
    void vectorOnThePlanesHasNoBitSet() {
        assertArrayEquals(new byte[8], BinaryCode.random(10, 64, 1, null).hash(new float[10]));
        float[] center = gaussian(new Random(1), 10);
        assertArrayEquals(new byte[8], BinaryCode.random(10, 64, 1, center).hash(center.clone()));
    }

    @Test
    void threadsThatMakeTheFirstCodeTogetherGetTheSame() throws Exception {
        float[] vector = gaussian(new Random(1), 500);
        byte[] expected = BinaryCode.random(500, 512, 1, null).hash(vector);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 5; round++) {
                BinaryCode planes = BinaryCode.random(500, 512, 1, null);
                List<Callable<byte[]>> tasks = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    tasks.add(() -> planes.hash(vector));
                }
                for (Future<byte[]> code : threads.invokeAll(tasks)) {
                    assertArrayEquals(expected, code.get());
                }
            }
        }
    }

    @Test
    void saysWhatItWasMadeWith() {
        BinaryCode planes = BinaryCode.random(4096, 4096, 1, null);
        assertEquals(4096, planes.dims());
        assertEquals(4096, planes.bits());
    }

    @Test
    void refusesBitsOutOfRange() {
        for (int bits : new int[] {-8, 0, 7, 12, 4104}) {
            assertEquals(
                    "[bits] must be a multiple of 8 within [8..4096]; got [" + bits + "]",
                    assertThrows(IllegalArgumentException.class, () -> BinaryCode.random(10, bits, 0, null))
                            .getMessage());
        }
    }

    private static float[] gaussian(Random random, int dims) {
        float[] vector = new float[dims];
        for (int i = 0; i < dims; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** The part of a vector that is orthogonal to another, scaled to the length of that. */
    private static float[] orthogonal(float[] vector, float[] other) {
        double share = product(vector, other) / product(other, other);
        double[] rest = new double[vector.length];
        double square = 0;
        for (int i = 0; i < rest.length; i++) {
            rest[i] = vector[i] - share * other[i];
            square += rest[i] * rest[i];
        }
        float[] orthogonal = new float[rest.length];
        for (int i = 0; i < rest.length; i++) {
            orthogonal[i] = (float) (rest[i] * Math.sqrt(product(other, other) / square));
        }
        return orthogonal;
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
