package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFloatsTests {
    private static final int[] SIZES = {1, 2, 7, 8, 15, 16, 17, 30, 63, 64, 65, 128, 207, 768, 784, 1021};
    private static final int VECTORS = 23;
    private static final double UNTOUCHED = -7;

    @TempDir
    private Path directory;

    private final Arena arena = Arena.ofShared();

    /** Mapped files cannot be deleted everywhere. */
    @AfterEach
    void unmap() {
        arena.close();
    }

    @Test
    void distancesAreThoseOfVectorsOneByOne() throws IOException {
        for (int dims : SIZES) {
            Random random = new Random(dims);
            float[][] stored = gaussians(random, VECTORS, dims);
            float[] query = gaussians(random, 1, dims)[0];
            for (int offset : new int[] {0, 1, 3, 4, 13}) {
                MappedFloats vectors = mapped(stored, offset);
                for (int count = 1; count <= 18; count++) {
                    int[] ords = random.ints(count + 2, 0, VECTORS).toArray();
                    float[] scales = random.nextBoolean() ? null : scales(random, count);
                    for (Metric metric : MetricTests.OF_VECTORS) {
                        double[] found = outOf(count + 1);
                        metric.distances(query, vectors, ords, 2, count, scales, found);
                        for (int i = 0; i < count; i++) {
                            float[] vector = scaled(stored[ords[2 + i]], scales == null ? 1 : scales[i]);
                            assertNear(metric, query, vector, found[i], dims + " dims, " + count + " vectors");
                        }
                        assertEquals(UNTOUCHED, found[count]);
                    }
                }
            }
        }
    }

    @Test
    void distancesOfVectorsInARowAreThoseOfEachAlone() throws IOException {
        for (int dims : SIZES) {
            Random random = new Random(dims);
            float[] query = gaussians(random, 1, dims)[0];
            MappedFloats vectors = mapped(gaussians(random, VECTORS, dims), 1);
            for (int first = 0; first < VECTORS; first += 5) {
                int count = VECTORS - first;
                float[] scales = random.nextBoolean() ? null : scales(random, count);
                int[] ords = IntStream.range(first, VECTORS).toArray();
                for (Metric metric : MetricTests.OF_VECTORS) {
                    double[] inARow = outOf(count + 1);
                    metric.distances(query, vectors, ords, 0, count, scales, inARow);
                    double[] alone = new double[1];
                    for (int i = 0; i < count; i++) {
                        float[] scale = scales == null ? null : new float[] {scales[i]};
                        metric.distances(query, vectors, ords, i, 1, scale, alone);
                        assertEquals(alone[0], inARow[i], 0);
                    }
                    assertEquals(UNTOUCHED, inARow[count]);
                }
            }
        }
    }

    /** Every way through the loops: many or few at once, vector registers not warm, warm, or none. */
    @Test
    void theBitsDependNeitherOnCompanyNorOnTheLoop() throws IOException {
        for (int dims : SIZES) {
            Random random = new Random(dims);
            float[][] stored = gaussians(random, VECTORS, dims);
            float[] query = gaussians(random, 1, dims)[0];
            MappedFloats vectors = mapped(stored, 3);
            int[] ords = random.ints(VECTORS, 0, VECTORS).toArray();
            float[] scales = scales(random, VECTORS);
            for (Metric metric : new Metric[] {Metric.L2_NORM, Metric.DOT_PRODUCT, Metric.COSINE}) {
                double[] alone = new double[VECTORS];
                double[] one = new double[1];
                for (int i = 0; i < VECTORS; i++) {
                    metric.distances(query, vectors, ords, i, 1, new float[] {scales[i]}, one);
                    alone[i] = one[0];
                }
                for (int again = 0; again < 50; again++) {
                    double[] together = new double[VECTORS];
                    metric.distances(query, vectors, ords, 0, VECTORS, scales, together);
                    assertArrayEquals(alone, together, metric + " of " + dims + " dims");
                }
            }
        }
    }

    @Test
    void registersGiveTheBitsOfPlainLoops() throws IOException {
        assertTrue(WarmUp.REGISTERS, "the tests run without jdk.incubator.vector");
        assertTrue(PanamaFloats.width() > 1);
        for (int dims : SIZES) {
            Random random = new Random(dims);
            float[] query = gaussians(random, 1, dims)[0];
            float[] scales = scales(random, 8);
            long[] at = random.longs(8, 0, VECTORS).map(ord -> 4L * dims * ord).toArray();
            MemorySegment memory = map(gaussians(random, VECTORS, dims), 5);
            float[] plain = new float[8 * ScalarFloats.LANES];
            float[] one = new float[8 * ScalarFloats.LANES];
            float[] eight = new float[8 * ScalarFloats.LANES];

            for (int i = 0; i < 8; i++) {
                ScalarFloats.squaredDifferences(memory, at[i], scales[i], query, plain, ScalarFloats.LANES * i);
                PanamaFloats.squaredDifferences(memory, at[i], scales[i], query, one, ScalarFloats.LANES * i);
            }
            PanamaFloats.squaredDifferences8(memory, at, scales, query, eight);
            assertArrayEquals(plain, one);
            assertArrayEquals(plain, eight);

            for (int i = 0; i < 8; i++) {
                ScalarFloats.products(memory, at[i], scales[i], query, plain, ScalarFloats.LANES * i);
                PanamaFloats.products(memory, at[i], scales[i], query, one, ScalarFloats.LANES * i);
            }
            PanamaFloats.products8(memory, at, scales, query, eight);
            assertArrayEquals(plain, one);
            assertArrayEquals(plain, eight);
        }
    }

    /** Else everything above would hold of plain loops. */
    @Test
    void registersAreUsedOnceTheyAreWarm() {
        WarmUp warmUp = new WarmUp();
        int until = 0;
        int used = 0;
        for (int i = 0; i < 10_000; i++) {
            if (warmUp.next()) {
                used++;
            } else {
                until = i;
            }
        }
        assertTrue(until < 4_000, "still plain at group " + until);
        assertTrue(used > 6_000, used + " of 10000 groups");
    }

    @Test
    void hugeAndTinyComponentsKeepTheirDistance() throws IOException {
        Random random = new Random(5);
        float[][] stored = gaussians(random, VECTORS, 100);
        float[] query = gaussians(random, 1, 100)[0];
        for (float factor : new float[] {1e-40f, 1e-30f, 1e-20f, 1e-14f, 1e10f, 1e17f, 1e30f}) {
            MappedFloats vectors = mapped(scaled(stored, factor), 0);
            for (Metric metric : new Metric[] {Metric.L2_NORM, Metric.COSINE, Metric.DOT_PRODUCT}) {
                double[] found = new double[VECTORS];
                metric.distances(scaled(query, factor), vectors, range(VECTORS), 0, VECTORS, null, found);
                for (int i = 0; i < VECTORS; i++) {
                    float[] vector = scaled(stored[i], factor);
                    assertNear(metric, scaled(query, factor), vector, found[i], metric + " x " + factor);
                }
            }
        }
    }

    @Test
    void oneBrokenVectorDoesNotTouchItsNeighbours() throws IOException {
        for (int dims : new int[] {1, 5, 16, 64, 65}) {
            for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                Random random = new Random(dims);
                float[][] stored = gaussians(random, VECTORS, dims);
                stored[3][dims - 1] = broken;
                stored[4] = new float[dims];
                float[] query = gaussians(random, 1, dims)[0];
                int[] ords = {0, 3, 4, 3, 7, 8, 20, 4, 9, 3};
                MappedFloats vectors = mapped(stored, 0);
                for (Metric metric : MetricTests.OF_VECTORS) {
                    double[] found = new double[ords.length];
                    metric.distances(query, vectors, ords, 0, ords.length, null, found);
                    for (int i = 0; i < ords.length; i++) {
                        String message = metric + " of " + broken + " in " + dims + " dims";
                        if (Float.isFinite(stored[ords[i]][dims - 1])) {
                            assertNear(metric, query, stored[ords[i]], found[i], message);
                        } else {
                            assertEquals(metric.distance(query, stored[ords[i]]), found[i], message);
                        }
                    }
                }
            }
        }
    }

    private static int[] range(int count) {
        return IntStream.range(0, count).toArray();
    }

    @Test
    void equalVectorsAreAtDistanceZero() throws IOException {
        float[][] stored = gaussians(new Random(1), VECTORS, 784);
        double[] found = new double[VECTORS];
        Metric.L2_NORM.distances(stored[17], mapped(stored, 0), range(VECTORS), 0, VECTORS, null, found);
        assertEquals(0, found[17]);
        float[] scales = scales(new Random(2), VECTORS);
        Metric.L2_NORM.distances(
                scaled(stored[17], scales[17]), mapped(stored, 0), range(VECTORS), 0, VECTORS, scales, found);
        assertEquals(0, found[17]);
    }

    @Test
    void refusesWhatDoesNotLieWithin() throws IOException {
        MappedFloats vectors = mapped(new float[3][2], 0);
        float[] query = new float[2];
        double[] out = new double[3];
        assertEquals(3, vectors.size());
        assertEquals(2, vectors.dims());
        for (int[] ords : new int[][] {{0, 3, 1}, {0, -1, 1}}) {
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> Metric.L2_NORM.distances(query, vectors, ords, 0, 3, null, out));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> Metric.L1.distances(query, vectors, ords, 0, 3, null, out));
        }
        for (Metric metric : MetricTests.OF_VECTORS) {
            assertThrows(
                    IndexOutOfBoundsException.class, () -> metric.distances(query, vectors, range(3), 1, 3, null, out));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> metric.distances(query, vectors, range(3), 0, 3, null, new double[2]));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> metric.distances(query, vectors, range(3), 0, 3, new float[2], out));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> metric.distances(query, vectors, new int[3], 1, 3, null, out));
            assertEquals(
                    "query vector has [3] dims but the vectors have [2]",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> metric.distances(new float[3], vectors, range(3), 0, 3, null, out))
                            .getMessage());
        }
        assertEquals(
                "[24] bytes are not a whole number of vectors of [5] dims",
                assertThrows(IllegalArgumentException.class, () -> new MappedFloats(map(new float[3][2], 0), 5))
                        .getMessage());
        assertEquals(
                "vectors to read in place must lie in mapped memory; copy others",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new MappedFloats(MemorySegment.ofArray(new float[4]), 2))
                        .getMessage());
    }

    private static void assertNear(Metric metric, float[] query, float[] vector, double found, String message) {
        double expected = metric.distance(query, vector);
        double size = switch (metric) {
            case DOT_PRODUCT -> length(query) * length(vector);
            case COSINE -> 1;
            default -> Math.abs(expected);
        };
        if (Double.isNaN(expected) || size == 0) {
            assertEquals(expected, found, message);
        } else {
            assertEquals(expected, found, 2e-6 * size, message);
        }
    }

    private static double length(float[] vector) {
        return Metric.L2_NORM.distance(vector, new float[vector.length]);
    }

    private MappedFloats mapped(float[][] vectors, int offset) throws IOException {
        return new MappedFloats(map(vectors, offset), vectors[0].length);
    }

    /** A file with the vectors at some offset, and something behind them. */
    private MemorySegment map(float[][] vectors, int offset) throws IOException {
        int length = Float.BYTES * vectors.length * vectors[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(offset + length + 1).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(offset);
        for (float[] vector : vectors) {
            for (float component : vector) {
                bytes.putFloat(component);
            }
        }
        Path file = Files.write(Files.createTempFile(directory, "vectors", ""), bytes.array());
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena)
                    .asSlice(offset, length);
        }
    }

    private static double[] outOf(int length) {
        double[] out = new double[length];
        out[length - 1] = UNTOUCHED;
        return out;
    }

    private static float[][] gaussians(Random random, int count, int dims) {
        float[][] vectors = new float[count][dims];
        for (float[] vector : vectors) {
            for (int i = 0; i < dims; i++) {
                vector[i] = (float) random.nextGaussian();
            }
        }
        return vectors;
    }

    private static float[] scales(Random random, int count) {
        float[] scales = new float[count];
        for (int i = 0; i < count; i++) {
            scales[i] = 0.1f + 10 * random.nextFloat();
        }
        return scales;
    }

    private static float[][] scaled(float[][] vectors, float factor) {
        float[][] scaled = new float[vectors.length][];
        for (int i = 0; i < vectors.length; i++) {
            scaled[i] = scaled(vectors[i], factor);
        }
        return scaled;
    }

    private static float[] scaled(float[] vector, float factor) {
        float[] scaled = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            scaled[i] = vector[i] * factor;
        }
        return scaled;
    }
}
