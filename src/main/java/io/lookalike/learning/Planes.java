package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Binary codes by planes that depend on the sample but are not trained: the signs of principal components, and random
 * planes in the space of the first components.
 *
 * <p>Costs that of {@link Pca}, and vectors x dims x bits products for the thresholds. Stateless.
 */
public final class Planes {
    private static final int STRIPE = 32;
    /** The scale is fitted by all pairs of so many vectors. */
    private static final int PAIRED = 1024;

    private Planes() {}

    /**
     * The signs of the first principal components (Gong and Lazebnik's baseline PCA-direct).
     *
     * @param rows {@code [n][dims]}, not changed
     * @throws IllegalArgumentException if there are no vectors, they vary in fewer directions than there are bits, or a
     *     component is not finite
     */
    public static LearnedCode pcaSign(float[][] rows, int bits, Workers workers, Progress progress) {
        requireBits("pca_sign.bits", bits);
        Pca pca = Pca.learn(rows, workers, progress);
        pca.requireRank("pca_sign.bits", bits, "bits");
        return code("pca_sign", rows, pca.centering(), pca.components(bits), null, bits, workers, progress);
    }

    /**
     * Random planes in the space of the first principal components; the threshold of a plane is the median of its
     * products with the sample.
     *
     * @param rows {@code [n][dims]}, not changed
     * @param bits any number
     * @param dims number of components
     * @param seed chooses the planes
     * @throws IllegalArgumentException if there are no vectors, they vary in fewer directions than {@code dims}, or a
     *     component is not finite
     */
    public static LearnedCode pcaPlanes(
            float[][] rows, int bits, int dims, long seed, Workers workers, Progress progress) {
        requireBits("pca_planes.bits", bits);
        Pca pca = Pca.learn(rows, workers, progress);
        pca.requireRank("pca_planes.dims", dims, "dims");
        int cols = rows[0].length;
        float[] components = pca.components(dims);
        Random random = new Random(seed);
        float[] weights = new float[bits * cols];
        for (int i = 0; i < bits; i++) {
            progress.at("planes", i, bits);
            for (int component = 0; component < dims; component++) {
                float gaussian = (float) random.nextGaussian();
                for (int d = 0; d < cols; d++) {
                    weights[i * cols + d] += gaussian * components[component * cols + d];
                }
            }
        }
        float[] medians = medians(rows, pca.centering(), weights, bits, workers, progress);
        return code("pca_planes", rows, pca.centering(), weights, medians, bits, workers, progress);
    }

    /**
     * The signs of {@code W x + b}.
     *
     * @param rows {@code [n][dims]}, which the scale is fitted by
     */
    static LearnedCode of(String method, float[][] rows, Linear planes, Workers workers, Progress progress) {
        float[] thresholds = planes.thresholds();
        Centering none = new Centering(new float[planes.cols()], 1);
        double scale = scale(rows, none, planes.weights(), thresholds, planes.rows(), workers, progress);
        return new LearnedCode(
                method, planes.rows(), null, planes.weights(), thresholds, scale, new double[0], List.of());
    }

    /** The most bytes that {@link #pcaSign} and {@link #pcaPlanes} take beside the sample. */
    public static long bytes(int rows, int dims, int bits, int threads) {
        return Math.max(
                Pca.bytes(dims, threads),
                (long) Float.BYTES * (dims * (dims + 2L * bits) + (long) rows * STRIPE) + bytes(dims, bits, threads));
    }

    /** The bytes that {@link #code} takes beside sample and weights. */
    static long bytes(int dims, int bits, int threads) {
        return PackedMatrix.bytes(dims, Math.max(bits, PAIRED))
                + PackedMatrix.bytes(bits, PAIRED)
                + (long) Float.BYTES * PAIRED * (dims + 2L * bits)
                + 2L * threads * PackedMatrix.bytes(STRIPE, PAIRED);
    }

    static void requireBits(String field, int bits) {
        if (bits < 8 || bits > 4096 || bits % 8 != 0) {
            throw new IllegalArgumentException(
                    "[" + field + "] must be a multiple of 8 within [8..4096]; got [" + bits + "]");
        }
    }

