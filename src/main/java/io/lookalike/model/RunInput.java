package io.lookalike.model;

import java.util.List;

/**
 * The input of one run: the rows, one after the other, form a tensor of this shape. Names the wanted outputs. Lives for
 * one call; equals is never used.
 */
@SuppressWarnings("ArrayRecordComponent")
record RunInput(List<String> outputs, float[][] rows, long[] shape) {}
