/**
 * The kernels: distances between vectors and between codes, and the choice of the nearest ones.
 *
 * <p>Static methods over primitives and small single-purpose collectors, nothing of Elasticsearch; may use Lucene's
 * vector kernels and no other package of this project. Every other package may use this one.
 */
package io.lookalike.vectors;
