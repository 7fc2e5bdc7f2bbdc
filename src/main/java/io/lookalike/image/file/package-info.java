/**
 * The formats of picture files: each is walked, and its size checked, before a decoder sees it.
 *
 * <p>To support another format, add a constant to {@link io.lookalike.image.file.Format}: its first bytes, a walk over
 * its file, its reader.
 */
package io.lookalike.image.file;
