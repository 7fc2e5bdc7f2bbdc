package io.lookalike.duplicates;

import io.lookalike.pairs.CodeSet;
import io.lookalike.pairs.Components;
import io.lookalike.pairs.NearPairs;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.lucene.util.VectorUtil;

/**
 * Joins pictures of the same encoder whose vectors are near enough, by cosine or by Euclidean distance.
 *
 * <p>{@link #all} misses no pair. It first bounds the distance from below: by the few dims that vary most (the head)
 * and the lengths of the rest. This rules out most pairs. {@link #byCodes} compares only pairs with near codes, and
 * misses the others. Pairs that are joined already are not compared again. The final decision is made in doubles.
 *
 * <p>Memory see {@link #bytes}. Thread-safe.
 */
final class VectorPairs {
    private static final String STEP = "compare";
    private static final int ROWS = 32;
    private static final int COLUMNS = 256;
    private static final int LEAST_HEAD = 16;
    private static final int MOST_HEAD = 96;
    private static final int SAMPLE = 1000;
    /** Each picture is compared with at most so many of the same code. */
    private static final int MOST_EQUAL = 256;

    /** Pictures between two checks for cancellation. */
    private static final int CHECKED = 256;

    /** Rounding error of a cosine in doubles, at most. */
    private static final double ROUNDING = 1e-9;

    private static final double DEVIATIONS = 3;

    private final Pictures pictures;
    private final int[] nodes;
    private final boolean cosine;
    private final double threshold;
    /** Lengths of the vectors; 0 for pictures that are not compared. */
    private final double[] norms;

    /**
     * @param nodes the node of each picture; pictures of the same node are not compared
     * @param threshold least cosine, or greatest distance
     */
    VectorPairs(Pictures pictures, int[] nodes, boolean cosine, double threshold) {
        this.pictures = pictures;
        this.nodes = nodes;
        this.cosine = cosine;
        this.threshold = threshold;
        this.norms = new double[pictures.size()];
        for (int i = 0; i < norms.length; i++) {
            float[] vector = pictures.vector(i);
            if (vector != null) {
                norms[i] = Math.sqrt(dot(vector, vector));
            }
        }
    }

    /** The most bytes that comparing so many vectors takes, without the vectors. */
    static long bytes(long count, int dims) {
        return count * (head(dims) * (long) Float.BYTES + 16 + 3 * Double.BYTES + 4 * Integer.BYTES);
    }

    private static int head(int dims) {
        return dims <= 2 * LEAST_HEAD ? dims : Math.clamp(dims / 8, LEAST_HEAD, MOST_HEAD);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** Whether a picture has a vector that can be compared; a zero vector has no cosine. */
    boolean isCompared(int picture) {
        return pictures.vector(picture) != null && (!cosine || norms[picture] > 0);
    }

    /** The cosine or the distance of two vectors. */
    double value(int a, int b) {
        float[] x = pictures.vector(a);
        float[] y = pictures.vector(b);
        if (cosine) {
            return dot(x, y) / (norms[a] * norms[b]);
        }
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            double difference = (double) x[i] - y[i];
            squares += difference * difference;
        }
        return Math.sqrt(squares);
    }

    /** Whether a value is near enough. */
    boolean isNear(double value) {
        return cosine ? value >= threshold - ROUNDING : value <= threshold * (1 + ROUNDING);
    }

    private void compare(int a, int b, Components components) {
        if (nodes[a] != nodes[b]
                && pictures.made(a) == pictures.made(b)
                && !components.joined(nodes[a], nodes[b])
                && isNear(value(a, b))) {
            components.union(nodes[a], nodes[b]);
        }
    }

    /** Compares all pairs. */
    void all(Workers workers, Progress progress, Components components) {
        int[] order = IntStream.range(0, pictures.size())
                .filter(this::isCompared)
                .boxed()
                .sorted(Comparator.comparingInt(pictures::made))
                .mapToInt(Integer::intValue)
                .toArray();
        if (order.length < 2) {
            return;
        }
        Heads heads = new Heads(order);
        int blocks = (order.length + ROWS - 1) / ROWS;
        AtomicInteger done = new AtomicInteger();
        workers.each(blocks, () -> progress.at(STEP, done.get(), blocks), (block, worker) -> {
            rows(block * ROWS, Math.min(order.length, (block + 1) * ROWS), order, heads, components);
            done.incrementAndGet();
        });
    }

    private void rows(int from, int to, int[] order, Heads heads, Components components) {
        for (int tile = from + 1; tile < order.length; tile += COLUMNS) {
            int end = Math.min(order.length, tile + COLUMNS);
            if (pictures.made(order[tile]) > pictures.made(order[to - 1])) {
                return;
            }
            for (int row = from; row < to; row++) {
                for (int col = Math.max(tile, row + 1); col < end; col++) {
                    if (heads.mayBeNear(row, col)) {
                        compare(order[row], order[col], components);
                    }
                }
            }
        }
    }

    /** The dims that vary most, and the length of the rest, of each vector; scaled to unit length for cosines. */
    private final class Heads {
        private final float[][] heads;
        private final float[] rest;
        private final float limit;

