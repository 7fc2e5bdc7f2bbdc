/**
 * Tests of the built plugin in real nodes: processes of their own, started by {@code io.lookalike.node}, with
 * entitlements enforced, asked over HTTP. Pictures are drawn by {@code io.lookalike.demo}.
 *
 * <p>Classes that can share one node take an {@link io.lookalike.it.Http} from {@link io.lookalike.it.SharedNode} and
 * keep to indices of their own; those that kill or restart nodes start their own. Nothing here may import what the
 * plugin consists of, except to compute what it should answer.
 */
package io.lookalike.it;
