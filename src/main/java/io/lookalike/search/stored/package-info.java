/**
 * What a segment stores of vectors, codes and buckets, read one document at a time or in place in the mapped file.
 *
 * <p>Uses {@code vectors}; used by {@code search}.
 */
package io.lookalike.search.stored;
