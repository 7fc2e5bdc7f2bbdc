package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Arrays;

/**
 * Judges planes by the recall of their codes: some vectors of a sample are held out as queries, and others of it are
 * searched. Recall is the share of the nearest by L2 distance that are among the candidates by code; of codes at the
 * same distance each counts in part.
 *
 * <p>Some thousand vectors stand for an index as large as the sample. So the nearest are as many of those searched as
 * ten are of the sample, at least three; candidates are a hundredth, and as many as 500 are of the sample, at most a
 * twentieth, and recall is the mean of both.
 *
 * <p>Costs queries x documents x dims products once, and for each code (queries + documents) x dims x bits. For one
 * thread.
 */
final class HeldOutRecall {
    /** Recall of fewer vectors is chance. */
    static final int LEAST_ROWS = 100;

    private static final int NEIGHBOURS = 10;
    private static final int LEAST_NEIGHBOURS = 3;
    private static final int QUERIES = 1000;
    private static final int QUERY_SHARE = 5;
    private static final int DOCUMENTS = 4000;
    private static final int CANDIDATES = 500;
    private static final double LEAST_CANDIDATES = .01;
    private static final double MOST_CANDIDATES = .05;
    private static final int STRIPE = 16;

    private final Centering centering;
    private final Workers workers;
    private final Progress progress;
    private final float[][] queries;
    private final float[][] others;
    private final float[][] documents;
    private final int[][] nearest;
    private final int neighbours;
    /** Which code is the best depends on their number, so two numbers count alike. */
    private final int[] candidates;

    /** @param rows {@code [n][dims]}, at least {@link #LEAST_ROWS} */
    HeldOutRecall(float[][] rows, Centering centering, Workers workers, Progress progress) {
        this.centering = centering;
        this.workers = workers;
        this.progress = progress;
        int held = Math.min(QUERIES, rows.length / QUERY_SHARE);
        this.queries = new float[held][];
        this.others = new float[rows.length - held][];
        for (int i = 0, q = 0; i < rows.length; i++) {
            // at even distances in the sample
            if (q < held && i == (int) ((long) q * rows.length / held)) {
                queries[q++] = rows[i];
            } else {
                others[i - q] = rows[i];
            }
        }
        this.documents = Itq.spread(others, DOCUMENTS);
        this.neighbours = Math.max(LEAST_NEIGHBOURS, (int) ((long) NEIGHBOURS * documents.length / rows.length));
        double share = Math.clamp((double) CANDIDATES / rows.length, LEAST_CANDIDATES, MOST_CANDIDATES);
        this.candidates = new int[] {candidates(LEAST_CANDIDATES), candidates(share)};
        this.nearest = nearest();
    }

    private int candidates(double share) {
        return Math.max(NEIGHBOURS, (int) (share * documents.length));
    }

    /** The most bytes that this takes beside the sample. */
    static long bytes(int rows, int dims, int bits, int threads) {
        long held = Math.min(QUERIES, rows / QUERY_SHARE);
        long searched = Math.min(DOCUMENTS, rows);
        long truth = PackedMatrix.bytes(dims, held) + Float.BYTES * held * searched;
        long code = PackedMatrix.bytes(dims, bits) + (held + searched) * (bits / Byte.SIZE + Long.SIZE);
        return Math.max(truth, code) + SampleBlocks.bytes(dims, (int) Math.max(held, bits), threads);
    }

    /** The vectors of the sample that are no queries, which may be learned from. */
    float[][] others() {
        return others;
    }

    /** The documents nearest to each query. */
    private int[][] nearest() {
        int dims = centering.mean().length;
        float[] centred = new float[dims];
        PackedMatrix right = new PackedMatrix(dims, queries.length);
        for (int q = 0; q < queries.length; q++) {
            centering.write(queries[q], centred, 0);
            right.setColumn(q, centred, 0);
        }
        // half of the square distance, less that of the query from the mean
        float[][] distances = new float[documents.length][queries.length];
        float[][] out = new float[workers.threads()][SampleBlocks.SIZE * right.stride()];
        new SampleBlocks(documents, centering, workers).each("neighbours", progress, (first, count, block, worker) -> {
            right.multiply(block, 0, count, dims, 1, 0, out[worker]);
            for (int i = 0; i < count; i++) {
                float half = (float) UnitVectors.dot(block, i * dims, block, i * dims, dims) / 2;
                for (int q = 0; q < queries.length; q++) {
                    distances[first + i][q] = half - out[worker][i * right.stride() + q];
                }
            }
        });
        int[][] found = new int[queries.length][];
        stripes("neighbours", q -> found[q] = nearest(distances, q));
        return found;
    }

