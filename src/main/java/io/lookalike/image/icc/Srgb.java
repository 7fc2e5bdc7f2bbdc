package io.lookalike.image.icc;

/** The transfer curve of sRGB (IEC 61966-2-1), as a table. */
final class Srgb {

    private static final int STEPS = 1 << 14;
    private static final byte[] ENCODED = new byte[STEPS + 1];

    static {
        for (int i = 0; i <= STEPS; i++) {
            double value = (double) i / STEPS;
            double encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * Math.pow(value, 1 / 2.4) - 0.055;
            ENCODED[i] = (byte) Math.round(255 * encoded);
        }
    }

    private Srgb() {}

    /** Encodes linear light, 0 to 1, as a value from 0 to 255; other light is clipped. */
    static int encode(float light) {
        if (!(light > 0)) {
            return 0;
        }
        return light >= 1 ? 255 : ENCODED[(int) (light * STEPS + 0.5f)] & 0xff;
    }
}
