package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * Binary codes by iterative quantization (ITQ): the first principal components, rotated so that the vectors are as near
 * as possible to the corners of a cube (Gong and Lazebnik: Iterative Quantization, CVPR 2011).
 *
 * <p>Starts with a random rotation R and alternates two steps (equation 2 of the paper): the codes B = sign(V R), and
 * the best R for them, U Wᵀ of the singular value decomposition of Vᵀ B. Each step lowers |B - V R|². Components and
 * rotation are multiplied into one matrix of weights.
 *
 * <p>Two things differ from the paper, because they raise recall (figures: recall@10 with 500 candidates on
 * Fashion-MNIST, learned from 10,000). First, each component is divided by the fourth root of its variance, half of
 * whitening. The first components carry most of the variance; without the division the rotation serves only them, and
 * bits repeat each other: iterations lowered 64 bits from .898 to .877; with it, they raise them from .920 to .934.
 * Second, only the components that hold {@value #SHARE} of the variance are rotated, and bits beyond them are random
 * rotations of the same components. Iterations on all components brought 256 bits from .962 to .965, but random
 * rotations have .987. Together: .979 with 128 bits and .993 with 256; with trained rotations only, .969 and .982; as
 * in the paper, .940 and .972.
 *
 * <p>Costs that of {@link Pca}, and for each iteration twice vectors x components² products. Stateless.
 */
public final class Itq {
    /** The number of iterations in the paper. */
    public static final int ITERATIONS = 50;

    /** Vectors to learn from, for each bit. With 256 bits, more vectors did not raise recall. */
    private static final int ROWS_FOR_A_BIT = 80;

    private static final int FEWEST_ROWS = 20_480;
    private static final int MOST_ROWS = 40_960;
    private static final int STRIPE = 32;
    private static final double SHARE = .9;

    private Itq() {}

    /**
     * Learns a code.
     *
     * @param rows {@code [n][dims]}, not changed
     * @param bits a multiple of 8; may be more than dims
     * @param iterations at least 1
     * @param seed of the first rotation
     * @throws IllegalArgumentException if there are no vectors, all are equal, or a component is not finite
     */
    public static LearnedCode learn(
            float[][] rows, int bits, int iterations, long seed, Workers workers, Progress progress) {
        if (iterations < 1) {
            throw new IllegalArgumentException("[itq.iterations] must be at least [1]; got [" + iterations + "]");
        }
        Planes.requireBits("itq.bits", bits);
        Pca pca = Pca.learn(rows, workers, progress);
        if (pca.rank() == 0) {
            throw new IllegalArgumentException(
                    "the [" + rows.length + "] vectors of the sample are all alike; learn from vectors that differ");
        }
        int turned = turned(pca, bits);
        int dims = rows[0].length;
        float[] plain = pca.components(turned);
        float[] balanced = balanced(plain, pca.variances(), turned);
        float[][] chosen = chosen(rows, turned);
        float[] vectors = project(chosen, pca.centering(), balanced, turned, workers, progress);
        Rotation rotation = new Rotation(vectors, chosen.length, turned, seed, workers, progress);
        double[] errors = rotation.errors(rotation.iterate(iterations));
        float[] weights = new float[bits * dims];
        multiply(rotation.matrix(), balanced, turned, dims, weights, 0, workers, progress);
        for (int first = turned; first < bits; first += turned) {
            float[] random = Rotation.random(rotation.procrustes, turned, seed + first);
            multiply(random, plain, turned, dims, weights, first, workers, progress);
        }
        LearnedCode code = Planes.code("itq", rows, pca.centering(), weights, null, bits, workers, progress);
        return new LearnedCode(
                code.method(), bits, code.center(), code.weights(), code.thresholds(), code.scale(), errors);
    }

    /**
     * Number of components in one rotation: at most {@code bits}, at most those that hold most of the variance, and the
     * same in all rotations.
     */
    private static int turned(Pca pca, int bits) {
        double[] variances = pca.variances();
        double wanted = SHARE * Arrays.stream(variances).sum();
        double held = variances[0];
        int holding = 1;
        while (holding < pca.rank() && held < wanted) {
            held += variances[holding++];
        }
        int times = (bits + holding - 1) / holding;
        return (bits + times - 1) / times;
    }

    /**
     * Divides each component by the fourth root of its variance, and scales all so that the sum of the variances stays.
     */
    private static float[] balanced(float[] components, double[] variances, int count) {
        int dims = components.length / count;
        double sum = 0;
        double roots = 0;
        for (int i = 0; i < count; i++) {
            sum += variances[i];
            roots += Math.sqrt(variances[i]);
        }
        float[] balanced = new float[components.length];
        for (int i = 0; i < count; i++) {
            double scale = Math.sqrt(sum / roots / Math.sqrt(variances[i]));
            for (int d = i * dims; d < (i + 1) * dims; d++) {
                balanced[d] = (float) (scale * components[d]);
            }
        }
        return balanced;
    }

    /** The most bytes that {@link #learn} takes beside the sample. */
    public static long bytes(int rows, int dims, int bits, int threads) {
        int turned = Math.min(bits, dims);
        long learning = (long) Float.BYTES * (Math.min(rows, mostRows(turned)) + Rotation.CHUNK) * turned
                + 2 * PackedMatrix.bytes(Rotation.CHUNK, turned)
                + Procrustes.bytes(turned, threads)
                + Double.BYTES * (long) turned * turned
                + SampleBlocks.bytes(dims, turned, threads);
        long components = (long) Float.BYTES * dims * (dims + 3L * turned + bits);
        return Math.max(Pca.bytes(dims, threads), components + learning + Planes.bytes(dims, bits, threads));
    }

    private static int mostRows(int bits) {
        return Math.clamp((long) ROWS_FOR_A_BIT * bits, FEWEST_ROWS, MOST_ROWS);
    }

    /** Picks vectors at even distances in the sample. */
    private static float[][] chosen(float[][] rows, int bits) {
        int count = Math.min(rows.length, mostRows(bits));
        float[][] chosen = new float[count][];
        for (int i = 0; i < count; i++) {
            chosen[i] = rows[(int) ((long) i * rows.length / count)];
        }
        return chosen;
    }

    private static float[] project(
            float[][] rows, Centering centering, float[] components, int bits, Workers workers, Progress progress) {
        PackedMatrix matrix = SampleBlocks.transposed(components, bits, rows[0].length);
        float[] projected = new float[Rotation.size(rows.length, bits)];
        float[][] out = new float[workers.threads()][SampleBlocks.SIZE * matrix.stride()];
        new SampleBlocks(rows, centering, workers).each("projection", progress, (first, count, block, worker) -> {
            matrix.multiply(block, 0, count, rows[0].length, 1, 0, out[worker]);
            for (int i = 0; i < count; i++) {
                System.arraycopy(out[worker], i * matrix.stride(), projected, (first + i) * bits, bits);
            }
        });
        return projected;
    }

    /** Writes the weights of planes, Rᵀ P of rotation and components, from row {@code to} to the last row. */
    private static void multiply(
            float[] rotation,
            float[] components,
            int turned,
            int dims,
            float[] weights,
            int to,
            Workers workers,
            Progress progress) {
        PackedMatrix right = new PackedMatrix(turned, dims);
        for (int k = 0; k < turned; k++) {
            right.setRow(k, components, k * dims);
        }
        int bits = weights.length / dims;
        int planes = Math.min(turned, bits - to);
        float[][] out = new float[workers.threads()][STRIPE * right.stride()];
        Runnable check = () -> progress.at("weights", to, bits);
        workers.each((planes + STRIPE - 1) / STRIPE, check, (stripe, worker) -> {
            int first = stripe * STRIPE;
            int count = Math.min(STRIPE, planes - first);
            right.multiply(rotation, first, count, 1, turned, 0, out[worker]);
            for (int i = 0; i < count; i++) {
                System.arraycopy(out[worker], i * right.stride(), weights, (to + first + i) * dims, dims);
            }
        });
    }

    /** Learns a rotation. */
    static final class Rotation {
        private static final int CHUNK = 1024;

        private final float[] vectors;
        private final int rows;
        private final int bits;
        private final Workers workers;
        private final Progress progress;
        private final Procrustes procrustes;
        /** The signs of the vectors of a chunk. */
        private final PackedMatrix signs;

        private final float[][] out;
        private final PackedMatrix turn;
        private float[] matrix;
        private int iteration;
        private int of = 1;

        /** The length of an array for so many vectors, padded with zeros to whole chunks. */
        static int size(int rows, int bits) {
            return Math.multiplyExact((rows + CHUNK - 1) / CHUNK * CHUNK, bits);
        }

        /**
         * Starts with a random rotation.
         *
         * @param vectors {@code [n][bits]} with mean zero, in an array of this {@link #size}
         */
        Rotation(float[] vectors, int rows, int bits, long seed, Workers workers, Progress progress) {
            this.vectors = vectors;
            this.bits = bits;
            this.rows = rows;
            this.workers = workers;
            this.progress = progress;
            this.procrustes = new Procrustes(bits, workers, this::check);
            this.signs = new PackedMatrix(CHUNK, bits);
            this.turn = new PackedMatrix(bits, bits);
            this.out = new float[workers.threads()][STRIPE * signs.stride()];
            this.matrix = random(procrustes, bits, seed);
        }

        /** A random rotation, {@code [bits][bits]}. */
        static float[] random(Procrustes procrustes, int bits, long seed) {
            Random random = new Random(seed);
            double[] gaussians = new double[bits * bits];
            for (int i = 0; i < gaussians.length; i++) {
                gaussians[i] = random.nextGaussian();
            }
            return procrustes.nearest(gaussians);
        }

        private void check() {
            progress.at("rotation", iteration, of);
        }

        /** {@code [bits][bits]}, orthogonal. */
        float[] matrix() {
            return matrix;
        }

        /**
         * Improves the rotation.
         *
         * @return the loss Σ|B - V R|² before each iteration
         */
        double[] iterate(int iterations) {
            of = iterations;
            double[] trace = new double[iterations];
            for (iteration = 0; iteration < iterations; iteration++) {
                double[] correlation = new double[bits * bits];
                trace[iteration] = correlate(correlation);
                matrix = procrustes.nearest(correlation);
            }
            return trace;
        }

        /**
         * Relative quantization errors: the share of the squared length of all vectors that the best multiple of B does
         * not explain, 1 - (Σ|y|)² / (n bits Σy²). It is independent of the scale. Σ|y| follows from the loss; Σy² is
         * the same for every rotation.
         */
        double[] errors(double[] losses) {
            double squares = 0;
            for (float value : vectors) {
                squares += (double) value * value;
            }
            double[] errors = new double[losses.length];
            double corners = (double) rows * bits;
            for (int i = 0; i < losses.length; i++) {
                double absolutes = (corners + squares - losses[i]) / 2;
                errors[i] = squares == 0 ? 0 : 1 - absolutes * absolutes / (corners * squares);
            }
            return errors;
        }

        /** Sums up Vᵀ B; returns the loss. */
        private double correlate(double[] correlation) {
            for (int k = 0; k < bits; k++) {
                turn.setRow(k, matrix, k * bits);
            }
            double[] losses = new double[size(rows, 1) / STRIPE];
            for (int first = 0; first < rows; first += CHUNK) {
                int from = first;
                workers.each(
                        CHUNK / STRIPE,
                        this::check,
                        (stripe, worker) ->
                                losses[from / STRIPE + stripe] = quantize(from, stripe * STRIPE, out[worker]));
                workers.each(
                        (bits + STRIPE - 1) / STRIPE,
                        this::check,
                        (stripe, worker) -> correlate(from, stripe * STRIPE, out[worker], correlation));
            }
            return Arrays.stream(losses).sum();
        }

        /** Computes the signs of some vectors of a chunk; returns their loss. */
        private double quantize(int first, int from, float[] products) {
            turn.multiply(vectors, (first + from) * bits, STRIPE, bits, 1, 0, products);
            double loss = 0;
            for (int i = 0; i < STRIPE; i++) {
                int at = i * turn.stride();
                for (int j = at; j < at + bits; j++) {
                    float y = products[j];
                    float sign = y > 0 ? 1 : -1;
                    if (first + from + i < rows) {
                        loss += (double) (sign - y) * (sign - y);
                    }
                    products[j] = sign;
                }
                signs.setRow(from + i, products, at);
            }
            return loss;
        }

        /** Adds the part of a chunk to some rows of Vᵀ B. */
        private void correlate(int first, int i, float[] products, double[] correlation) {
            int count = Math.min(STRIPE, bits - i);
            signs.multiply(vectors, first * bits + i, count, 1, bits, 0, products);
            for (int r = 0; r < count; r++) {
                for (int j = 0; j < bits; j++) {
                    correlation[(i + r) * bits + j] += products[r * signs.stride() + j];
                }
            }
        }
    }
}
