package io.lookalike.vectors;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Vectors of floats in mapped memory, read in place and compared with a query, several at once.
 *
 * <p>The floats are contiguous, little-endian, at any offset. Scattered vectors are read eight at once, so that the
 * waits for memory overlap. Consecutive vectors are read one by one, which suits hardware prefetching best. Each vector
 * b is scaled first, for example by its magnitude; each component is rounded to a float. Sums are those of
 * {@link ScalarFloats}: the same to the last bit on every processor, and however many vectors a call asks for. If a sum
 * is outside of the range where floats are accurate (infinite, NaN or tiny), a plain loop in doubles replaces it, as in
 * {@link Sums}.
 *
 * <p>Cost on one thread (JDK 25, AVX-512, 188 MB of vectors, medians of three processes), compared with a copy and
 * Lucene's {@code VectorUtil}:
 *
 * <table>
 * <caption>ns a vector, squared differences</caption>
 * <tr><th>dims</th><th>500 scattered</th><th>with the copy</th><th>all in a row</th><th>with the copy</th></tr>
 * <tr><td>30</td><td>146</td><td>327</td><td>22</td><td>28</td></tr>
 * <tr><td>128</td><td>105</td><td>341</td><td>33</td><td>40</td></tr>
 * <tr><td>784</td><td>266</td><td>687</td><td>138</td><td>200</td></tr>
 * <tr><td>1280</td><td>375</td><td>928</td><td>251</td><td>323</td></tr>
 * </table>
 *
 * <p>Also tried with 784 dims, scattered and in a row: Lucene's scorers of four in place 275 and 200; one at a time 480
 * and 130, two 390 and 245, four 290 and 200; four copied first and then compared 510 and 210; loops in plain Java 1050
 * and 375.
 *
 * <p>Allocates nothing after its creation. Not thread-safe: use one for each thread.
 */
public final class MappedFloats {
    private static final int GROUP = 8;
    private static final int LANES = ScalarFloats.LANES;

    /** Sums closer to zero than this may have lost components to underflow. */
    private static final double LEAST = 1e-24;

    /** So many vectors are read one by one, even if they are scattered. */
    private static final int FEW = 2;

    private static final WarmUp DIFFERENCES_8 = new WarmUp();
    private static final WarmUp DIFFERENCES_1 = new WarmUp();
    private static final WarmUp PRODUCTS_8 = new WarmUp();
    private static final WarmUp PRODUCTS_1 = new WarmUp();

    private final MemorySegment vectors;
    private final int dims;
    private final int size;
    private final long[] at = new long[GROUP];
    private final float[] scale = new float[GROUP];
    private final float[] lanes = new float[GROUP * LANES];
    private final double[] squares = new double[GROUP];
    private final float[] vector;
    private final float[] zero;

    /**
     * @param vectors mapped memory that holds whole vectors and nothing else
     * @throws IllegalArgumentException if the memory is not mapped or its size is no multiple of a vector's
     */
    public MappedFloats(MemorySegment vectors, int dims) {
        if (!vectors.isMapped()) {
            throw new IllegalArgumentException("vectors to read in place must lie in mapped memory; copy others");
        }
        long stride = (long) Float.BYTES * dims;
        if (dims < 1 || vectors.byteSize() % stride != 0) {
            throw new IllegalArgumentException(
                    "[" + vectors.byteSize() + "] bytes are not a whole number of vectors of [" + dims + "] dims");
        }
        this.vectors = vectors;
        this.dims = dims;
        this.size = Math.toIntExact(vectors.byteSize() / stride);
        this.vector = new float[dims];
        this.zero = new float[dims];
    }

    /** The number of components of a vector. */
    public int dims() {
        return dims;
    }

    /** The number of vectors. */
    public int size() {
        return size;
    }

    /** One vector, scaled; valid until the next call. */
    float[] vector(int ord, float by) {
        MemorySegment.copy(vectors, ScalarFloats.FLOAT, offset(ord), vector, 0, dims);
        if (by != 1) {
            for (int d = 0; d < dims; d++) {
                vector[d] *= by;
            }
        }
        return vector;
    }

    /**
     * Σ(a-sb)² for the query a and each of some vectors b.
     *
     * @param ords which vectors
     * @param from the first index in {@code ords}
     * @param scales the factor s of the i-th vector at index i, or null if all are 1
     * @param out receives the sum of the i-th vector at index i, for i below {@code count}
     */
    void squaredDifferences(int[] ords, int from, int count, float[] query, float[] scales, double[] out) {
        for (int first = 0; first < count; first += GROUP) {
            int n = Math.min(GROUP, count - first);
            boolean scattered = choose(ords, from + first, n, scales, first);
            squaredDifferences(n, scattered, query, out, first);
        }
    }

    /** Σa(sb), as {@link #squaredDifferences}. */
    void products(int[] ords, int from, int count, float[] query, float[] scales, double[] out) {
        for (int first = 0; first < count; first += GROUP) {
            int n = Math.min(GROUP, count - first);
            boolean scattered = choose(ords, from + first, n, scales, first);
            products(n, scattered, query, out, first);
        }
    }

