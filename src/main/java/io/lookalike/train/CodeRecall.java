package io.lookalike.train;

import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoding;
import io.lookalike.vectors.Hamming;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Measures how many true neighbours of held-out vectors are among the candidates by code, with the encoder before and
 * after.
 *
 * <p>True neighbours are the nearest by L2 distance of the vectors that the encoder before stores; candidates are the
 * nearest hundredth by Hamming distance. Codes before are left out if vectors have none. Costs all distances for each
 * query, and encodes each vector twice. Stateless.
 */
final class CodeRecall {
    static final int NEIGHBOURS = 10;

    private static final int SHARE = 100;

    private CodeRecall() {}

    /**
     * Returns the figures.
     *
     * @param before the encoder that made the vectors
     * @param after the encoder that encodes these further
     * @param progress is told how many vectors and queries are done
     */
    static Map<String, Object> of(
            float[][] queries, float[][] documents, Encoder before, Encoder after, IntConsumer progress) {
        int candidates = Math.max(NEIGHBOURS, documents.length / SHARE);
        byte[][] codesBefore = new byte[documents.length][];
        byte[][] codesAfter = new byte[documents.length][];
        float[][] vectorsAfter = new float[documents.length][];
        for (int i = 0; i < documents.length; i++) {
            codesBefore[i] =
                    before.encodeStored("a vector of the sample", documents[i]).hash();
            Encoding made = after.encodeAfter("a vector of the sample", documents[i], before.stages());
            codesAfter[i] = made.hash();
            vectorsAfter[i] = made.vector();
            progress.accept(i);
        }
        double foundBefore = 0;
        double foundAfter = 0;
        double foundByVector = 0;
        for (int q = 0; q < queries.length; q++) {
            Set<Integer> nearest = nearest(squareDistances(queries[q], documents), NEIGHBOURS);
            byte[] codeBefore =
                    before.encodeStored("a vector of the sample", queries[q]).hash();
            Encoding made = after.encodeAfter("a vector of the sample", queries[q], before.stages());
            if (codeBefore != null) {
                foundBefore += common(nearest, nearest(distances(codeBefore, codesBefore), candidates));
            }
            foundAfter += common(nearest, nearest(distances(made.hash(), codesAfter), candidates));
            foundByVector += common(nearest, nearest(squareDistances(made.vector(), vectorsAfter), NEIGHBOURS));
            progress.accept(documents.length + q);
        }
        double all = (double) NEIGHBOURS * queries.length;
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("queries", queries.length);
        figures.put("documents", documents.length);
        figures.put("candidates", candidates);
        if (before.hasVectorCodes()) {
            figures.put("bits_before", before.bits());
            figures.put("codes_before", foundBefore / all);
        }
        figures.put("bits", after.bits());
        figures.put("codes", foundAfter / all);
        figures.put("vectors", foundByVector / all);
        return figures;
    }

    private static double[] squareDistances(float[] query, float[][] vectors) {
        double[] distances = new double[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            double sum = 0;
            for (int d = 0; d < query.length; d++) {
                float difference = query[d] - vectors[i][d];
                sum += (double) difference * difference;
            }
            distances[i] = sum;
        }
        return distances;
    }

    private static double[] distances(byte[] query, byte[][] codes) {
        double[] distances = new double[codes.length];
        for (int i = 0; i < codes.length; i++) {
            distances[i] = Hamming.distance(query, codes[i]);
        }
        return distances;
    }

    /** The numbers of the nearest; ties are broken by the lower number. */
    private static Set<Integer> nearest(double[] distances, int count) {
        double[] sorted = distances.clone();
        Arrays.sort(sorted);
        double farthest = sorted[Math.min(count, sorted.length) - 1];
        Set<Integer> nearest = new HashSet<>();
        for (int i = 0; i < distances.length; i++) {
            if (distances[i] < farthest) {
                nearest.add(i);
            }
        }
        for (int i = 0; i < distances.length && nearest.size() < count; i++) {
            if (distances[i] == farthest) {
                nearest.add(i);
            }
        }
        return nearest;
    }

    private static int common(Set<Integer> truth, Set<Integer> found) {
        return (int) truth.stream().filter(found::contains).count();
    }
}
