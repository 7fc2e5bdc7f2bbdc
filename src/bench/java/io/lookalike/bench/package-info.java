/**
 * The benchmarks behind {@code bin/bench}: each measures the plugin and its rivals in one run and prints them in one
 * table.
 *
 * <p>What is measured is asserted to agree in unit tests. May use every room of the plugin and
 * {@code io.lookalike.node}.
 */
package io.lookalike.bench;
