/** Bounded reading of bytes, and the exception for bytes that cannot be read. */
package io.lookalike.image.bytes;
