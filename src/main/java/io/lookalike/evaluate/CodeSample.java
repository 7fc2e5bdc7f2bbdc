package io.lookalike.evaluate;

import java.util.Arrays;
import java.util.List;

/**
 * Vectors of documents that codes are searched among.
 *
 * @param vectors {@code [n][dims]}
 * @param labels of each document, each once and in a fixed order; null without labels
 * @param learned the first so many are those that codes are learned from
 */
@SuppressWarnings("ArrayRecordComponent") // equals is never used
record CodeSample(float[][] vectors, List<List<String>> labels, int learned) {
    /** {@code [learned][dims]}. */
    float[][] toLearnFrom() {
        return learned == vectors.length ? vectors : Arrays.copyOf(vectors, learned);
    }
}
