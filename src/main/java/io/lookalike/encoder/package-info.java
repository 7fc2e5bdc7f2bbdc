/**
 * Defines encoders: reads and checks their configuration, stores them in the cluster state, and makes the mapping for
 * their fields. Ingest and search share the definition of an encoder; it never changes.
 *
 * <p>{@link io.lookalike.encoder.EncoderConfig} reads a configuration, {@link io.lookalike.encoder.EncoderDefinition}
 * is its stored form, {@link io.lookalike.encoder.Mappings} makes mappings. Nothing here runs a model. Uses
 * {@code model}, {@code image}, {@code hashing} and {@code learning}; used by everything above.
 */
package io.lookalike.encoder;
