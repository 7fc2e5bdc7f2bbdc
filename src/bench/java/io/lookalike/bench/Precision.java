package io.lookalike.bench;

import java.util.List;

/** The share of pictures of the same class among the results. */
final class Precision {
    private static final int K = 10;

    private Precision() {}

    /**
     * The mean share of a vector's class among the ten others of greatest cosine; of equal cosines the first counts.
     *
     * @param vectors at least eleven, of one length; a zero vector is like none
     * @param labels their classes
     */
    static double atTen(List<float[]> vectors, int[] labels) {
        if (vectors.size() <= K) {
            throw new IllegalArgumentException(
                    "[" + vectors.size() + "] pictures are too few for precision@10; supply at least [11]");
        }
        double[] lengths =
                vectors.stream().mapToDouble(v -> Math.sqrt(dot(v, v))).toArray();
        long same = 0;
        for (int query = 0; query < labels.length; query++) {
            double[] cosines = new double[labels.length];
            for (int i = 0; i < cosines.length; i++) {
                double lengthsOfBoth = lengths[query] * lengths[i];
                cosines[i] = lengthsOfBoth > 0 ? dot(vectors.get(query), vectors.get(i)) / lengthsOfBoth : 0;
            }
            cosines[query] = Double.NEGATIVE_INFINITY;
            for (int rank = 0; rank < K; rank++) {
                int best = query == 0 ? 1 : 0;
                for (int i = 0; i < cosines.length; i++) {
                    best = cosines[i] > cosines[best] ? i : best;
                }
                same += labels[best] == labels[query] ? 1 : 0;
                cosines[best] = Double.NEGATIVE_INFINITY;
            }
        }
        return (double) same / K / labels.length;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
