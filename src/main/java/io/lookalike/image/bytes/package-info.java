/** Bounded reading of bytes, and the exception for what cannot be read. */
package io.lookalike.image.bytes;
