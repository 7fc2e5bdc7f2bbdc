/**
 * A real Elasticsearch node as a process of its own, put together from the jars on Maven Central: for the demo, the
 * integration tests and the benchmarks.
 *
 * <p>Uses nothing of the plugin; the plugin comes in as the built zip, through the same checks that Elasticsearch's
 * install tool makes. Entitlements are enforced in this node as they are in a downloaded one.
 */
package io.lookalike.node;