    /** The median product of the centred sample with each plane; computes some planes at a time. */
    private static float[] medians(
            float[][] rows, Centering centering, float[] weights, int bits, Workers workers, Progress progress) {
        int cols = rows[0].length;
        float[] medians = new float[bits];
        for (int first = 0; first < bits; first += STRIPE) {
            int from = first;
            int count = Math.min(STRIPE, bits - first);
            float[] some = Arrays.copyOfRange(weights, first * cols, (first + count) * cols);
            PackedMatrix planes = SampleBlocks.transposed(some, count, cols);
            float[][] out = new float[workers.threads()][SampleBlocks.SIZE * planes.stride()];
            float[][] products = new float[count][rows.length];
            new SampleBlocks(rows, centering, workers).each("thresholds", progress, (at, here, block, worker) -> {
                planes.multiply(block, 0, here, cols, 1, 0, out[worker]);
                for (int i = 0; i < here; i++) {
                    for (int j = 0; j < count; j++) {
                        products[j][at + i] = out[worker][i * planes.stride() + j];
                    }
                }
            });
            Runnable check = () -> progress.at("thresholds", from, bits);
            workers.each(count, check, (j, worker) -> {
                Arrays.sort(products[j]);
                int middle = products[j].length / 2;
                double below = products[j][(products[j].length - 1) / 2];
                medians[from + j] = (float) ((below + products[j][middle]) / 2 / centering.factor());
            });
        }
        return medians;
    }

    /** Makes a code and fits its scale. */
    static LearnedCode code(
            String method,
            float[][] rows,
            Centering centering,
            float[] weights,
            float[] thresholds,
            int bits,
            Workers workers,
            Progress progress) {
        double scale = scale(rows, centering, weights, thresholds, bits, workers, progress);
        return new LearnedCode(method, bits, centering.mean(), weights, thresholds, scale, new double[0], List.of());
    }

    /**
     * Fits the scale by least squares over pairs of vectors q and x of the sample, less the centre: (q · x) ≈ scale |x|
     * Σ sign_i(x) w_i · q. If nothing can be fitted, it is that of random hyperplanes.
     */
    private static double scale(
            float[][] rows,
            Centering centering,
            float[] weights,
            float[] thresholds,
            int bits,
            Workers workers,
            Progress progress) {
        int dims = rows[0].length;
        int count = Math.min(rows.length, PAIRED);
        float[] vectors = new float[count * dims];
        double[] norms = new double[count];
        for (int i = 0; i < count; i++) {
            centering.write(rows[(int) ((long) i * rows.length / count)], vectors, i * dims);
            for (int d = i * dims; d < (i + 1) * dims; d++) {
                norms[i] += (double) vectors[d] * vectors[d];
            }
            norms[i] = Math.sqrt(norms[i]);
        }
        PackedMatrix planes = SampleBlocks.transposed(weights, bits, dims);
        float[] projections = new float[count * bits];
        PackedMatrix signs = new PackedMatrix(bits, count);
        multiply(planes, vectors, count, dims, workers, progress, (i, products, at) -> {
            float[] column = new float[bits];
            for (int j = 0; j < bits; j++) {
                float y = products[at + j];
                projections[i * bits + j] = y;
                float threshold = thresholds == null ? 0 : thresholds[j] * centering.factor();
                column[j] = y - threshold > 0 ? 1 : -1;
            }
            signs.setColumn(i, column, 0);
        });
        PackedMatrix others = SampleBlocks.transposed(vectors, count, dims);
        double[] over = new double[count];
        double[] under = new double[count];
        float[] sums = new float[count * signs.stride()];
        multiply(
                signs,
                projections,
                count,
                bits,
                workers,
                progress,
                (i, products, at) -> System.arraycopy(products, at, sums, i * signs.stride(), signs.stride()));
        multiply(others, vectors, count, dims, workers, progress, (i, products, at) -> {
            for (int j = 0; j < count; j++) {
                if (i != j) {
                    double estimate = norms[j] * sums[i * signs.stride() + j];
                    over[i] += estimate * products[at + j];
                    under[i] += estimate * estimate;
                }
            }
        });
        double scale = Arrays.stream(over).sum() / Arrays.stream(under).sum();
        return scale > 0 && scale < Double.POSITIVE_INFINITY ? scale : 1 / (bits * Math.sqrt(2 / Math.PI));
    }

    private interface Row {
        void accept(int i, float[] products, int at);
    }

    /** Multiplies {@code [count][depth]} with a matrix, and hands over the rows of the product. */
    private static void multiply(
            PackedMatrix matrix, float[] left, int count, int depth, Workers workers, Progress progress, Row row) {
        float[][] out = new float[workers.threads()][STRIPE * matrix.stride()];
        int stripes = (count + STRIPE - 1) / STRIPE;
        workers.each(stripes, () -> progress.at("scale", 0, 1), (stripe, worker) -> {
            int first = stripe * STRIPE;
            int here = Math.min(STRIPE, count - first);
            matrix.multiply(left, first * depth, here, depth, 1, 0, out[worker]);
            for (int i = 0; i < here; i++) {
                row.accept(first + i, out[worker], i * matrix.stride());
            }
        });
    }
}
