package io.lookalike.model;

/**
 * What one run of a graph is asked: the tensor of these rows, one after the other, in, that output out. Lives for one
 * call and is never compared.
 */
@SuppressWarnings("ArrayRecordComponent")
record RunInput(String output, float[][] rows, long[] shape) {}
