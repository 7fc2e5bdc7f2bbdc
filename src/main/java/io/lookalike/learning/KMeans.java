package io.lookalike.learning;

import io.lookalike.vectors.Metric;
import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * Clusters of a sample by Lloyd's iterations from k-means++ seeds (Arthur and Vassilvitskii, SODA 2007).
 *
 * <p>Distances come from products of matrices: |x - c|² = |x|² - 2 x · c + |c|², of vectors less the mean of the
 * sample. A cluster that loses all its vectors restarts at the farthest vector of the cluster with the greatest
 * inertia. Costs vectors x clusters x dims products for each iteration. Stateless.
 */
public final class KMeans {
    private static final int STRIPE = 16;
    /** The seeds are chosen among so many vectors for each cluster. */
    private static final int SEEDED = 8;

    private static final int FEWEST_SEEDED = 4096;
    private static final int SEED_BLOCK = 1024;
    /** Stops after an iteration that lowers the inertia by a smaller share. */
    private static final double GAIN = 1e-5;

    private final float[][] rows;
    private final Centering centering;
    private final Workers workers;
    private final Progress progress;
    private final int dims;
    private final int[] assigned;
    private final float[] distances;
    private float[] centroids = {};
    private int count;

    private KMeans(float[][] rows, Workers workers, Progress progress) {
        this.rows = rows;
        this.centering = Centering.of(rows, workers, progress);
        this.workers = workers;
        this.progress = progress;
        this.dims = rows[0].length;
        this.assigned = new int[rows.length];
        this.distances = new float[rows.length];
    }

    /**
     * Learns clusters.
     *
     * @param rows {@code [n][dims]}, not changed
     * @param clusters at most the number of vectors
     * @param iterations the most iterations
     * @param seed chooses the first centroids
     * @throws IllegalArgumentException if there are fewer vectors than clusters, they have different numbers of dims,
     *     or a component is not finite
     */
    public static Clusters learn(
            float[][] rows, int clusters, int iterations, long seed, Workers workers, Progress progress) {
        if (clusters < 1) {
            throw new IllegalArgumentException("[kmeans.clusters] must be at least [1]; got [" + clusters + "]");
        }
        if (iterations < 1) {
            throw new IllegalArgumentException("[kmeans.iterations] must be at least [1]; got [" + iterations + "]");
        }
        if (rows.length < clusters) {
            throw new IllegalArgumentException("[kmeans.clusters] is [" + clusters + "] but the sample has ["
                    + rows.length + "] vectors; "
                    + (rows.length == 0 ? "" : "ask for at most [" + rows.length + "] clusters, or ")
                    + "learn from more vectors");
        }
        KMeans learner = new KMeans(rows, workers, progress);
        learner.seed(clusters, new Random(seed));
        double inertia = learner.iterate(iterations);
        return learner.result(inertia);
    }

    /** The most bytes that {@link #learn} takes beside the sample. */
    public static long bytes(int rows, int dims, int clusters, int threads) {
        int seeded = Math.min(rows, seeded(clusters));
        return SampleBlocks.bytes(dims, clusters, threads)
                + PackedMatrix.bytes(dims, clusters)
                + (long) Float.BYTES * clusters * dims * 2
                + (long) Double.BYTES * STRIPE * dims * threads
                + 3L * Integer.BYTES * rows
                + (long) Float.BYTES * seeded * (dims + 1);
    }

    private static int seeded(int clusters) {
        return Math.max(FEWEST_SEEDED, SEEDED * clusters);
    }

    /** Chooses the first centroids; fewer if there are fewer distinct vectors. */
    private void seed(int clusters, Random random) {
        int size = Math.min(rows.length, seeded(clusters));
        int[] order = chosen(size, random);
        float[][] sample = new float[size][dims];
        for (int i = 0; i < size; i++) {
            centering.write(rows[order[i]], sample[i], 0);
        }
        centroids = new float[clusters * dims];
        float[] nearest = new float[size];
        Arrays.fill(nearest, Float.MAX_VALUE);
        int next = 0;
        for (count = 0; count < clusters && next >= 0; ) {
            System.arraycopy(sample[next], 0, centroids, count * dims, dims);
            count++;
            next = nextSeed(sample, sample[next], nearest, random, clusters);
        }
    }

    /** The numbers of so many random vectors, by reservoir sampling. */
    private int[] chosen(int size, Random random) {
        int[] chosen = new int[size];
        for (int i = 0; i < rows.length; i++) {
            int at = i < size ? i : random.nextInt(i + 1);
            if (at < size) {
                chosen[at] = i;
            }
        }
        return chosen;
    }

