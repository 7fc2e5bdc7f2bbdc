/**
 * {@code _lookalike/duplicates}: groups of pictures that are the same, or alike, in a whole index.
 *
 * <p>{@link io.lookalike.duplicates.DuplicatesRun} is the way of one request: read, find near pairs, group, answer a
 * page. The search for pairs of codes is in {@code pairs}. Uses {@code task} and what lies below; used by {@code rest}.
 */
package io.lookalike.duplicates;
