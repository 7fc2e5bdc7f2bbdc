/**
 * {@code _train}: makes a new encoder out of an existing one and what is learned from the vectors of indexed documents.
 *
 * <p>{@link io.lookalike.train.TrainingRun} is the way of one training: sample, learn, measure, put the encoder. The
 * mathematics is in {@code learning}. Uses {@code task}, {@code admin}, {@code learning} and what lies below; used by
 * {@code rest}.
 */
package io.lookalike.train;
