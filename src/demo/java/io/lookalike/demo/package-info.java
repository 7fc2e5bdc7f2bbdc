/**
 * The demonstration: draws its own pictures, indexes them in a real node with the plugin installed, searches them in
 * every way the plugin offers, and prints and draws what came back.
 *
 * <p>It talks to the plugin only as a user would, over HTTP. It may use {@code io.lookalike.node} (which starts the
 * node) and no other room of the project.
 */
package io.lookalike.demo;
