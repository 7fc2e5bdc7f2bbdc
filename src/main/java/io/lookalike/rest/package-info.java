/**
 * The REST endpoints under {@code /_lookalike}: each parses a request, sends one transport action and writes its
 * answer.
 *
 * <p>May use everything below it; used by nobody but the plugin.
 */
package io.lookalike.rest;
