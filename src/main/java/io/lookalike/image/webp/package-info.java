/** A decoder of WebP: lossy (VP8) and lossless (VP8L), transparency, the first frame of an animation. */
package io.lookalike.image.webp;
