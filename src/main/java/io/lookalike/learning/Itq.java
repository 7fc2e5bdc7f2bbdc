package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Binary codes by iterative quantization (ITQ): the first principal components, rotated so that the vectors are as near
 * as possible to the corners of a cube (Gong and Lazebnik: Iterative Quantization, CVPR 2011).
 *
 * <p>Starts with a random rotation R and alternates two steps (equation 2 of the paper): the codes B = sign(V R), and
 * the best R for them, U Wᵀ of the singular value decomposition of Vᵀ B. Each step lowers |B - V R|². Components and
 * rotation are multiplied into one matrix of weights.
 *
 * <p>The paper rotates as many components as there are bits. For some vectors other codes find more, so each training
 * tries several {@linkplain ItqChoice choices} on some thousand vectors, learns the best of them fully, and keeps the
 * one with the highest {@linkplain HeldOutRecall recall} of vectors that were held out. Two things differ between
 * choices. First, each component may be divided by the fourth root of its variance, half of whitening. Where the first
 * components carry most of the variance, the rotation serves only them without the division, and bits repeat each
 * other: on Fashion-MNIST iterations lowered the recall of 64 bits from .898 to .877; with it, they raised it from .920
 * to .934. Where the last components are noise, the division makes it louder. Second, fewer components may be rotated,
 * and bits beyond them are random rotations of the same components: on Fashion-MNIST trained rotations have a recall of
 * .982 with 256 bits, these .993; on white noise all components are needed.
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
    private static final int TRIAL_ITERATIONS = 5;
    private static final int TRIAL_ROWS = 4000;
    private static final int TRIAL_ROWS_FOR_A_BIT = 10;
    /** More recall than learning adds to that of a random rotation: at most .05 on thirteen kinds of vectors. */
    private static final double MOST_GAIN = .06;

    /** The most choices that are learned fully beside the usual, and how much less than the best they may recall. */
    private static final int FINALISTS = 2;

    private static final double NEARLY = .005;
    /** Differences of recall are chance below this, so it takes more to leave the usual choice. */
    private static final double USUAL = .005;

    private static final int STRIPE = 32;
    private static final Comparator<ItqChoice> BEST_FIRST =
            Comparator.comparingDouble(ItqChoice::recall).reversed();

    private final Pca pca;
    private final int dims;
    private final int bits;
    private final long seed;
    private final Workers workers;
    private final Progress progress;

    private Itq(Pca pca, int bits, long seed, Workers workers, Progress progress) {
        this.pca = pca;
        this.dims = pca.centering().mean().length;
        this.bits = bits;
        this.seed = seed;
        this.workers = workers;
        this.progress = progress;
    }

    /**
     * Learns a code: of the choices the one that finds most.
     *
     * @param rows {@code [n][dims]}, not changed
     * @param bits a multiple of 8; may be more than dims
     * @param iterations at least 1
     * @param seed of random rotations and planes
     * @throws IllegalArgumentException if there are no vectors, all are equal, or a component is not finite
     */
    public static LearnedCode learn(
            float[][] rows, int bits, int iterations, long seed, Workers workers, Progress progress) {
        return of(rows, bits, iterations, seed, workers, progress).best(rows, iterations);
    }

    /**
     * Learns a code in one way.
     *
     * @param choice its components are at most those that vary
     */
    public static LearnedCode learn(
            float[][] rows, int bits, int iterations, long seed, ItqChoice choice, Workers workers, Progress progress) {
        Itq itq = of(rows, bits, iterations, seed, workers, progress);
        return itq.code(rows, itq.weights(rows, choice, iterations), List.of(choice));
    }

    private static Itq of(float[][] rows, int bits, int iterations, long seed, Workers workers, Progress progress) {
        if (iterations < 1) {
            throw new IllegalArgumentException("[itq.iterations] must be at least [1]; got [" + iterations + "]");
        }
        Planes.requireBits("itq.bits", bits);
        Pca pca = Pca.learn(rows, workers, progress);
        if (pca.rank() == 0) {
            throw new IllegalArgumentException(
                    "the [" + rows.length + "] vectors of the sample are all alike; learn from vectors that differ");
        }
        return new Itq(pca, bits, seed, workers, progress);
    }

    /**
     * Judges random planes and rotations, and learns those rotations a little that can still become the best; learns
     * the best of all fully, and makes the one that is the best then.
     */
    private LearnedCode best(float[][] rows, int iterations) {
        List<ItqChoice> choices = ItqChoice.of(pca.variances(), pca.rank(), bits);
        ItqChoice usual = choices.getFirst().toLearn();
        if (rows.length < HeldOutRecall.LEAST_ROWS) {
            return code(rows, weights(rows, usual, iterations), List.of(usual));
        }
        HeldOutRecall heldOut = new HeldOutRecall(rows, pca.centering(), workers, progress);
        List<ItqChoice> judged = new ArrayList<>();
        for (ItqChoice choice : choices) {
            progress.at("choice", judged.size(), choices.size());
            judged.add(tried(choice, 0, heldOut));
        }
        judged.sort(BEST_FIRST);
        double best = judged.getFirst().recall();
        for (ItqChoice random : List.copyOf(judged)) {
            if (random.components() > 0 && random.recall() > best - MOST_GAIN) {
                ItqChoice learned = tried(random.toLearn(), Math.min(iterations, TRIAL_ITERATIONS), heldOut);
                best = Math.max(best, learned.recall());
                judged.add(learned);
            }
        }
        judged.sort(BEST_FIRST);
        return made(rows, judged, usual, iterations, heldOut);
    }

    private ItqChoice tried(ItqChoice choice, int iterations, HeldOutRecall heldOut) {
        float[][] some = spread(heldOut.others(), Math.max(TRIAL_ROWS, TRIAL_ROWS_FOR_A_BIT * choice.components()));
        return choice.judged(heldOut.of(weights(some, choice, iterations).weights(), bits));
    }

    /**
     * Learns the best fully.
     *
     * @param usual counts as the best if it is nearly so
     */
    private LearnedCode made(
            float[][] rows, List<ItqChoice> tried, ItqChoice usual, int iterations, HeldOutRecall heldOut) {
        double least = tried.getFirst().recall() - NEARLY;
        List<ItqChoice> left = new ArrayList<>(tried);
        List<ItqChoice> choices = new ArrayList<>();
        Learned best = null;
        double most = -1;
        for (int i = 0; i < tried.size(); i++) {
            ItqChoice choice = tried.get(i);
            boolean close = i < FINALISTS && choice.recall() >= least;
            if (!close && !choice.isLike(usual)) {
                continue;
            }
            left.remove(choice);
            Learned learned = weights(heldOut.others(), choice, iterations);
            ItqChoice judged = choice.judged(heldOut.of(learned.weights(), bits));
            double recall = judged.recall() + (choice.isLike(usual) ? USUAL : 0);
            choices.add(recall > most ? 0 : choices.size(), judged);
            if (recall > most) {
                best = learned;
                most = recall;
            }
        }
        choices.addAll(left);
        if (rows.length < FEWEST_ROWS) {
            // all that are there serve: without a held-out fifth of 5,000, uniform vectors lost .01 of recall
            best = weights(rows, choices.getFirst(), iterations);
        }
        return code(rows, best, List.copyOf(choices));
    }

    private LearnedCode code(float[][] rows, Learned learned, List<ItqChoice> choices) {
        LearnedCode code = Planes.code("itq", rows, pca.centering(), learned.weights(), null, bits, workers, progress);
        return new LearnedCode(
                code.method(),
                bits,
                code.center(),
                code.weights(),
                code.thresholds(),
                code.scale(),
                learned.errors(),
                choices);
    }

    /**
     * Planes in one way.
     *
     * @param errors before each iteration; empty if none was made
     */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Learned(float[] weights, double[] errors) {}

    /** @param rows of which some are learned from */
    private Learned weights(float[][] rows, ItqChoice choice, int iterations) {
        float[] weights = new float[bits * dims];
        if (choice.components() == 0) {
            Random random = new Random(seed + choice.draw());
            for (int i = 0; i < weights.length; i++) {
                if (i % dims == 0) {
                    progress.at("planes", i / dims, bits);
                }
                weights[i] = (float) random.nextGaussian();
            }
            return new Learned(weights, new double[0]);
        }
        int turned = Math.min(choice.components(), Math.min(bits, pca.rank()));
        float[] plain = pca.components(turned);
        float[] first = choice.balanced() ? balanced(plain, pca.variances(), turned) : plain;
        Procrustes procrustes = new Procrustes(turned, workers, () -> progress.at("rotation", 0, 1));
        double[] errors = new double[0];
        float[] matrix;
        if (choice.learned()) {
            float[][] some = spread(rows, mostRows(turned));
            float[] vectors = project(some, pca.centering(), first, turned, workers, progress);
            Rotation rotation = new Rotation(vectors, some.length, turned, seed, workers, progress);
            errors = rotation.errors(rotation.iterate(iterations));
            matrix = rotation.matrix();
        } else {
            matrix = Rotation.random(procrustes, turned, seed);
        }
        multiply(matrix, first, turned, dims, weights, 0, workers, progress);
        for (int to = turned; to < bits; to += turned) {
            float[] random = Rotation.random(procrustes, turned, seed + to);
            multiply(random, plain, turned, dims, weights, to, workers, progress);
        }
        return new Learned(weights, errors);
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
        long components = (long) Float.BYTES * dims * (dims + 3L * turned + 2L * bits);
        return Math.max(
                Pca.bytes(dims, threads),
                components
                        + learning
                        + Math.max(Planes.bytes(dims, bits, threads), HeldOutRecall.bytes(rows, dims, bits, threads)));
    }

    private static int mostRows(int bits) {
        return Math.clamp((long) ROWS_FOR_A_BIT * bits, FEWEST_ROWS, MOST_ROWS);
    }

    /** Picks vectors at even distances in the sample, all if there are no more. */
    static float[][] spread(float[][] rows, int most) {
        int count = Math.min(rows.length, most);
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
                if (i % bits == 0) {
                    procrustes.check();
                }
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
