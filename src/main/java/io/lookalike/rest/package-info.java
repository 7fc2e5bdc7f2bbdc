/**
 * The REST endpoints under {@code /_lookalike}: each parses a request, sends one transport action and writes its
 * answer.
 *
 * <p>May use everything below it; only the plugin uses it.
 */
package io.lookalike.rest;
