/**
 * {@code _lookalike/evaluate}: measures recall and cost of the settings of a search against the exact answer.
 *
 * <p>{@link io.lookalike.evaluate.Evaluation} runs the searches of one request by an
 * {@link io.lookalike.evaluate.EvaluationPlan}; {@link io.lookalike.evaluate.EvaluatedRequest} is the search, and
 * {@link io.lookalike.evaluate.Sweep} makes the settings that are compared. Uses {@code task} and what lies below; used
 * by {@code rest}.
 */
package io.lookalike.evaluate;
