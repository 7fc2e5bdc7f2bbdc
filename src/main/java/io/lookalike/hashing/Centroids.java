package io.lookalike.hashing;

import java.util.Arrays;

/**
 * The centroids of clusters. A vector belongs to the cluster with the nearest centroid by Euclidean distance.
 *
 * <p>Squared differences are added in floats in the order of the dims, as in {@link Projection} and for the same
 * reasons: results are the same on every machine, and the compiler can work on many centroids at once. Ties are broken
 * by the lower number.
 *
 * <p>Costs dims x count subtractions and multiplications, about 9 µs for 1024 centroids of 128 dims, with 4 bytes of
 * memory for each. Immutable and thread-safe.
 */
public final class Centroids {
    /** Up to so many are found without sorting all. */
    private static final int FEW = 64;

    private final int dims;
    private final int count;
    private final int assigned;
    private final float[][] columns;

    /**
     * @param values {@code [count x dims]}, centroid by centroid
     * @param assigned how many clusters a vector belongs to, 1..count
     * @throws IllegalArgumentException if the length of the values does not fit the other numbers
     */
    public Centroids(int dims, int count, float[] values, int assigned) {
        if (assigned < 1 || assigned > count) {
            throw new IllegalArgumentException(
                    "a vector must belong to [1] to [" + count + "] clusters; got [" + assigned + "]");
        }
        this.dims = dims;
        this.count = count;
        this.assigned = assigned;
        this.columns = Projection.columns(values, count, dims);
    }

    /**
     * The squared distance of each centroid from a vector, {@code [count]}.
     *
     * @throws IllegalArgumentException if the vector has another number of dims
     */
    public float[] squareDistances(float[] vector) {
        if (vector.length != dims) {
            throw new IllegalArgumentException(
                    "[vector] has [" + vector.length + "] dims but the centroids have [" + dims + "]");
        }
        float[] sums = new float[count];
        int dim = 0;
        for (; dim + 4 <= dims; dim += 4) {
            add(
                    sums,
                    columns[dim],
                    vector[dim],
                    columns[dim + 1],
                    vector[dim + 1],
                    columns[dim + 2],
                    vector[dim + 2],
                    columns[dim + 3],
                    vector[dim + 3]);
        }
        for (; dim < dims; dim++) {
            add(sums, columns[dim], vector[dim]);
        }
        return sums;
    }

    private static void add(float[] sums, float[] column, float x) {
        for (int i = 0; i < sums.length; i++) {
            float d = column[i] - x;
            sums[i] += d * d;
        }
    }

    /**
     * Adds four dims, in the same order as four calls of the other method, with a quarter of the loads and stores of
     * the sums.
     */
    private static void add(
            float[] sums,
            float[] column0,
            float x0,
            float[] column1,
            float x1,
            float[] column2,
            float x2,
            float[] column3,
            float x3) {
        for (int i = 0; i < sums.length; i++) {
            float d0 = column0[i] - x0;
            float d1 = column1[i] - x1;
            float d2 = column2[i] - x2;
            float d3 = column3[i] - x3;
            float sum = sums[i] + d0 * d0;
            sum += d1 * d1;
            sum += d2 * d2;
            sums[i] = sum + d3 * d3;
        }
    }

    /** The numbers of the clusters that a vector belongs to, nearest first. */
    public int[] nearest(float[] vector) {
        return nearest(vector, assigned);
    }

    /**
     * The numbers of the nearest clusters, nearest first.
     *
     * @param most at least 1; all of them if there are no more
     */
    public int[] nearest(float[] vector, int most) {
        float[] distances = squareDistances(vector);
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            // the bits of non-negative floats sort as the floats do
            keys[i] = (long) Float.floatToIntBits(distances[i]) << 32 | i;
        }
        if (most > FEW) {
            Arrays.sort(keys);
        } else {
            sortFew(keys, Math.min(most, count));
        }
        int[] nearest = new int[Math.min(most, count)];
        for (int i = 0; i < nearest.length; i++) {
            nearest[i] = (int) keys[i];
        }
        return nearest;
    }

    /** Moves the least keys to the front, sorted; compares most others only once. */
    private static void sortFew(long[] keys, int few) {
        Arrays.sort(keys, 0, few);
        for (int i = few; i < keys.length; i++) {
            long key = keys[i];
            int at = few - 1;
            if (key < keys[at]) {
                for (; at > 0 && key < keys[at - 1]; at--) {
                    keys[at] = keys[at - 1];
                }
                keys[at] = key;
            }
        }
    }

    /** Components of a vector. */
    public int dims() {
        return dims;
    }

    /** Number of clusters. */
    public int count() {
        return count;
    }

    /** Number of clusters that a vector belongs to. */
    public int assigned() {
        return assigned;
    }

    /** As in the constructor: {@code [count x dims]}. */
    public float[] values() {
        return Projection.rows(columns);
    }
}
