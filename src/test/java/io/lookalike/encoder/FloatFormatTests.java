package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FloatFormatTests {
    @Test
    void bytesAreLittleEndian() {
        // 1 is 3f800000, -2.5 is c0200000
        assertEquals(
                Base64.getEncoder().encodeToString(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0x20, (byte) 0xc0}),
                FloatFormat.FLOAT32.toBase64(new float[] {1, -2.5f}));
        assertEquals(
                Base64.getEncoder().encodeToString(new byte[] {(byte) 0x80, 0x3f, 0x20, (byte) 0xc0}),
                FloatFormat.BFLOAT16.toBase64(new float[] {1, -2.5f}));
    }

    @Test
    void everyFloatIsReadBack() {
        Random random = new Random(4);
        float[] values = new float[1000];
        for (int i = 0; i < values.length; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            values[i] = Float.isFinite(value) ? value : -0f;
        }
        assertArrayEquals(
                values,
                FloatFormat.FLOAT32.fromBytes(Base64.getDecoder().decode(FloatFormat.FLOAT32.toBase64(values))));
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = FloatFormat.BFLOAT16.round(values[i]);
        }
        assertArrayEquals(
                rounded,
                FloatFormat.BFLOAT16.fromBytes(Base64.getDecoder().decode(FloatFormat.BFLOAT16.toBase64(values))));
    }

    /** The nearest bfloat16; a tie goes to the even one. */
    @Test
    void halvesAreRoundedToTheNearest() {
        Random random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            int bits = random.nextInt(0x7F7F0000);
            float value = Float.intBitsToFloat(bits);
            double below = Float.intBitsToFloat(bits & 0xFFFF0000);
            double above = Float.intBitsToFloat((bits & 0xFFFF0000) + 0x10000);
            double expected = value - below < above - value ? below : above;
            if (value - below != above - value) {
                assertEquals((float) expected, FloatFormat.BFLOAT16.round(value));
                assertEquals((float) -expected, FloatFormat.BFLOAT16.round(-value));
            }
        }
        assertEquals(1f, FloatFormat.BFLOAT16.round(Float.intBitsToFloat(0x3f808000)));
        assertEquals(Float.intBitsToFloat(0x3f820000), FloatFormat.BFLOAT16.round(Float.intBitsToFloat(0x3f818000)));
        assertEquals(Float.POSITIVE_INFINITY, FloatFormat.BFLOAT16.round(Float.MAX_VALUE));
    }
}