    /** Of equal distances, the first documents count. */
    private int[] nearest(float[][] distances, int query) {
        float[] sorted = new float[documents.length];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = distances[i][query];
        }
        Arrays.sort(sorted);
        int wanted = Math.min(neighbours, sorted.length);
        float farthest = sorted[wanted - 1];
        int ties = 0;
        for (int i = wanted - 1; i >= 0 && sorted[i] == farthest; i--) {
            ties++;
        }
        int[] found = new int[wanted];
        int count = 0;
        for (int i = 0; count < wanted; i++) {
            float distance = distances[i][query];
            if (distance < farthest || (distance == farthest && ties-- > 0)) {
                found[count++] = i;
            }
        }
        return found;
    }

    /**
     * The recall of the code of planes through the mean.
     *
     * @param weights {@code [bits][dims]}, plane by plane
     * @return 0 to 1
     */
    double of(float[] weights, int bits) {
        PackedMatrix planes = SampleBlocks.transposed(weights, bits, centering.mean().length);
        long[][] documentCodes = codes(planes, bits, documents);
        long[][] queryCodes = codes(planes, bits, queries);
        double[] found = new double[queries.length];
        stripes("recall", q -> found[q] = found(queryCodes[q], documentCodes, bits, nearest[q]));
        return Arrays.stream(found).average().orElseThrow();
    }

    private long[][] codes(PackedMatrix planes, int bits, float[][] rows) {
        long[][] codes = new long[rows.length][(bits + Long.SIZE - 1) / Long.SIZE];
        float[][] out = new float[workers.threads()][SampleBlocks.SIZE * planes.stride()];
        new SampleBlocks(rows, centering, workers).each("recall", progress, (first, count, block, worker) -> {
            planes.multiply(block, 0, count, rows[0].length, 1, 0, out[worker]);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < bits; j++) {
                    if (out[worker][i * planes.stride() + j] > 0) {
                        codes[first + i][j / Long.SIZE] |= 1L << j % Long.SIZE;
                    }
                }
            }
        });
        return codes;
    }

    private double found(long[] query, long[][] codes, int bits, int[] wanted) {
        int[] distances = new int[codes.length];
        int[] counts = new int[bits + 1];
        for (int i = 0; i < codes.length; i++) {
            int distance = 0;
            for (int word = 0; word < query.length; word++) {
                distance += Long.bitCount(query[word] ^ codes[i][word]);
            }
            distances[i] = distance;
            counts[distance]++;
        }
        double found = 0;
        for (int most : candidates) {
            found += found(distances, counts, most, wanted);
        }
        return found / candidates.length;
    }

    /** @param counts of documents at each distance */
    private static double found(int[] distances, int[] counts, int candidates, int[] wanted) {
        int cut = 0;
        int nearer = 0;
        while (cut < counts.length - 1 && nearer + counts[cut] < candidates) {
            nearer += counts[cut++];
        }
        double share = Math.min(1, (double) (candidates - nearer) / counts[cut]);
        double found = 0;
        for (int document : wanted) {
            found += distances[document] < cut ? 1 : distances[document] == cut ? share : 0;
        }
        return found / wanted.length;
    }

    private interface Query {
        void run(int query);
    }

    private void stripes(String phase, Query each) {
        int count = (queries.length + STRIPE - 1) / STRIPE;
        workers.each(count, () -> progress.at(phase, 0, count), (stripe, worker) -> {
            for (int q = stripe * STRIPE; q < Math.min(queries.length, (stripe + 1) * STRIPE); q++) {
                each.run(q);
            }
        });
    }
}
