package io.lookalike.trainer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How many of the nearest pictures have the class of a query. Stateless. */
final class Precision {
    static final int K = 10;

    private Precision() {}

    /**
     * Mean precision@10 by squared Euclidean distance; of equally distant pictures, the first come first.
     *
     * @param queries the vectors of the queries, by rows
     * @param labels of the queries
     * @param gallery the vectors that are searched, at least one beside the query
     * @param galleryLabels theirs
     * @param same whether query and gallery are the same pictures; then a query does not find itself
     */
    static double at10(float[][] queries, int[] labels, float[][] gallery, int[] galleryLabels, boolean same) {
        int k = Math.min(K, gallery.length - (same ? 1 : 0));
        return IntStream.range(0, queries.length)
                .parallel()
                .mapToDouble(query -> {
                    double[] distances = new double[gallery.length];
                    for (int i = 0; i < gallery.length; i++) {
                        distances[i] =
                                same && i == query ? Double.POSITIVE_INFINITY : square(queries[query], gallery[i]);
                    }
                    int right = 0;
                    for (int ord : nearest(distances, k)) {
                        right += galleryLabels[ord] == labels[query] ? 1 : 0;
                    }
                    return right / (double) k;
                })
                .average()
                .orElse(0);
    }

    /** The ordinals of the {@code k} least distances, the nearest first. */
    static int[] nearest(double[] distances, int k) {
        int[] nearest = new int[k];
        int found = 0;
        for (int i = 0; i < distances.length; i++) {
            if (found == k && !(distances[i] < distances[nearest[k - 1]])) {
                continue;
            }
            int at = found < k ? found++ : k - 1;
            while (at > 0 && distances[i] < distances[nearest[at - 1]]) {
                nearest[at] = nearest[at - 1];
                at--;
            }
            nearest[at] = i;
        }
        return nearest;
    }

    static double square(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    /** The signs of codes, as numbers whose squared distance is four times the Hamming distance. */
    static float[][] signs(float[][] codes) {
        return Arrays.stream(codes)
                .map(code -> {
                    float[] signs = new float[code.length];
                    for (int i = 0; i < code.length; i++) {
                        signs[i] = code[i] > 0 ? 1 : -1;
                    }
                    return signs;
                })
                .toArray(float[][]::new);
    }

    static int[] labels(List<Sample> samples) {
        return samples.stream().mapToInt(Sample::label).toArray();
    }
}
