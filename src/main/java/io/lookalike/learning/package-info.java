/**
 * What is learned from vectors, as pure mathematics: principal components, binary codes, clusters.
 *
 * <p>Samples are arrays of floats in memory; results are small records of arrays. Uses {@code vectors} for products and
 * {@code work} for threads, nothing of Elasticsearch, and is the only package that uses EJML. The same sample and seed
 * give the same result on every machine and with any number of threads.
 */
package io.lookalike.learning;