    /** Σa(sb) / √(Σa² Σ(sb)²), 0 if a or b is zero, as {@link #squaredDifferences}. */
    void cosines(int[] ords, int from, int count, float[] query, float[] scales, double[] out) {
        double ofQuery = Sums.products(query, query);
        for (int first = 0; first < count; first += GROUP) {
            int n = Math.min(GROUP, count - first);
            boolean scattered = choose(ords, from + first, n, scales, first);
            products(n, scattered, query, out, first);
            // the second pass reads the vectors from a cache
            squaredDifferences(n, scattered, zero, squares, 0);
            for (int i = 0; i < n; i++) {
                out[first + i] = Sums.ratio(out[first + i], ofQuery, squares[i]);
            }
        }
    }

    /** For the chosen vectors. */
    private void squaredDifferences(int n, boolean scattered, float[] query, double[] out, int to) {
        if (scattered) {
            squaredDifferences8(query);
        }
        for (int i = 0; i < n; i++) {
            if (!scattered) {
                squaredDifferences1(i, query);
            }
            double sum = ScalarFloats.sum(lanes, LANES * i)
                    + ScalarFloats.squaredDifferencesLeft(vectors, at[i], scale[i], query);
            out[to + i] =
                    isAccurate(sum) ? sum : ScalarFloats.squaredDifferencesInDoubles(vectors, at[i], scale[i], query);
        }
    }

    /** For the chosen vectors. */
    private void products(int n, boolean scattered, float[] query, double[] out, int to) {
        if (scattered) {
            products8(query);
        }
        for (int i = 0; i < n; i++) {
            if (!scattered) {
                products1(i, query);
            }
            double sum =
                    ScalarFloats.sum(lanes, LANES * i) + ScalarFloats.productsLeft(vectors, at[i], scale[i], query);
            out[to + i] = isAccurate(sum) ? sum : ScalarFloats.productsInDoubles(vectors, at[i], scale[i], query);
        }
    }

    private void squaredDifferences8(float[] query) {
        if (WarmUp.REGISTERS && DIFFERENCES_8.next()) {
            PanamaFloats.squaredDifferences8(vectors, at, scale, query, lanes);
        } else {
            for (int i = 0; i < GROUP; i++) {
                ScalarFloats.squaredDifferences(vectors, at[i], scale[i], query, lanes, LANES * i);
            }
        }
    }

    private void squaredDifferences1(int i, float[] query) {
        if (WarmUp.REGISTERS && DIFFERENCES_1.next()) {
            PanamaFloats.squaredDifferences(vectors, at[i], scale[i], query, lanes, LANES * i);
        } else {
            ScalarFloats.squaredDifferences(vectors, at[i], scale[i], query, lanes, LANES * i);
        }
    }

    private void products8(float[] query) {
        if (WarmUp.REGISTERS && PRODUCTS_8.next()) {
            PanamaFloats.products8(vectors, at, scale, query, lanes);
        } else {
            for (int i = 0; i < GROUP; i++) {
                ScalarFloats.products(vectors, at[i], scale[i], query, lanes, LANES * i);
            }
        }
    }

    private void products1(int i, float[] query) {
        if (WarmUp.REGISTERS && PRODUCTS_1.next()) {
            PanamaFloats.products(vectors, at[i], scale[i], query, lanes, LANES * i);
        } else {
            ScalarFloats.products(vectors, at[i], scale[i], query, lanes, LANES * i);
        }
    }

    /**
     * Records the offsets and scales of the next vectors; an incomplete group is filled up with its last one.
     *
     * @return whether to read them all at once, instead of one by one
     */
    private boolean choose(int[] ords, int from, int n, float[] scales, int firstScale) {
        for (int i = 0; i < GROUP; i++) {
            int k = Math.min(i, n - 1);
            at[i] = offset(ords[from + k]);
            scale[i] = scales == null ? 1 : scales[firstScale + k];
        }
        return n > FEW && at[n - 1] - at[0] != (n - 1L) * Float.BYTES * dims;
    }

    private static boolean isAccurate(double sum) {
        return Math.abs(sum) >= LEAST && Math.abs(sum) <= Float.MAX_VALUE;
    }

    private long offset(int ord) {
        return (long) Float.BYTES * dims * Objects.checkIndex(ord, size);
    }

    void check(int[] ords, int from, int count, float[] query, float[] scales, double[] out) {
        if (query.length != dims) {
            throw new IllegalArgumentException(
                    "query vector has [" + query.length + "] dims but the vectors have [" + dims + "]");
        }
        Objects.checkFromIndexSize(from, count, ords.length);
        Objects.checkFromIndexSize(0, count, out.length);
        if (scales != null) {
            Objects.checkFromIndexSize(0, count, scales.length);
        }
    }
}
