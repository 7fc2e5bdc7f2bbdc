package io.lookalike.bench;

import io.lookalike.vectors.TiedRanking;
import java.util.stream.IntStream;

/** Mean average precision of a ranking of all codes by Hamming distance. */
final class CodeMap {
    private CodeMap() {}

    static int distance(long[] a, long[] b) {
        int distance = 0;
        for (int w = 0; w < a.length; w++) {
            distance += Long.bitCount(a[w] ^ b[w]);
        }
        return distance;
    }

    /** Of all queries; one without any relevant code counts 0. */
    static double of(long[][] base, int[] labels, long[][] queries, int[] queryLabels) {
        return IntStream.range(0, queries.length)
                .parallel()
                .mapToDouble(q -> {
                    int[] all = new int[Long.SIZE * queries[q].length + 1];
                    int[] relevant = new int[all.length];
                    for (int i = 0; i < base.length; i++) {
                        int distance = distance(queries[q], base[i]);
                        all[distance]++;
                        relevant[distance] += labels[i] == queryLabels[q] ? 1 : 0;
                    }
                    return TiedRanking.averagePrecision(all, relevant);
                })
                .average()
                .orElseThrow();
    }
}
