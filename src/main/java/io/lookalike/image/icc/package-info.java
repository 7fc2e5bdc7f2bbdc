/** ICC colour profiles: from the colours of a file to sRGB. */
package io.lookalike.image.icc;
