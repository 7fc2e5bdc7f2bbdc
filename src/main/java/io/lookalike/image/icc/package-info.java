/** Colour profiles (ICC): from the colours of a file to sRGB. */
package io.lookalike.image.icc;
