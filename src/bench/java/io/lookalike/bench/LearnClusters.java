package io.lookalike.bench;

import io.lookalike.hashing.Centroids;
import io.lookalike.learning.Clusters;
import java.util.stream.IntStream;

/**
 * An inverted file of the plugin's clusters with codes: a search reads the lists of the nearest clusters, and ranks the
 * nearest codes there by exact distance. Immutable.
 */
final class LearnClusters {
    /**
     * The result for a number of probed clusters.
     *
     * @param touched share of all codes that were compared
     */
    record Found(int probes, double recall, double touched) {}

    private final Centroids centroids;
    private final int[][] lists;

    LearnClusters(Clusters clusters, float[][] base) {
        this.centroids = new Centroids(clusters.dims(), clusters.count(), stored(clusters.centroids()), 1);
        int[] assigned = IntStream.range(0, base.length)
                .parallel()
                .map(i -> centroids.nearest(base[i])[0])
                .toArray();
        int[] sizes = new int[clusters.count()];
        for (int cluster : assigned) {
            sizes[cluster]++;
        }
        this.lists = new int[sizes.length][];
        for (int cluster = 0; cluster < sizes.length; cluster++) {
            lists[cluster] = new int[sizes[cluster]];
        }
        for (int i = base.length - 1; i >= 0; i--) {
            lists[assigned[i]][--sizes[assigned[i]]] = i;
        }
    }

    /** Rounds centroids as an encoder stores them: the upper half of their bits. */
    private static float[] stored(float[] values) {
        float[] stored = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            stored[i] = Float.intBitsToFloat((Float.floatToIntBits(values[i]) + 0x8000) & 0xFFFF0000);
        }
        return stored;
    }

    Found search(SearchData data, LearnCodes codes, int k, int candidates, int probes) {
        double[] recalls = new double[data.queries.length];
        double[] touched = new double[data.queries.length];
        IntStream.range(0, recalls.length).parallel().forEach(q -> {
            int[] looked = IntStream.of(centroids.nearest(data.queries[q], probes))
                    .flatMap(cluster -> IntStream.of(lists[cluster]))
                    .toArray();
            recalls[q] = codes.found(data, q, k, candidates, looked);
            touched[q] = (double) looked.length / data.base.length;
        });
        return new Found(
                probes,
                IntStream.range(0, recalls.length)
                        .mapToDouble(q -> recalls[q])
                        .average()
                        .orElseThrow(),
                IntStream.range(0, touched.length)
                        .mapToDouble(q -> touched[q])
                        .average()
                        .orElseThrow());
    }
}
