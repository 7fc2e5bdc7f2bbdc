package io.lookalike.model;

/** What one run of a graph is asked: this tensor in, that output out. Lives for one call and is never compared. */
@SuppressWarnings("ArrayRecordComponent")
record Pass(String output, float[] data, long[] shape) {}
