/**
 * Hashes: from a vector to a binary code or to buckets by random hyperplanes, and from pixels to a perceptual hash.
 *
 * <p>All of them give the same bits on every machine for ever, because the bits are stored in indices. Pure Java; may
 * use {@code vectors} and no other package of this project.
 */
package io.lookalike.hashing;
