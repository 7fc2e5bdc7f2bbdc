/**
 * The requests that manage encoders and models, and what shows their state: put, get, delete, encode, models,
 * statistics, health.
 *
 * <p>Each {@code …Action} holds the request and the answer, each {@code Transport…Action} what a node does with it.
 * Uses {@code inference} and {@code encoder}; used by {@code rest} and {@code train}.
 */
package io.lookalike.admin;
