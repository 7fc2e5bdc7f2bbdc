/**
 * What an encoder is and who runs it: from a picture or a vector to the fields that a document carries. An encoder is
 * the one definition that ingest and search share; it lives in the cluster state and never changes.
 *
 * <p>Uses {@code model}, {@code image}, {@code learning}, {@code hashing} and {@code vectors}; used by {@code ingest},
 * {@code query}, {@code training} and {@code rest}.
 */
package io.lookalike.encoder;
