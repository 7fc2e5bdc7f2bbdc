package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.Random;

/**
 * A linear layer in training: {@code y = W x + b}, the gradients of one batch, and what Adam remembers of earlier ones
 * (Kingma and Ba: Adam, ICLR 2015, algorithm 1; weights decay apart from it, Loshchilov and Hutter, ICLR 2019).
 *
 * <p>Products are {@link PackedMatrix}'s, so the same data and seed give the same bits on every machine, whatever the
 * number of threads. One batch costs three products of {@code count x rows x cols}. For one thread, which shares the
 * work with its {@link Workers}.
 */
final class Layer {
    private static final double FIRST_MOMENT = .9;
    private static final double SECOND_MOMENT = .999;
    private static final double TINY = 1e-8;

    /** Rows of a product that are one task of a thread. */
    private static final int ROWS = 32;

    /** Weights that are one task of a thread. */
    private static final int WEIGHTS = 1 << 14;

    final int rows;
    final int cols;
    final float[] weights;
    final float[] bias;
    /** By the weights; what {@link #backward} found. */
    final float[] weightGradients;

    private final float[] biasGradients;
    private final Workers workers;
    private final Runnable check;
    private final int batch;
    /** For steps; null before the first. */
    private float[] first;

    private float[] second;
    /** For products; null before the first {@link #prepare}. */
    private PackedMatrix transposed;

    private PackedMatrix plain;
    private PackedMatrix inputs;
    private float[][] products;
    private int steps;

    /**
     * @param batch the most rows of a batch
     * @param check called between pieces of work; what it throws ends the work
     */
    Layer(int rows, int cols, int batch, Workers workers, Runnable check) {
        this.rows = rows;
        this.cols = cols;
        this.batch = batch;
        this.workers = workers;
        this.check = check;
        weights = new float[rows * cols];
        bias = new float[rows];
        weightGradients = new float[weights.length];
        biasGradients = new float[rows];
    }

    /** The bytes of one that only steps: weights, gradients and two moments. */
    static long bytes(long rows, long cols) {
        return 4L * Float.BYTES * rows * (cols + 1);
    }

    /** The bytes of one that is multiplied with batches, too. */
    static long bytes(long rows, long cols, int batch, int threads) {
        return bytes(rows, cols)
                + PackedMatrix.bytes(cols, rows)
                + PackedMatrix.bytes(rows, cols)
                + PackedMatrix.bytes(batch, cols)
                + threads * PackedMatrix.bytes(ROWS, Math.max(rows, cols));
    }

    /** Weights from a normal distribution of variance {@code 2 / cols} (He et al., ICCV 2015). */
    Layer random(Random random) {
        double scale = Math.sqrt(2.0 / cols);
        for (int i = 0; i < weights.length; i++) {
            if (i % WEIGHTS == 0) {
                check.run();
            }
            weights[i] = (float) (scale * random.nextGaussian());
        }
        return this;
    }

    /** Lays out the weights for the products that follow; to be called after each change of them. */
    void prepare() {
        if (transposed == null) {
            transposed = new PackedMatrix(cols, rows);
            plain = new PackedMatrix(rows, cols);
            inputs = new PackedMatrix(batch, cols);
            products = new float[workers.threads()]
                    [ROWS * Math.max(transposed.stride(), Math.max(plain.stride(), inputs.stride()))];
        }
        for (int j = 0; j < rows; j++) {
            transposed.setColumn(j, weights, j * cols);
            plain.setRow(j, weights, j * cols);
        }
    }

    /**
     * The outputs of a batch.
     *
     * @param in {@code [count][cols]}
     * @param out receives {@code [count][rows]}
     */
    void forward(float[] in, int count, float[] out) {
        each(count, (from, some, product) -> {
            transposed.multiply(in, from * cols, some, cols, 1, 0, product);
            for (int i = 0; i < some; i++) {
                for (int j = 0; j < rows; j++) {
                    out[(from + i) * rows + j] = product[i * transposed.stride() + j] + bias[j];
                }
            }
        });
    }

    /**
     * The gradients of a whole batch by the weights, kept for {@link #step}, and by the inputs.
     *
     * @param in {@code [batch][cols]}, what {@link #forward} got
     * @param gradients by the outputs, {@code [batch][rows]}
     * @param inGradients receives those by the inputs, {@code [batch][cols]}; null where they are not needed
     */
    void backward(float[] in, float[] gradients, float[] inGradients) {
        for (int i = 0; i < batch; i++) {
            inputs.setRow(i, in, i * cols);
        }
        each(rows, (from, some, product) -> {
            inputs.multiply(gradients, from, some, 1, rows, 0, product);
            for (int j = 0; j < some; j++) {
                System.arraycopy(product, j * inputs.stride(), weightGradients, (from + j) * cols, cols);
            }
        });
        Arrays.fill(biasGradients, 0);
        for (int i = 0; i < batch; i++) {
            UnitVectors.add(biasGradients, 0, 1, gradients, i * rows, rows);
        }
        if (inGradients != null) {
            each(batch, (from, some, product) -> {
                plain.multiply(gradients, from * rows, some, rows, 1, 0, product);
                for (int i = 0; i < some; i++) {
                    System.arraycopy(product, i * plain.stride(), inGradients, (from + i) * cols, cols);
                }
            });
        }
    }

    /** Moves weights and biases against their gradients. */
    void step(double rate, double decay) {
        if (first == null) {
            first = new float[weights.length + rows];
            second = new float[first.length];
        }
        steps++;
        double a = 1 - StrictMath.pow(FIRST_MOMENT, steps);
        double b = 1 - StrictMath.pow(SECOND_MOMENT, steps);
        workers.each((weights.length + WEIGHTS - 1) / WEIGHTS, check, (task, worker) -> {
            int end = Math.min(weights.length, (task + 1) * WEIGHTS);
            for (int i = task * WEIGHTS; i < end; i++) {
                weights[i] -= (float) (rate * (change(i, weightGradients[i], a, b) + decay * weights[i]));
            }
        });
        for (int j = 0; j < rows; j++) {
            bias[j] -= (float) (rate * change(weights.length + j, biasGradients[j], a, b));
        }
    }

    private double change(int i, float gradient, double a, double b) {
        first[i] = (float) (FIRST_MOMENT * first[i] + (1 - FIRST_MOMENT) * gradient);
        second[i] = (float) (SECOND_MOMENT * second[i] + (1 - SECOND_MOMENT) * gradient * gradient);
        return first[i] / a / (Math.sqrt(second[i] / b) + TINY);
    }

    Linear learned() {
        return new Linear(weights.clone(), bias.clone(), rows, cols);
    }

    /** Some rows of a product. */
    @FunctionalInterface
    private interface Rows {
        void run(int from, int count, float[] product);
    }

    private void each(int count, Rows part) {
        workers.each(
                (count + ROWS - 1) / ROWS,
                check,
                (task, worker) -> part.run(task * ROWS, Math.min(ROWS, count - task * ROWS), products[worker]));
    }
}
