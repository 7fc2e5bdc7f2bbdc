package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.concurrent.atomic.AtomicInteger;

/** Processes a sample block by block, on several threads; each block is copied to one array. For one use. */
final class SampleBlocks {
    /** Vectors of a block: enough for products with a {@link PackedMatrix} to be fast, few enough for the cache. */
    static final int SIZE = 128;

    /** Processes a block. */
    @FunctionalInterface
    interface Step {
        /**
         * Processes it.
         *
         * @param first number of the first vector
         * @param count number of vectors
         * @param block {@code [count][dims]}
         * @param worker as {@link Workers.Task} has it
         */
        void run(int first, int count, float[] block, int worker);
    }

    private final float[][] rows;
    private final Centering centering;
    private final Workers workers;
    private final float[][] blocks;

    /** @param centering applied to each vector, or null */
    SampleBlocks(float[][] rows, Centering centering, Workers workers) {
        this.rows = rows;
        this.centering = centering;
        this.workers = workers;
        this.blocks = new float[workers.threads()][SIZE * rows[0].length];
    }

    void each(String phase, Progress progress, Step step) {
        int count = (rows.length + SIZE - 1) / SIZE;
        AtomicInteger done = new AtomicInteger();
        workers.each(count, () -> progress.at(phase, done.get(), count), (block, worker) -> {
            int first = block * SIZE;
            int here = Math.min(SIZE, rows.length - first);
            copy(first, here, blocks[worker]);
            step.run(first, here, blocks[worker], worker);
            done.incrementAndGet();
        });
    }

    private void copy(int first, int count, float[] block) {
        int dims = rows[0].length;
        for (int i = 0; i < count; i++) {
            if (centering == null) {
                System.arraycopy(rows[first + i], 0, block, i * dims, dims);
            } else {
                centering.write(rows[first + i], block, i * dims);
            }
        }
    }

    /** The transpose of {@code [rows][cols]}, for products with blocks of vectors of {@code cols} dims. */
    static PackedMatrix transposed(float[] matrix, int rows, int cols) {
        PackedMatrix packed = new PackedMatrix(cols, rows);
        for (int j = 0; j < rows; j++) {
            packed.setColumn(j, matrix, j * cols);
        }
        return packed;
    }

    /** The bytes of this and of a product with a matrix of {@code columns}. */
    static long bytes(int dims, int columns, int threads) {
        return threads * (long) Float.BYTES * SIZE * dims + threads * PackedMatrix.bytes(SIZE, columns);
    }
}
