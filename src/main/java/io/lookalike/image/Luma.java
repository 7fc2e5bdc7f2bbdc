package io.lookalike.image;

/** Luma of ITU-R 601-2 in 16-bit fixed point, bit for bit as Pillow rounds it. */
final class Luma {

    private Luma() {}

    static int of(byte red, byte green, byte blue) {
        return ((red & 0xff) * 19595 + (green & 0xff) * 38470 + (blue & 0xff) * 7471 + 0x8000) >> 16;
    }
}
