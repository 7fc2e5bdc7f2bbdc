package io.lookalike.modelgen;

/**
 * A named value of the graph under construction, of shape {@code [batch, channels, size, size]}.
 *
 * @param name the value's name in the graph
 * @param channels the number of channels
 * @param size the width and the height
 */
record Tensor(String name, int channels, int size) {

    /** The number of values for one picture. */
    int dims() {
        return channels * size * size;
    }
}
