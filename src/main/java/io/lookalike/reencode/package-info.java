/**
 * {@code _lookalike/reencode}: writes the fields of one encoder beside those of another, from the stored vectors.
 *
 * <p>{@link io.lookalike.reencode.ReencodeRun} reads pages of documents and writes bulks of partial updates. Uses
 * {@code task} and what lies below; used by {@code rest}.
 */
package io.lookalike.reencode;
