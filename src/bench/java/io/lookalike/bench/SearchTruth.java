package io.lookalike.bench;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.lucene.util.hnsw.NeighborQueue;

/**
 * Measures the recall of a search: a hit counts if it is not farther from the query than the k-th nearest.
 *
 * <p>Distances are recomputed in doubles, so that all vectors at the same distance count alike. Immutable and
 * thread-safe.
 */
final class SearchTruth {
    /** Relative tolerance for float rounding; distances of neighbours differ by a thousand times as much. */
    private static final double TOLERANCE = 1e-6;

    private final SearchData data;
    /** For each query the squared distances of its nearest, in ascending order. */
    private final double[][] distances;

    SearchTruth(SearchData data) {
        this.data = data;
        this.distances = new double[data.queries.length][];
        for (int q = 0; q < distances.length; q++) {
            float[] query = data.queries[q];
            distances[q] = Arrays.stream(data.truth[q])
                    .mapToDouble(i -> squareDistance(query, data.base[i]))
                    .sorted()
                    .toArray();
        }
    }

    /** The share of the k nearest that a search found; duplicates count once. */
    double recall(int query, int[] found, int k) {
        double limit = distances[query][k - 1] * (1 + TOLERANCE);
        long hits = IntStream.of(found)
                .distinct()
                .limit(k)
                .filter(i -> squareDistance(data.queries[query], data.base[i]) <= limit)
                .count();
        return (double) hits / k;
    }

    /** Euclidean. */
    static double distance(float[] a, float[] b) {
        return Math.sqrt(squareDistance(a, b));
    }

    private static double squareDistance(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            double difference = (double) a[d] - b[d];
            sum += difference * difference;
        }
        return sum;
    }

    /** For each query the ordinals of its k nearest, nearest first, by comparing it with everything. */
    static int[][] nearest(float[][] base, float[][] queries, int k) {
        return IntStream.range(0, queries.length)
                .parallel()
                .mapToObj(q -> nearest(base, queries[q], k))
                .toArray(int[][]::new);
    }

    private static int[] nearest(float[][] base, float[] query, int k) {
        NeighborQueue farthestFirst = new NeighborQueue(k, true);
        for (int i = 0; i < base.length; i++) {
            farthestFirst.insertWithOverflow(i, (float) squareDistance(query, base[i]));
        }
        int[] nearest = new int[k];
        for (int i = k - 1; i >= 0; i--) {
            nearest[i] = farthestFirst.pop();
        }
        return nearest;
    }
}