    /** Updates the distances with those from a new seed, and chooses the next seed by them; -1 if all are zero. */
    private int nextSeed(float[][] sample, float[] seed, float[] nearest, Random random, int clusters) {
        int blocks = (sample.length + SEED_BLOCK - 1) / SEED_BLOCK;
        double[] sums = new double[blocks];
        workers.each(blocks, () -> progress.at("seeds", count, clusters), (block, worker) -> {
            int to = Math.min(sample.length, (block + 1) * SEED_BLOCK);
            for (int i = block * SEED_BLOCK; i < to; i++) {
                double distance = Metric.L2_NORM.distance(sample[i], seed);
                nearest[i] = Math.min(nearest[i], (float) (distance * distance));
                sums[block] += nearest[i];
            }
        });
        double left = random.nextDouble() * Arrays.stream(sums).sum();
        int last = -1;
        for (int i = 0; i < sample.length; i++) {
            if (nearest[i] > 0) {
                last = i;
                left -= nearest[i];
                if (left < 0) {
                    return i;
                }
            }
        }
        return last;
    }

    /** Iterates; returns the mean squared distance at the end. */
    private double iterate(int iterations) {
        double inertia = assign(0, iterations);
        for (int iteration = 1; iteration <= iterations; iteration++) {
            move();
            double before = inertia;
            inertia = assign(iteration, iterations);
            if (before - inertia <= GAIN * before) {
                break;
            }
        }
        return inertia / centering.factor() / centering.factor();
    }

    /** Assigns every vector to its nearest centroid; returns the mean squared distance. */
    private double assign(int iteration, int iterations) {
        PackedMatrix matrix = SampleBlocks.transposed(centroids, count, dims);
        float[] halves = new float[count];
        for (int c = 0; c < count; c++) {
            double square = 0;
            for (int d = c * dims; d < (c + 1) * dims; d++) {
                square += (double) centroids[d] * centroids[d];
            }
            halves[c] = (float) (square / 2);
        }
        float[][] out = new float[workers.threads()][SampleBlocks.SIZE * matrix.stride()];
        double[] sums = new double[(rows.length + SampleBlocks.SIZE - 1) / SampleBlocks.SIZE];
        Progress within = (phase, done, of) -> progress.at(phase, iteration, iterations + 1);
        new SampleBlocks(rows, centering, workers).each("clusters", within, (first, here, block, worker) -> {
            float[] products = out[worker];
            matrix.multiply(block, 0, here, dims, 1, 0, products);
            for (int i = 0; i < here; i++) {
                int at = i * matrix.stride();
                int best = 0;
                float most = products[at] - halves[0];
                for (int c = 1; c < count; c++) {
                    float nearness = products[at + c] - halves[c];
                    if (nearness > most) {
                        most = nearness;
                        best = c;
                    }
                }
                double square = 0;
                for (int d = i * dims; d < (i + 1) * dims; d++) {
                    square += (double) block[d] * block[d];
                }
                assigned[first + i] = best;
                distances[first + i] = (float) Math.max(0, square - 2.0 * most);
                sums[first / SampleBlocks.SIZE] += distances[first + i];
            }
        });
        return Arrays.stream(sums).sum() / rows.length;
    }

    /** Moves every centroid to the mean of its vectors. */
    private void move() {
        int[] ends = new int[count + 1];
        for (int c : assigned) {
            ends[c + 1]++;
        }
        for (int c = 0; c < count; c++) {
            ends[c + 1] += ends[c];
        }
        int[] starts = ends.clone();
        int[] order = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            order[starts[assigned[i]]++] = i;
        }
        workers.each(count, () -> progress.at("clusters", 0, 1), (c, worker) -> {
            if (ends[c] < ends[c + 1]) {
                mean(order, ends[c], ends[c + 1], c);
            }
        });
        refill(order, ends);
    }

    private void mean(int[] order, int from, int to, int cluster) {
        double[] sums = new double[dims];
        float[] vector = new float[dims];
        for (int i = from; i < to; i++) {
            centering.write(rows[order[i]], vector, 0);
            for (int d = 0; d < dims; d++) {
                sums[d] += vector[d];
            }
        }
        for (int d = 0; d < dims; d++) {
            centroids[cluster * dims + d] = (float) (sums[d] / (to - from));
        }
    }

    private void refill(int[] order, int[] ends) {
        double[] inertia = new double[count];
        for (int i = 0; i < rows.length; i++) {
            inertia[assigned[i]] += distances[i];
        }
        for (int c = 0; c < count; c++) {
            if (ends[c] == ends[c + 1]) {
                int widest = 0;
                for (int other = 1; other < count; other++) {
                    widest = inertia[other] > inertia[widest] ? other : widest;
                }
                int farthest = order[ends[widest]];
                for (int i = ends[widest]; i < ends[widest + 1]; i++) {
                    farthest = distances[order[i]] > distances[farthest] ? order[i] : farthest;
                }
                if (distances[farthest] > 0) {
                    centering.write(rows[farthest], centroids, c * dims);
                    distances[farthest] = 0;
                    inertia[widest] /= 2;
                }
            }
        }
    }

    private Clusters result(double inertia) {
        float[] result = new float[count * dims];
        for (int i = 0; i < result.length; i++) {
            result[i] = centroids[i] / centering.factor() + centering.mean()[i % dims];
        }
        int[] sizes = new int[count];
        for (int cluster : assigned) {
            sizes[cluster]++;
        }
        return new Clusters(result, count, dims, inertia, sizes);
    }
}
