package io.lookalike.trainer;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How many of the nearest pictures have the class of a query. Stateless. */
final class Precision {
    static final int K = 10;

    private Precision() {}

    /**
     * Mean precision@10 by squared Euclidean distance; of equally distant pictures, the first come first. No query
     * finds its own file.
     *
     * @param queries and the vectors of them, by rows
     * @param gallery pictures that are searched, and the vectors of them, by rows
     */
    static double at10(List<Sample> queries, float[][] vectors, List<Sample> gallery, float[][] galleryVectors) {
        Map<Path, Integer> ords = new HashMap<>();
        for (int i = 0; i < gallery.size(); i++) {
            ords.put(file(gallery.get(i)), i);
        }
        return IntStream.range(0, queries.size())
                .parallel()
                .mapToDouble(query -> {
                    int own = ords.getOrDefault(file(queries.get(query)), -1);
                    double[] distances = new double[gallery.size()];
                    for (int i = 0; i < distances.length; i++) {
                        distances[i] = i == own ? Double.POSITIVE_INFINITY : square(vectors[query], galleryVectors[i]);
                    }
                    int k = Math.min(K, gallery.size() - (own < 0 ? 0 : 1));
                    int right = 0;
                    for (int ord : nearest(distances, k)) {
                        right += gallery.get(ord).label() == queries.get(query).label() ? 1 : 0;
                    }
                    return k == 0 ? 0 : right / (double) k;
                })
                .average()
                .orElse(0);
    }

    private static Path file(Sample sample) {
        return sample.file().toAbsolutePath().normalize();
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
}
