/**
 * The formats of picture files: the structure and the size of each file are checked before a decoder sees it.
 *
 * <p>To support another format, add a constant to {@link io.lookalike.image.file.Format}: its first bytes, the check of
 * its structure, its reader.
 */
package io.lookalike.image.file;
