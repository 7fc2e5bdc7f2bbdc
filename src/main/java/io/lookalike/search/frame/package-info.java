/**
 * What any search of ours runs in: work shared among search threads, stages that the profiler shows, and the hits that
 * are kept.
 *
 * <p>Used by {@code search}.
 */
package io.lookalike.search.frame;
