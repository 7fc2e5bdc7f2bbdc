package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterIndexTests {
    private static final int DOCUMENTS = 3_000;
    private static final int CLUSTERS = 40;

    @TempDir
    Path folder;

    private final Random random = new Random(5);
    private final float[][] vectors = new float[DOCUMENTS][8];
    private final byte[][] codes = new byte[DOCUMENTS][16];

    private int[] nearest(float[] query, byte[] code, IntPredicate able, int wanted) {
        int[] near = IntStream.range(0, DOCUMENTS)
                .filter(able)
                .map(i -> BruteForce.hamming(code, codes[i]))
                .sorted()
                .toArray();
        int cut = near[Math.min(wanted, near.length) - 1];
        return IntStream.range(0, DOCUMENTS)
                .filter(able)
                .filter(i -> BruteForce.hamming(code, codes[i]) <= cut)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> IntStream.range(0, query.length)
                        .mapToDouble(d -> (double) (vectors[i][d] - query[d]) * (vectors[i][d] - query[d]))
                        .sum()))
                .limit(10)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    @Test
    void searchesAndCountsTheCodesThatWereRead() throws IOException {
        for (int i = 0; i < DOCUMENTS; i++) {
            random.nextBytes(codes[i]);
            for (int d = 0; d < vectors[i].length; d++) {
                vectors[i][d] = random.nextFloat();
            }
        }
        ClusterIndex.write(folder, DOCUMENTS, new ClusterIndex.Documents() {
            @Override
            public float[] vector(int document) {
                return vectors[document];
            }

            @Override
            public byte[] code(int document) {
                return codes[document];
            }

            @Override
            public int[] clusters(int document) {
                return new int[] {document % CLUSTERS, document / 7 % CLUSTERS};
            }
        });
        int[] order = IntStream.range(0, CLUSTERS).map(i -> (i + 3) % CLUSTERS).toArray();
        IntPredicate probed =
                i -> i % CLUSTERS == 3 || i % CLUSTERS == 4 || i / 7 % CLUSTERS == 3 || i / 7 % CLUSTERS == 4;
        try (ClusterIndex index = new ClusterIndex(folder, Runnable::run)) {
            for (int q = 0; q < 20; q++) {
                float[] query = vectors[random.nextInt(DOCUMENTS)];
                byte[] code = codes[random.nextInt(DOCUMENTS)];
                ClusterIndex.Found all = index.hamming(query, code, 10, 50);
                assertEquals(DOCUMENTS, all.codes());
                assertArrayEquals(nearest(query, code, i -> true, 50), all.documents());
                ClusterIndex.Found some = index.clusters(query, code, order, 2, 10, 50);
                assertEquals(IntStream.range(0, DOCUMENTS).filter(probed).count(), some.codes());
                assertArrayEquals(nearest(query, code, probed, 50), some.documents());
            }
        }
    }
}
