/**
 * Generates the models that ship in the jar: ONNX graphs whose weights are formulas, not the outcome of training.
 *
 * <p>Runs at build time only. Uses the JDK and the ONNX protocol buffers, and no other package of this project.
 */
package io.lookalike.modelgen;
