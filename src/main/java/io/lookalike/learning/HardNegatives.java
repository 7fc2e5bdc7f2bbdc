package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.Random;

/**
 * Pairs of vectors without a common label that a head takes for alike: to each of some thousand vectors, the nearest of
 * some thousand others, both drawn at random. Costs the product of their numbers times dims. For one thread, with its
 * {@link Workers}.
 */
final class HardNegatives {
    static final int MOST = 4096;
    private static final int ROWS = 16;

    private final float[][] rows;
    private final Labels labels;
    private final int[][] byLabel;
    private final Random random;
    private final Workers workers;
    private int[] drawn = {};
    private int[] nearest = {};
    private int next;

    HardNegatives(float[][] rows, Labels labels, Random random, Workers workers) {
        this.rows = rows;
        this.labels = labels;
        this.byLabel = labels.rows(random);
        this.random = random;
        this.workers = workers;
    }

    /** Finds the pairs of a head. */
    void mine(Head head, Progress progress) {
        int[] some = draw();
        int[] pool = draw();
        float[][] units = head.apply(rows(some), workers, progress);
        float[][] others = head.apply(rows(pool), workers, progress);
        int dims = others[0].length;
        PackedMatrix columns = new PackedMatrix(dims, others.length);
        for (int j = 0; j < others.length; j++) {
            columns.setColumn(j, others[j], 0);
        }
        int[] found = new int[some.length];
        float[][] products = new float[workers.threads()][columns.stride()];
        workers.each((some.length + ROWS - 1) / ROWS, () -> progress.at("negatives", 0, 1), (task, worker) -> {
            for (int i = task * ROWS; i < Math.min(some.length, (task + 1) * ROWS); i++) {
                columns.multiply(units[i], 0, 1, dims, 1, 0, products[worker]);
                found[i] = nearest(some[i], pool, products[worker]);
            }
        });
        drawn = some;
        nearest = found;
        next = 0;
    }

    private int nearest(int row, int[] pool, float[] products) {
        int best = -1;
        for (int j = 0; j < pool.length; j++) {
            if ((best < 0 || products[j] > products[best]) && !labels.share(row, pool[j])) {
                best = j;
            }
        }
        // where all others share a label there is no negative
        return best < 0 ? row : pool[best];
    }

    private int[] draw() {
        return random.ints(Math.min(MOST, rows.length), 0, rows.length).toArray();
    }

    private float[][] rows(int[] numbers) {
        float[][] some = new float[numbers.length][];
        for (int i = 0; i < some.length; i++) {
            some[i] = rows[numbers[i]];
        }
        return some;
    }

    /**
     * Writes pairs into a batch, each vector with a partner of its label, from a position to the end; nothing before
     * the first {@link #mine}.
     */
    void write(int[] batch, int from) {
        for (int i = from; i + 3 < batch.length && drawn.length > 0; i += 4) {
            batch[i] = drawn[next];
            batch[i + 1] = partner(drawn[next]);
            batch[i + 2] = nearest[next];
            batch[i + 3] = partner(nearest[next]);
            next = (next + 1) % drawn.length;
        }
    }

    private int partner(int row) {
        int[] labelled = byLabel[labels.at(row)[0]];
        return labelled[random.nextInt(labelled.length)];
    }
}
