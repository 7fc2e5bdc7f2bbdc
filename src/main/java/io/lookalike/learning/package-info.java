/**
 * What is learned from vectors, as pure mathematics: principal components, binary codes, clusters.
 *
 * <p>Samples are arrays of floats in memory, results small records of arrays; nothing of Elasticsearch, and of this
 * project only the kernels of {@code vectors}. The only package that uses EJML. Results are the same for the same
 * sample and seed, on every machine and with any number of threads.
 */
package io.lookalike.learning;
