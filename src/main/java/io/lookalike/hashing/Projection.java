package io.lookalike.hashing;

/**
 * The products of a vector with each of many planes, random or learned.
 *
 * <p>The products are the same on every machine: for each plane, float products are added in the order of the dims, as
 * the Java language prescribes, without fused or reordered operations. It is fast all the same: weights are stored by
 * dim ({@code weights[dim][plane]}), so the compiler vectorizes over planes, each in a lane of its own. This needs an
 * array for each dim: with offsets into one array, the compiler cannot exclude overlaps (85 µs instead of 23 for 1280
 * dims and 256 planes).
 *
 * <p>Random weights are made once, at the first use. They take 4 bytes for each dim and plane, at most 64 MiB.
 * Thread-safe.
 */
final class Projection {
    static final int MAX_WEIGHTS = 4096 * 4096;

    private final int dims;
    private final int planes;
    private final long seed;
    private final float[] center;
    private volatile float[][] weights;

    /**
     * Random planes.
     *
     * @param center subtracted from each vector, of {@code dims} components, or null
     * @throws IllegalArgumentException if dims are not 1..4096, the product of dims and planes is above 4096 * 4096, or
     *     the centre has another number of components or one that is not finite
     */
    Projection(int dims, int planes, long seed, float[] center) {
        if (dims < 1 || dims > Gaussians.MAX_DIMS) {
            throw new IllegalArgumentException("[dims] must be within [1..4096]; got [" + dims + "]");
        }
        if ((long) dims * planes > MAX_WEIGHTS) {
            throw new IllegalArgumentException("[" + dims + "] dims and [" + planes + "] hyperplanes need more than ["
                    + MAX_WEIGHTS + "] weights; use fewer bits");
        }
        if (center != null) {
            check("center", center, dims);
        }
        this.dims = dims;
        this.planes = planes;
        this.seed = seed;
        this.center = center == null ? null : center.clone();
    }

    /**
     * Learned planes, under the same conditions.
     *
     * @param rows {@code [planes x dims]}, plane by plane
     */
    Projection(int dims, int planes, float[] rows, float[] center) {
        this(dims, planes, 0, center);
        this.weights = columns(rows, planes, dims);
    }

    /** {@code [dims][rows]} of {@code [rows x dims]}. */
    static float[][] columns(float[] values, int rows, int dims) {
        if (values.length != (long) rows * dims) {
            throw new IllegalArgumentException("[" + rows + "] rows of [" + dims + "] dims must have ["
                    + (long) rows * dims + "] values; got [" + values.length + "]");
        }
        float[][] columns = new float[dims][rows];
        for (int row = 0; row < rows; row++) {
            for (int dim = 0; dim < dims; dim++) {
                columns[dim][row] = values[row * dims + dim];
            }
        }
        return columns;
    }

    /** The reverse of {@link #columns}. */
    static float[] rows(float[][] columns) {
        int rows = columns[0].length;
        float[] values = new float[rows * columns.length];
        for (int dim = 0; dim < columns.length; dim++) {
            for (int row = 0; row < rows; row++) {
                values[row * columns.length + dim] = columns[dim][row];
            }
        }
        return values;
    }

    /** The weights, {@code [planes x dims]}, plane by plane. */
    float[] rows() {
        return rows(weights());
    }

    /** Null without one. */
    float[] center() {
        return center == null ? null : center.clone();
    }

    int dims() {
        return dims;
    }

    /**
     * The products of (vector - centre) with each plane; a bit is set if its product is above zero.
     *
     * @throws IllegalArgumentException if the vector has another number of dims or a component that is not finite
     */
    float[] products(float[] vector) {
        check("vector", vector, dims);
        float[][] w = weights();
        float[] sums = new float[planes];
        int dim = 0;
        for (; dim + 4 <= dims; dim += 4) {
            add(
                    sums,
                    w[dim],
                    at(vector, dim),
                    w[dim + 1],
                    at(vector, dim + 1),
                    w[dim + 2],
                    at(vector, dim + 2),
                    w[dim + 3],
                    at(vector, dim + 3));
        }
        for (; dim < dims; dim++) {
            add(sums, w[dim], at(vector, dim));
        }
        return sums;
    }

    /** The Euclidean distance of a vector of {@code dims} components from the centre. */
    float norm(float[] vector) {
        double squares = 0;
        for (int dim = 0; dim < dims; dim++) {
            double x = at(vector, dim);
            squares += x * x;
        }
        return (float) Math.sqrt(squares);
    }

    private float at(float[] vector, int dim) {
        return center == null ? vector[dim] : vector[dim] - center[dim];
    }

    private static void add(float[] sums, float[] weights, float x) {
        for (int plane = 0; plane < sums.length; plane++) {
            sums[plane] += x * weights[plane];
        }
    }

    /**
     * Adds four dims, in the same order as four calls of the other method, with a quarter of the loads and stores of
     * the sums.
     */
    private static void add(
            float[] sums,
            float[] weights0,
            float x0,
            float[] weights1,
            float x1,
            float[] weights2,
            float x2,
            float[] weights3,
            float x3) {
        for (int plane = 0; plane < sums.length; plane++) {
            float sum = sums[plane] + x0 * weights0[plane];
            sum += x1 * weights1[plane];
            sum += x2 * weights2[plane];
            sums[plane] = sum + x3 * weights3[plane];
        }
    }

    private float[][] weights() {
        float[][] made = weights;
        if (made == null) {
            synchronized (this) {
                made = weights;
                if (made == null) {
                    made = make();
                    weights = made;
                }
            }
        }
        return made;
    }

    private float[][] make() {
        float[][] made = new float[dims][planes];
        for (int dim = 0; dim < dims; dim++) {
            for (int plane = 0; plane < planes; plane++) {
                made[dim][plane] = Gaussians.weight(seed, plane, dim);
            }
        }
        return made;
    }

    private static void check(String what, float[] vector, int dims) {
        if (vector.length != dims) {
            throw new IllegalArgumentException(
                    "[" + what + "] has [" + vector.length + "] dims but the hyperplanes have [" + dims + "]");
        }
        for (int i = 0; i < dims; i++) {
            if (!Float.isFinite(vector[i])) {
                throw new IllegalArgumentException("[" + what + "] has the component [" + vector[i] + "] at index [" + i
                        + "]; components must be finite");
            }
        }
    }
}
