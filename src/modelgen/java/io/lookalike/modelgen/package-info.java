/**
 * Generates the models that ship in the jar: ONNX graphs whose weights are formulas or, in part, learned from pictures
 * that this package draws.
 *
 * <p>Runs at build time only; learning is a separate program, whose result is part of the sources. Uses the JDK, the
 * ONNX protocol buffers and, to learn, ONNX Runtime, and no other package of this project.
 */
package io.lookalike.modelgen;
