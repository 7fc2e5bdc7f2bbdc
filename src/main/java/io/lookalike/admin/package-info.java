/**
 * Requests that manage encoders and models (put, get, delete, encode, models, statistics), and health indicators.
 *
 * <p>Each {@code …Action} has the request and the response, each {@code Transport…Action} runs it on a node. Uses
 * {@code inference} and {@code encoder}; used by {@code rest} and {@code train}.
 */
package io.lookalike.admin;
