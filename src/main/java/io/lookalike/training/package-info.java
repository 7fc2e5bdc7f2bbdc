/**
 * Long work over documents that are already indexed: it reads what they store, and runs as a task that can be watched and cancelled.
 *
 * <p>{@link io.lookalike.training.Documents} reads for all of it.
 */
package io.lookalike.training;
