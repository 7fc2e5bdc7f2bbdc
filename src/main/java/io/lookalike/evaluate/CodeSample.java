package io.lookalike.evaluate;

import java.util.Arrays;

/**
 * Vectors of documents that codes are searched among.
 *
 * @param vectors {@code [n][dims]}
 * @param learned the first so many are those that codes are learned from
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record CodeSample(float[][] vectors, int learned) {
    /** {@code [learned][dims]}. */
    float[][] toLearnFrom() {
        return learned == vectors.length ? vectors : Arrays.copyOf(vectors, learned);
    }
}
