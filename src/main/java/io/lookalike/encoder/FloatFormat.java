package io.lookalike.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/**
 * Number formats of learned arrays in a configuration, which are base64 of little-endian bytes.
 *
 * <p>Base64 is exact and takes a third of the size of decimal text. Stateless.
 */
public enum FloatFormat {
    FLOAT32(Float.BYTES) {
        @Override
        void put(ByteBuffer bytes, float value) {
            bytes.putFloat(value);
        }

        @Override
        float get(ByteBuffer bytes) {
            return bytes.getFloat();
        }

        @Override
        float round(float value) {
            return value;
        }
    },
    /** The upper half of a float32, with three significant digits. */
    BFLOAT16(Short.BYTES) {
        @Override
        void put(ByteBuffer bytes, float value) {
            bytes.putShort((short) (Float.floatToIntBits(round(value)) >>> HALF));
        }

        @Override
        float get(ByteBuffer bytes) {
            return Float.intBitsToFloat(bytes.getShort() << HALF);
        }

        // to the nearest; a tie goes to the even one
        @Override
        float round(float value) {
            int bits = Float.floatToIntBits(value);
            int even = bits >>> HALF & 1;
            return Float.intBitsToFloat((bits + 0x7FFF + even) & 0xFFFF0000);
        }
    };

    private static final int HALF = 16;

    private final int size;

    FloatFormat(int size) {
        this.size = size;
    }

    /** Bytes of a number. */
    int size() {
        return size;
    }

    abstract void put(ByteBuffer bytes, float value);

    abstract float get(ByteBuffer bytes);

    /** The value in this format; a finite value above the greatest becomes infinite. */
    abstract float round(float value);

    /** Writes values as a configuration holds them. */
    public String toBase64(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * size).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            put(bytes, value);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** @param bytes an incomplete number at the end is ignored */
    float[] fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.length / size];
        for (int i = 0; i < values.length; i++) {
            values[i] = get(buffer);
        }
        return values;
    }
}
