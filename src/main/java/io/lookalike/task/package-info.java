/**
 * What the long tasks share: a task that shows its progress and can be cancelled, threads for computations, and reading
 * documents with the rights of the user.
 *
 * <p>{@link io.lookalike.task.LongTask} is the task, {@link io.lookalike.task.AsyncSteps} chains asynchronous steps,
 * {@link io.lookalike.task.Documents} reads page by page, {@link io.lookalike.task.FieldLookup} finds fields, and
 * {@link io.lookalike.task.ComputePool} has threads, turns and memory. Uses {@code query} and what lies below; used by
 * {@code train}, {@code reencode}, {@code evaluate} and {@code duplicates}.
 */
package io.lookalike.task;
