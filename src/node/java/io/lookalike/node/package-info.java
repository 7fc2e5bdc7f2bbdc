/**
 * A real Elasticsearch node in its own process, assembled from the jars on Maven Central, for the demo, the integration
 * tests and the benchmarks.
 *
 * <p>Uses no classes of the plugin, which is installed from the built zip, with the checks of Elasticsearch's install
 * tool. Entitlements are enforced as in a downloaded distribution.
 */
package io.lookalike.node;