        Heads(int[] order) {
            int[] dims = varyingMost(order);
            heads = new float[order.length][dims.length];
            rest = new float[order.length];
            double longest = 0;
            for (int i = 0; i < order.length; i++) {
                float[] vector = pictures.vector(order[i]);
                double scale = scale(order[i]);
                double squares = norms[order[i]] * norms[order[i]] * scale * scale;
                longest = Math.max(longest, squares);
                for (int d = 0; d < dims.length; d++) {
                    double component = vector[dims[d]] * scale;
                    heads[i][d] = (float) component;
                    squares -= component * component;
                }
                rest[i] = (float) Math.sqrt(Math.max(0, squares));
            }
            double square = squareLimit();
            // allows for rounding in floats
            limit = (float) (square * (1 + 1e-5) + 4e-6 * Math.sqrt(square * longest) + 1e-11 * longest);
        }

        private int[] varyingMost(int[] order) {
            double[] variances = new double[pictures.dims()];
            double[] sums = new double[variances.length];
            int step = Math.max(1, order.length / SAMPLE);
            int n = 0;
            for (int i = 0; i < order.length; i += step, n++) {
                float[] vector = pictures.vector(order[i]);
                for (int d = 0; d < sums.length; d++) {
                    double component = vector[d] * scale(order[i]);
                    sums[d] += component;
                    variances[d] += component * component;
                }
            }
            for (int d = 0; d < sums.length; d++) {
                variances[d] -= sums[d] * sums[d] / n;
            }
            return IntStream.range(0, sums.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(d -> -variances[d]))
                    .limit(head(sums.length))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        boolean mayBeNear(int a, int b) {
            float difference = rest[a] - rest[b];
            float squares = difference * difference;
            return squares <= limit && squares + VectorUtil.squareDistance(heads[a], heads[b]) <= limit;
        }
    }

    private double scale(int picture) {
        return cosine ? 1 / norms[picture] : 1;
    }

    /** The greatest square distance of a pair; of unit vectors for cosines. */
    private double squareLimit() {
        return cosine ? Math.max(0, 2 - 2 * (threshold - ROUNDING)) : threshold * threshold * (1 + 4 * ROUNDING);
    }

    /**
     * The distance in bits that the codes of nearly all near pairs keep, if codes are signs on random hyperplanes: an
     * angle of 180 degrees changes all bits (Charikar, STOC 2002). The angle is taken at the mean of the vectors, which
     * is usually the centre of the codes.
     */
    int radius(int bits) {
        int[] sample =
                IntStream.range(0, pictures.size()).filter(this::isCompared).toArray();
        int step = Math.max(1, sample.length / SAMPLE);
        double[] mean = new double[pictures.dims()];
        int n = 0;
        for (int i = 0; i < sample.length; i += step, n++) {
            for (int d = 0; d < mean.length; d++) {
                mean[d] += pictures.vector(sample[i])[d] * scale(sample[i]);
            }
        }
        double[] lengths = new double[n];
        for (int i = 0, k = 0; i < sample.length; i += step, k++) {
            for (int d = 0; d < mean.length; d++) {
                double centered = pictures.vector(sample[i])[d] * scale(sample[i]) - mean[d] / n;
                lengths[k] += centered * centered;
            }
        }
        Arrays.sort(lengths);
        double median = n == 0 ? 0 : Math.sqrt(lengths[n / 2]);
        double half = median == 0 ? 1 : Math.min(1, Math.sqrt(squareLimit()) / (2 * median));
        double share = 2 * Math.asin(half) / Math.PI;
        return (int) Math.min(bits, Math.ceil(bits * share + DEVIATIONS * Math.sqrt(bits * share * (1 - share))));
    }

    /** Compares pairs whose codes are within a radius. */
    void byCodes(int radius, Workers workers, Progress progress, Components components) {
        PictureCodes codes = pictures.hashes();
        for (int kind = 0; kind < codes.sets.size(); kind++) {
            ByCode byCode = new ByCode(kind);
            CodeSet set = codes.sets.get(kind);
            for (int code = 0; code < set.size(); code++) {
                if (code % CHECKED == 0) {
                    progress.at(STEP, 0, 0);
                }
                byCode.equal(code, components, progress);
            }
            new NearPairs(set, radius)
                    .forEach(workers, progress, (a, b, distance) -> byCode.compareAll(a, b, components));
        }
    }

    /** The pictures of each code. */
    private final class ByCode {
        private final int[] starts;
        private final int[] sorted;

        ByCode(int kind) {
            PictureCodes codes = pictures.hashes();
            starts = new int[codes.sets.get(kind).size() + 1];
            int[] of = IntStream.range(0, pictures.size())
                    .filter(i -> codes.kind(i) == kind && isCompared(i))
                    .toArray();
            for (int picture : of) {
                starts[codes.code(picture) + 1]++;
            }
            for (int i = 1; i < starts.length; i++) {
                starts[i] += starts[i - 1];
            }
            int[] next = starts.clone();
            sorted = new int[of.length];
            for (int picture : of) {
                sorted[next[codes.code(picture)]++] = picture;
            }
        }

        void equal(int code, Components components, Progress progress) {
            for (int i = starts[code]; i < starts[code + 1]; i++) {
                if ((i - starts[code]) % CHECKED == CHECKED - 1) {
                    progress.at(STEP, 0, 0);
                }
                for (int j = starts[code]; j < Math.min(i, starts[code] + MOST_EQUAL); j++) {
                    compare(sorted[i], sorted[j], components);
                }
            }
        }

        void compareAll(int a, int b, Components components) {
            for (int i = starts[a]; i < Math.min(starts[a + 1], starts[a] + MOST_EQUAL); i++) {
                for (int j = starts[b]; j < Math.min(starts[b + 1], starts[b] + MOST_EQUAL); j++) {
                    compare(sorted[i], sorted[j], components);
                }
            }
        }
    }
}
