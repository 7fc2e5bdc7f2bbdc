/**
 * The kernels: distances between vectors and between codes, and the choice of the nearest ones.
 *
 * <p>Static methods over primitives and small collectors with one purpose each. May use no other package of this
 * project, nothing of Elasticsearch and no kernel of Lucene (see {@link io.lookalike.vectors.Sums}). Every other
 * package may use this one.
 */
package io.lookalike.vectors;
