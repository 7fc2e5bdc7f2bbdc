/**
 * What the long tasks share: a task that shows its progress and can be cancelled, threads for computations, and reading
 * all documents of some indices with the rights of whoever asked.
 *
 * <p>{@link io.lookalike.task.LongTask} is the task, {@link io.lookalike.task.AsyncSteps} goes from one step to the
 * next on whatever thread answers, {@link io.lookalike.task.Documents} reads page by page, and
 * {@link io.lookalike.task.VectorField} looks up the fields that an encoder wrote. Uses {@code query} and what lies
 * below; used by {@code train}, {@code reencode}, {@code evaluate} and {@code duplicates}.
 */
package io.lookalike.task;
