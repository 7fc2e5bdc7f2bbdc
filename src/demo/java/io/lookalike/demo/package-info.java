/**
 * The demonstration: draws pictures, indexes them in a real node with the plugin, searches them in every way of the
 * plugin, and reports the results.
 *
 * <p>It uses the plugin only over HTTP, as a user would. It may use {@code io.lookalike.node} (which starts the node)
 * and no other package of the project.
 */
package io.lookalike.demo;
