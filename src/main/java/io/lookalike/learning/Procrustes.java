package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Workers;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The orthogonal matrix nearest to a square one: U Vᵀ of its singular value decomposition U S Vᵀ (Schönemann: A
 * Generalized Solution of the Orthogonal Procrustes Problem, Psychometrika 1966).
 *
 * <p>Iterates X (3 I - Xᵀ X) / 2, which brings every singular value to one (Björck and Bowie, SIAM Journal on Numerical
 * Analysis 1971). This takes about twenty products of matrices, 10 ms for 256 dims and 80 ms for 512; the decomposition
 * takes 100 and 640 ms. If a singular value is too near to zero to converge, EJML decomposes the matrix.
 */
final class Procrustes {
    private static final int STEPS = 40;
    private static final int STRIPE = 32;
    private static final double NEAR = 1e-5;

    private final int dims;
    private final Workers workers;
    private final Runnable check;
    private final PackedMatrix right;
    private final float[][] out;

    Procrustes(int dims, Workers workers, Runnable check) {
        this.dims = dims;
        this.workers = workers;
        this.check = check;
        this.right = new PackedMatrix(dims, dims);
        this.out = new float[workers.threads()][STRIPE * right.stride()];
    }

    static long bytes(int dims, int threads) {
        // three matrices for the iteration, or seven of doubles in EJML
        return 2 * PackedMatrix.bytes(dims, dims)
                + 7L * Double.BYTES * dims * dims
                + threads * PackedMatrix.bytes(STRIPE, dims);
    }

    /** Ends the work if the caller wants that. */
    void check() {
        check.run();
    }

    /** The orthogonal matrix nearest to {@code [dims][dims]}, which is not changed. */
    float[] nearest(double[] matrix) {
        float[] x = scaled(matrix);
        float[] gram = new float[dims * dims];
        for (int step = 0; step < STEPS; step++) {
            double far = gram(x, gram);
            if (far < NEAR) {
                return x;
            }
            x = times(x, gram);
        }
        return decompose(matrix);
    }

    /**
     * The matrix divided by a bound of its greatest singular value: the square root of the product of its greatest
     * absolute row and column sums.
     */
    private float[] scaled(double[] matrix) {
        double[] columns = new double[dims];
        double row = 0;
        double column = 0;
        for (int i = 0; i < dims; i++) {
            double sum = 0;
            for (int j = 0; j < dims; j++) {
                sum += Math.abs(matrix[i * dims + j]);
                columns[j] += Math.abs(matrix[i * dims + j]);
            }
            row = Math.max(row, sum);
        }
        for (double sum : columns) {
            column = Math.max(column, sum);
        }
        double bound = Math.sqrt(row * column);
        float[] scaled = new float[dims * dims];
        for (int i = 0; i < scaled.length && bound > 0; i++) {
            scaled[i] = (float) (matrix[i] / bound);
        }
        return scaled;
    }

    /** Writes (3 I - Xᵀ X) / 2; returns the greatest absolute component of Xᵀ X - I. */
    private double gram(float[] x, float[] gram) {
        for (int k = 0; k < dims; k++) {
            right.setRow(k, x, k * dims);
        }
        double[] far = new double[dims];
        stripes((i, count, products) -> {
            right.multiply(x, i, count, 1, dims, 0, products);
            for (int r = 0; r < count; r++) {
                for (int j = 0; j < dims; j++) {
                    float product = products[r * right.stride() + j];
                    float identity = i + r == j ? 1 : 0;
                    far[i + r] = Math.max(far[i + r], Math.abs(product - identity));
                    gram[(i + r) * dims + j] = 1.5f * identity - .5f * product;
                }
            }
        });
        double farthest = 0;
        for (double f : far) {
            farthest = Math.max(farthest, f);
        }
        return farthest;
    }

    private float[] times(float[] x, float[] gram) {
        for (int k = 0; k < dims; k++) {
            right.setRow(k, gram, k * dims);
        }
        float[] product = new float[dims * dims];
        stripes((i, count, products) -> {
            right.multiply(x, i * dims, count, dims, 1, 0, products);
            for (int r = 0; r < count; r++) {
                System.arraycopy(products, r * right.stride(), product, (i + r) * dims, dims);
            }
        });
        return product;
    }

    private interface Stripe {
        void run(int first, int count, float[] products);
    }

    private void stripes(Stripe stripe) {
        workers.each((dims + STRIPE - 1) / STRIPE, check, (task, worker) -> {
            int first = task * STRIPE;
            stripe.run(first, Math.min(STRIPE, dims - first), out[worker]);
        });
    }

    private float[] decompose(double[] matrix) {
        SingularValueDecomposition_F64<DMatrixRMaj> svd = DecompositionFactory_DDRM.svd(dims, dims, true, true, false);
        DMatrixRMaj copy = new DMatrixRMaj(dims, dims);
        System.arraycopy(matrix, 0, copy.data, 0, matrix.length);
        if (!svd.decompose(copy)) {
            throw new IllegalArgumentException("no singular values were found for a matrix of [" + dims + "] dims");
        }
        DMatrixRMaj product = new DMatrixRMaj(dims, dims);
        CommonOps_DDRM.mult(svd.getU(null, false), svd.getV(null, true), product);
        float[] nearest = new float[dims * dims];
        for (int i = 0; i < nearest.length; i++) {
            nearest[i] = (float) product.data[i];
        }
        return nearest;
    }
}
