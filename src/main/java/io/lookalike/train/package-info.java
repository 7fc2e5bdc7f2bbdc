/**
 * {@code _train}: makes a new encoder from an existing one by learning from the vectors of indexed documents.
 *
 * <p>{@link io.lookalike.train.TrainingRun} is one training: sample, learn, measure, create the encoder. The
 * mathematics is in {@code learning}. Uses {@code task}, {@code admin}, {@code learning} and what lies below; used by
 * {@code rest}.
 */
package io.lookalike.train;
