package io.lookalike.model;

import ai.onnxruntime.OnnxJavaType;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The element types of tensors, with conversions from floats to input elements and from output elements to floats.
 *
 * <p>Integers are rounded to the nearest and clamped to their range: 254.7 becomes 255, and -3 becomes 0 in
 * {@code uint8}. Stateless; each conversion is one pass and one copy.
 */
enum ElementType {
    FLOAT32(OnnxJavaType.FLOAT, true),
    FLOAT16(OnnxJavaType.FLOAT16, true),
    BFLOAT16(OnnxJavaType.BFLOAT16, false),
    FLOAT64(OnnxJavaType.DOUBLE, true),
    UINT8(OnnxJavaType.UINT8, true),
    INT8(OnnxJavaType.INT8, true),
    INT32(OnnxJavaType.INT32, true),
    INT64(OnnxJavaType.INT64, true),
    BOOL(OnnxJavaType.BOOL, false);

    private final OnnxJavaType type;
    private final boolean input;
    private final String label = name().toLowerCase(Locale.ROOT);

    ElementType(OnnxJavaType type, boolean input) {
        this.type = type;
        this.input = input;
    }

    OnnxJavaType type() {
        return type;
    }

    /** Whether {@link #encode} supports this type. */
    boolean isInput() {
        return input;
    }

    /** The type with a name such as {@code float32}; null if there is none. */
    static ElementType of(String name) {
        for (ElementType each : values()) {
            if (each.label.equals(name)) {
                return each;
            }
        }
        return null;
    }

    static ElementType of(OnnxJavaType type) {
        return Arrays.stream(values())
                .filter(each -> each.type == type)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no elements of type [" + type + "]"));
    }

    static String inputNames() {
        return Arrays.stream(values())
                .filter(ElementType::isInput)
                .map(ElementType::toString)
                .collect(Collectors.joining(", "));
    }

    static String names() {
        return Arrays.stream(values()).map(ElementType::toString).collect(Collectors.joining(", "));
    }

    /**
     * Writes all values to the beginning of {@code bytes}, which is in native order and has {@link #size} bytes for
     * each.
     */
    void encode(float[] values, ByteBuffer bytes) {
        bytes.clear().limit(Math.multiplyExact(values.length, size()));
        switch (this) {
            case FLOAT32 -> bytes.asFloatBuffer().put(values);
            case FLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    bytes.putShort(i * Short.BYTES, Float.floatToFloat16(values[i]));
                }
            }
            case UINT8, INT8 -> {
                int least = this == INT8 ? Byte.MIN_VALUE : 0;
                for (int i = 0; i < values.length; i++) {
                    bytes.put(i, (byte) Math.clamp(Math.round(values[i]), least, least + 255));
                }
            }
            case FLOAT64 -> {
                for (int i = 0; i < values.length; i++) {
                    bytes.putDouble(i * Double.BYTES, values[i]);
                }
            }
            case INT32 -> {
                for (int i = 0; i < values.length; i++) {
                    bytes.putInt(i * Integer.BYTES, Math.round(values[i]));
                }
            }
            case INT64 -> {
                for (int i = 0; i < values.length; i++) {
                    bytes.putLong(i * Long.BYTES, Math.round((double) values[i]));
                }
            }
            default -> throw new IllegalStateException("not an input type: " + this);
        }
    }

    /** Reads all of {@code bytes}, in native order. */
    float[] decode(ByteBuffer bytes) {
        float[] values = new float[bytes.remaining() / size()];
        switch (this) {
            case FLOAT32 -> bytes.asFloatBuffer().get(values);
            case FLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(bytes.getShort());
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(bytes.getShort() << 16);
                }
            }
            case FLOAT64 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) bytes.getDouble();
                }
            }
            case UINT8 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Byte.toUnsignedInt(bytes.get());
                }
            }
            case INT8, BOOL -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = bytes.get();
                }
            }
            case INT32 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = bytes.getInt();
                }
            }
            case INT64 -> {
                LongBuffer longs = bytes.asLongBuffer();
                for (int i = 0; i < values.length; i++) {
                    values[i] = longs.get();
                }
            }
        }
        return values;
    }

    int size() {
        return switch (this) {
            case UINT8, INT8, BOOL -> Byte.BYTES;
            case FLOAT16, BFLOAT16 -> Short.BYTES;
            case FLOAT32, INT32 -> Integer.BYTES;
            case FLOAT64, INT64 -> Long.BYTES;
        };
    }

    @Override
    public String toString() {
        return label;
    }
}
