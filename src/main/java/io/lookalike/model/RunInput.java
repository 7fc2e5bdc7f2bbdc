package io.lookalike.model;

/**
 * The input of one run: the rows, one after the other, form a tensor of this shape. Names the wanted output. Lives for
 * one call; equals is never used.
 */
@SuppressWarnings("ArrayRecordComponent")
record RunInput(String output, float[][] rows, long[] shape) {}
