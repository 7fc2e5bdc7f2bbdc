/**
 * Hashes: binary codes and buckets of vectors, and perceptual hashes of pixels.
 *
 * <p>They give the same bits on every machine for ever, because indices store the bits. Pure Java; may use
 * {@code vectors} and no other package of this project.
 */
package io.lookalike.hashing;
