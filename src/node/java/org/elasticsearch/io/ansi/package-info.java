/**
 * One class whose name Elasticsearch looks up at start and which is not on Maven Central; used by
 * {@code io.lookalike.node} alone.
 */
package org.elasticsearch.io.ansi;
