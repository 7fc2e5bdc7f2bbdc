package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;

/**
 * The principal components of a sample: the eigenvectors of its covariance.
 *
 * <p>The covariance is summed in floats over each 512 vectors, and beyond that in doubles. Costs half of vectors x
 * dims² products, and that of {@link SymmetricEigen}; 50,000 vectors of 784 dims take 2 s on two cores. Immutable.
 */
public final class Pca {
    private static final int CHUNK = 512;
    private static final int STRIPE = 32;
    /** A variance below this share of the greatest one is a rounding error. */
    private static final double NOISE = 1e-7;

    /** The fewest bits of a code. */
    private static final int FEWEST_BITS = 16;

    private final Centering centering;
    private final SymmetricEigen eigen;
    private final int rank;

    private Pca(Centering centering, SymmetricEigen eigen, int rows) {
        this.centering = centering;
        this.eigen = eigen;
        int varied = 0;
        while (varied < eigen.values.length
                && eigen.values[varied] > 0
                && eigen.values[varied] > NOISE * eigen.values[0]) {
            varied++;
        }
        this.rank = Math.min(varied, rows - 1);
    }

    /**
     * Learns the components.
     *
     * @param rows {@code [n][dims]}, not changed
     * @throws IllegalArgumentException if there are no vectors, they have different numbers of dims, or a component is
     *     not finite
     */
    public static Pca learn(float[][] rows, Workers workers, Progress progress) {
        Centering centering = Centering.of(rows, workers, progress);
        SymmetricEigen eigen = SymmetricEigen.of(covariance(rows, centering, workers, progress), progress);
        return new Pca(centering, eigen, rows.length);
    }

    /** The most bytes that {@link #learn} takes beside the sample. */
    public static long bytes(int dims, int threads) {
        return SymmetricEigen.bytes(dims)
                + PackedMatrix.bytes(CHUNK, dims)
                + (long) Float.BYTES * CHUNK * dims
                + threads * PackedMatrix.bytes(STRIPE, dims);
    }

    private static DMatrixRMaj covariance(float[][] rows, Centering centering, Workers workers, Progress progress) {
        int dims = rows[0].length;
        DMatrixRMaj sums = new DMatrixRMaj(dims, dims);
        PackedMatrix right = new PackedMatrix(CHUNK, dims);
        float[] left = new float[CHUNK * dims];
        float[][] out = new float[workers.threads()][STRIPE * right.stride()];
        for (int first = 0; first < rows.length; first += CHUNK) {
            int from = first;
            Runnable check = () -> progress.at("covariance", from, rows.length);
            workers.each(CHUNK / STRIPE, check, (part, worker) -> {
                for (int k = part * STRIPE; k < (part + 1) * STRIPE; k++) {
                    if (from + k < rows.length) {
                        centering.write(rows[from + k], left, k * dims);
                    } else {
                        Arrays.fill(left, k * dims, (k + 1) * dims, 0);
                    }
                    right.setRow(k, left, k * dims);
                }
            });
            workers.each((dims + STRIPE - 1) / STRIPE, check, (stripe, worker) -> {
                int i = stripe * STRIPE;
                int count = Math.min(STRIPE, dims - i);
                right.multiply(left, i, count, 1, dims, PackedMatrix.panelOf(i), out[worker]);
                add(out[worker], right.stride(), i, count, sums);
            });
        }
        for (int i = 0; i < dims; i++) {
            for (int j = i; j < dims; j++) {
                double covariance = sums.get(i, j) / rows.length;
                sums.set(i, j, covariance);
                sums.set(j, i, covariance);
            }
        }
        return sums;
    }

    /** Adds the upper triangle of rows from {@code i} on. */
    private static void add(float[] products, int stride, int i, int count, DMatrixRMaj sums) {
        for (int r = 0; r < count; r++) {
            int at = (i + r) * sums.numCols;
            for (int j = i + r; j < sums.numCols; j++) {
                sums.data[at + j] += products[r * stride + j];
            }
        }
    }

    /** Number of directions in which the sample varies; less than its number of vectors. */
    public int rank() {
        return rank;
    }

    /** The variance of the sample along each component, greatest first. */
    public double[] variances() {
        double[] variances = new double[eigen.values.length];
        for (int i = 0; i < variances.length; i++) {
            variances[i] = Math.max(0, eigen.values[i]) / centering.factor() / centering.factor();
        }
        return variances;
    }

    /** The share of the variance in the first components, 0 to 1; 1 if there is no variance. */
    public double explained(int components) {
        double[] variances = variances();
        double all = Arrays.stream(variances).sum();
        return all > 0 ? Arrays.stream(variances, 0, components).sum() / all : 1;
    }

    /**
     * The linear map of vectors to their first components.
     *
     * @param dims of the result
     * @param whiten whether each component is divided by its standard deviation
     * @throws IllegalArgumentException if the sample varies in fewer directions
     */
    public Linear stage(int dims, boolean whiten) {
        requireRank("pca.dims", dims, "dims");
        int cols = centering.mean().length;
        float[] weights = new float[dims * cols];
        float[] bias = new float[dims];
        double[] variances = variances();
        for (int i = 0; i < dims; i++) {
            double scale = whiten ? 1 / Math.sqrt(variances[i]) : 1;
            double product = 0;
            for (int d = 0; d < cols; d++) {
                float weight = (float) (scale * eigen.vectors[i][d]);
                weights[i * cols + d] = weight;
                product += (double) weight * centering.mean()[d];
            }
            bias[i] = (float) -product;
        }
        return new Linear(weights, bias, dims, cols);
    }

    /**
     * Refuses more directions than there are.
     *
     * @param field the user's name of the number
     * @param what unit of the number, for the message
     */
    void requireRank(String field, int wanted, String what) {
        int dims = centering.mean().length;
        if (wanted < 1) {
            throw new IllegalArgumentException("[" + field + "] must be at least [1]; got [" + wanted + "]");
        }
        if (wanted <= rank) {
            return;
        }
        boolean bits = what.equals("bits");
        List<String> remedies = new ArrayList<>();
        if (rank >= (bits ? FEWEST_BITS : 1)) {
            remedies.add("ask for at most [" + (bits ? rank - rank % Byte.SIZE : rank) + "] " + what);
        }
        if (wanted > dims && bits) {
            remedies.add("learn from an encoder with more dims");
        }
        if (wanted <= dims || remedies.isEmpty()) {
            remedies.add(rank == 0 ? "learn from vectors that differ" : "learn from more vectors");
        }
        throw new IllegalArgumentException("[" + field + "] is [" + wanted + "] but "
                + (wanted > dims
                        ? "vectors have [" + dims + "] dims"
                        : "the vectors of the sample vary in [" + rank + "] directions only")
                + "; " + String.join(", or ", remedies));
    }

    Centering centering() {
        return centering;
    }

    /** The first components, {@code [count][dims]} row by row, unit vectors. */
    float[] components(int count) {
        int dims = centering.mean().length;
        float[] components = new float[count * dims];
        for (int i = 0; i < count; i++) {
            System.arraycopy(eigen.vectors[i], 0, components, i * dims, dims);
        }
        return components;
    }
}
