/**
 * What an encoder is: its definition, the reading and checking of its configuration, its place in the cluster state,
 * and the mapping that its fields need. An encoder is the one definition that ingest and search share; it never
 * changes.
 *
 * <p>{@link io.lookalike.encoder.EncoderConfig} reads a configuration, {@link io.lookalike.encoder.EncoderDefinition}
 * is what is kept, {@link io.lookalike.encoder.Mappings} what an index needs. Nothing here runs a model. Uses
 * {@code model}, {@code image}, {@code hashing} and {@code learning}; used by everything above.
 */
package io.lookalike.encoder;
