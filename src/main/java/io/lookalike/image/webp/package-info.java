/** A WebP decoder: lossy (VP8) and lossless (VP8L), with transparency, the first frame of an animation. */
package io.lookalike.image.webp;
