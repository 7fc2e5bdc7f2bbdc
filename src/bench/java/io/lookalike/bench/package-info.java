/**
 * The benchmarks behind {@code bin/bench}: each measures the plugin and its rivals in one run and prints them in one
 * table.
 *
 * <p>Unit tests assert that the compared implementations agree. May use every package of the plugin and
 * {@code io.lookalike.node}.
 */
package io.lookalike.bench;
