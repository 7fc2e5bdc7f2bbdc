package io.lookalike.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.junit.jupiter.api.Test;

class MetricTests {
    static final Set<Metric> OF_VECTORS = EnumSet.complementOf(EnumSet.of(Metric.TABLES));
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 15, 16, 63, 64, 65, 207, 768, 1021, 4096};

    @Test
    void distancesAreThoseOfPlainLoops() {
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            for (int size : SIZES) {
                float[] a = gaussian(random, size, seed);
                float[] b = gaussian(random, size, seed);
                for (Metric metric : OF_VECTORS) {
                    boolean histogram = metric == Metric.CHI_SQUARED;
                    float[] x = histogram ? absolute(a) : a;
                    float[] y = histogram ? absolute(b) : b;
                    double expected = plain(metric, x, y);
                    double scale = metric == Metric.DOT_PRODUCT
                            ? Math.sqrt(plain(metric, x, x) * plain(metric, y, y))
                            : Math.max(1, Math.abs(expected));
                    String message = metric + " seed " + seed + " size " + size;
                    assertEquals(expected, metric.distance(x, y), 2e-6 * scale, message);
                    assertEquals(metric.distance(x, y), metric.distance(y, x), 1e-9 * scale, message + " reversed");
                }
            }
        }
    }

    @Test
    void scoresAreThoseOfStockFields() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            float[] a = gaussian(random, 64, 0);
            float[] b = gaussian(random, 64, 0);
            float[] unitA = scaled(a, 1 / Math.sqrt(plain(Metric.DOT_PRODUCT, a, a)));
            float[] unitB = scaled(b, 1 / Math.sqrt(plain(Metric.DOT_PRODUCT, b, b)));
            assertEquals(VectorSimilarityFunction.EUCLIDEAN.compare(a, b), score(Metric.L2_NORM, a, b), 1e-7);
            assertEquals(VectorSimilarityFunction.COSINE.compare(a, b), score(Metric.COSINE, a, b), 1e-6);
            assertEquals(
                    VectorSimilarityFunction.DOT_PRODUCT.compare(unitA, unitB),
                    score(Metric.DOT_PRODUCT, unitA, unitB),
                    1e-6);
        }
        assertEquals(0f, Metric.DOT_PRODUCT.score(-3));
        assertEquals(2f, Metric.DOT_PRODUCT.score(3));
        assertEquals(0.2f, Metric.L2_NORM.score(2));
        assertEquals(0.25f, Metric.L1.score(3));
        assertEquals(0.25f, Metric.CHI_SQUARED.score(3));
        assertEquals(0.75f, Metric.COSINE.score(0.5));
        assertEquals(0.75f, Metric.CORRELATION.score(0.5));
        assertEquals(0.875f, Metric.hammingScore(8, 64));
        assertEquals((256 - 77) / 256f, Metric.hammingScore(77, 256));
    }

    @Test
    void tablesAreCountedNotMeasured() {
        assertEquals(0.7f, Metric.tablesScore(7, 10));
        assertEquals(0f, Metric.tablesScore(0, 256));
        assertEquals(1f, Metric.tablesScore(256, 256));
        assertEquals(
                "tables compares buckets, not vectors; use tablesScore",
                assertThrows(
                                UnsupportedOperationException.class,
                                () -> Metric.TABLES.distance(new float[1], new float[1]))
                        .getMessage());
        assertEquals(
                "a tables score needs the number of tables; use tablesScore",
                assertThrows(UnsupportedOperationException.class, () -> Metric.TABLES.score(1))
                        .getMessage());
    }

    @Test
    void equalVectorsHaveTheBestScore() {
        float[] a = {0.25f, 3, 0, 1};
        for (Metric metric : OF_VECTORS) {
            double distance = metric.distance(a, a.clone());
            switch (metric) {
                case COSINE, CORRELATION -> assertEquals(1, distance, 1e-12, metric.toString());
                case DOT_PRODUCT -> assertEquals(10.0625, distance);
                default -> assertEquals(0, distance, metric.toString());
            }
        }
    }

    @Test
    void zeroAndConstantVectors() {
        float[] zero = new float[5];
        float[] constant = new float[5];
        Arrays.fill(constant, 0.1f);
        float[] other = {1, 2, 3, 4, 5};
        assertEquals(0, Metric.COSINE.distance(zero, other));
        assertEquals(0, Metric.COSINE.distance(other, zero));
        assertEquals(0, Metric.COSINE.distance(zero, zero));
        assertEquals(0, Metric.CORRELATION.distance(constant, other));
        assertEquals(0, Metric.CORRELATION.distance(other, constant));
        assertEquals(0, Metric.CORRELATION.distance(constant, constant));
        assertEquals(0, Metric.CHI_SQUARED.distance(zero, zero));
        assertEquals(15, Metric.CHI_SQUARED.distance(zero, other), 1e-12);
    }

    @Test
    void negativeComponentsHaveNoChiSquaredDistance() {
        float[] histogram = {1, 2, 3};
        float[] negative = {1, -1, 3};
        assertEquals(Double.NaN, Metric.CHI_SQUARED.distance(histogram, negative));
        assertEquals(Double.NaN, Metric.CHI_SQUARED.distance(negative, histogram));
        assertEquals(Float.NaN, Metric.CHI_SQUARED.score(Double.NaN));
        assertEquals(0, Metric.CHI_SQUARED.distance(new float[] {-0f, 1}, new float[] {0, 1}));
    }

    @Test
    void aNotANumberMakesTheDistanceNotANumber() {
        for (int size : new int[] {1, 5, 64}) {
            for (int at : new int[] {0, size - 1}) {
                float[] broken = gaussian(new Random(size), size, 0);
                broken[at] = Float.NaN;
                float[] zero = new float[size];
                for (Metric metric : OF_VECTORS) {
                    assertEquals(Double.NaN, metric.distance(broken, zero), metric.toString());
                    assertEquals(Double.NaN, metric.distance(zero, broken), metric.toString());
                    assertEquals(Double.NaN, metric.distance(broken, broken.clone()), metric.toString());
                    if (metric != Metric.HAMMING) {
                        assertEquals(Float.NaN, metric.score(Double.NaN), metric.toString());
                    }
                }
            }
        }
    }

    @Test
    void hugeAndTinyComponentsKeepTheirDistance() {
        Random random = new Random(5);
        float[] a = gaussian(random, 100, 0);
        float[] b = gaussian(random, 100, 0);
        for (double factor : new double[] {1e-40, 1e-30, 1e-20, 1e-14, 1e10, 1e17, 1e30}) {
            float[] x = scaled(a, factor);
            float[] y = scaled(b, factor);
            for (Metric metric : new Metric[] {Metric.L2_NORM, Metric.COSINE, Metric.CORRELATION, Metric.DOT_PRODUCT}) {
                double expected = plain(metric, x, y);
                assertEquals(expected, metric.distance(x, y), 1e-5 * Math.abs(expected), metric + " x " + factor);
            }
        }
    }

    @Test
    void namesAreThoseUsersWrite() {
        assertEquals("l2_norm", Metric.L2_NORM.toString());
        assertEquals("chi_squared", Metric.CHI_SQUARED.toString());
    }

    @Test
    void refusesWhatHasNoAnswer() {
        assertEquals(
                "query vector has [2] dims but the vector has [3]",
                assertThrows(IllegalArgumentException.class, () -> Metric.L1.distance(new float[2], new float[3]))
                        .getMessage());
        assertEquals(
                "a hamming score needs the number of bits; use hammingScore",
                assertThrows(UnsupportedOperationException.class, () -> Metric.HAMMING.score(3))
                        .getMessage());
    }

    private static float score(Metric metric, float[] a, float[] b) {
        return metric.score(metric.distance(a, b));
    }

    /** The formulas in the order in which one reads them. */
    private static double plain(Metric metric, float[] a, float[] b) {
        double sum = 0;
        return switch (metric) {
            case L2_NORM -> {
                for (int i = 0; i < a.length; i++) {
                    sum += Math.pow((double) a[i] - b[i], 2);
                }
                yield Math.sqrt(sum);
            }
            case L1 -> {
                for (int i = 0; i < a.length; i++) {
                    sum += Math.abs((double) a[i] - b[i]);
                }
                yield sum;
            }
            case DOT_PRODUCT -> {
                for (int i = 0; i < a.length; i++) {
                    sum += (double) a[i] * b[i];
                }
                yield sum;
            }
            case COSINE -> {
                double norms = Math.sqrt(plain(Metric.DOT_PRODUCT, a, a)) * Math.sqrt(plain(Metric.DOT_PRODUCT, b, b));
                yield plain(Metric.DOT_PRODUCT, a, b) / norms;
            }
            case CORRELATION -> {
                double n = a.length;
                double[] sums = new double[5];
                for (int i = 0; i < a.length; i++) {
                    sums[0] += a[i];
                    sums[1] += b[i];
                    sums[2] += (double) a[i] * a[i];
                    sums[3] += (double) b[i] * b[i];
                    sums[4] += (double) a[i] * b[i];
                }
                double variances =
                        Math.sqrt(sums[2] - sums[0] * sums[0] / n) * Math.sqrt(sums[3] - sums[1] * sums[1] / n);
                yield n == 1 ? 0 : (sums[4] - sums[0] * sums[1] / n) / variances;
            }
            case CHI_SQUARED -> {
                for (int i = 0; i < a.length; i++) {
                    sum += a[i] == 0 && b[i] == 0 ? 0 : Math.pow((double) a[i] - b[i], 2) / ((double) a[i] + b[i]);
                }
                yield sum;
            }
            case HAMMING -> {
                for (int i = 0; i < a.length; i++) {
                    sum += (a[i] > 0 ? 1 : 0) ^ (b[i] > 0 ? 1 : 0);
                }
                yield sum;
            }
            case TABLES -> throw new AssertionError("not of vectors");
        };
    }

    /** With some components that are exactly zero, but not the first. */
    private static float[] gaussian(Random random, int size, double mean) {
        float[] vector = new float[size];
        for (int i = 0; i < size; i++) {
            vector[i] = i > 0 && random.nextInt(10) == 0 ? 0 : (float) (mean + random.nextGaussian());
        }
        return vector;
    }

    private static float[] absolute(float[] vector) {
        float[] absolute = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            absolute[i] = Math.abs(vector[i]);
        }
        return absolute;
    }

    private static float[] scaled(float[] vector, double factor) {
        float[] scaled = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            scaled[i] = (float) (vector[i] * factor);
        }
        return scaled;
    }
}
