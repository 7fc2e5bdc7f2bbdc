package io.lookalike.learning;

import io.lookalike.vectors.PackedMatrix;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;

/**
 * A linear map of vectors, y = W x + b.
 *
 * @param weights {@code [rows][cols]}, row by row
 * @param bias {@code [rows]}
 * @param rows dims of y
 * @param cols dims of x
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
public record Linear(float[] weights, float[] bias, int rows, int cols) {
    public Linear {
        if (weights.length != rows * cols || bias.length != rows) {
            throw new IllegalArgumentException("[" + weights.length + "] weights and [" + bias.length
                    + "] biases are no map of [" + cols + "] dims to [" + rows + "]");
        }
    }

    /** What a component of W x must exceed for that of y to be above zero: -b. */
    public float[] thresholds() {
        float[] thresholds = new float[rows];
        for (int j = 0; j < rows; j++) {
            thresholds[j] = -bias[j];
        }
        return thresholds;
    }

    /**
     * Maps many vectors.
     *
     * @param vectors {@code [n][cols]}
     * @return {@code [n][rows]}
     */
    public float[][] apply(float[][] vectors, Workers workers, Progress progress) {
        float[][] images = new float[vectors.length][];
        SampleBlocks blocks = new SampleBlocks(vectors, null, workers);
        PackedMatrix matrix = SampleBlocks.transposed(weights, rows, cols);
        float[][] out = new float[workers.threads()][SampleBlocks.SIZE * matrix.stride()];
        blocks.each("projection", progress, (first, count, block, worker) -> {
            float[] products = out[worker];
            matrix.multiply(block, 0, count, cols, 1, 0, products);
            for (int i = 0; i < count; i++) {
                float[] image = new float[rows];
                for (int j = 0; j < rows; j++) {
                    image[j] = products[i * matrix.stride() + j] + bias[j];
                }
                images[first + i] = image;
            }
        });
        return images;
    }
}
