/**
 * ONNX networks: finds them on disk or in the jar, loads each once into the ONNX Runtime that DJL's engine starts,
 * describes them, and runs a tensor of pictures through them.
 *
 * <p>The only package that may use {@code ai.djl} and {@code ai.onnxruntime}. It knows nothing of Elasticsearch, of
 * pictures or of encoders: what a model's {@code model.json} means is for others to read. It may use {@code vectors}.
 */
package io.lookalike.model;
