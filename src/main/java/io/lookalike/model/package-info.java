/**
 * ONNX networks: finds them on disk or in the jar, loads each once into ONNX Runtime, which DJL's engine starts,
 * describes them, and runs tensors through them.
 *
 * <p>The only package that may use {@code ai.djl} and {@code ai.onnxruntime}. It knows nothing of Elasticsearch,
 * pictures or encoders, and does not read {@code model.json}. It may use {@code vectors}.
 */
package io.lookalike.model;
