package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Writes the directory of a plain TIFF behind the bytes of a file. For one thread. */
final class TiffOutput {
    private static final int SHORT = 3;
    private static final int LONG = 4;

    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    private record Tag(int type, byte[] value) {}

    private final boolean little;
    private final Map<Integer, Tag> tags = new TreeMap<>();

    TiffOutput(boolean little) {
        this.little = little;
    }

    private void put(ByteArrayOutputStream to, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            to.write((int) (value >>> (8 * (little ? i : bytes - 1 - i))));
        }
    }

    void putShorts(int tag, int... values) {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        for (int value : values) {
            put(to, value, 2);
        }
        put(tag, SHORT, to.toByteArray());
    }

    void putLongs(int tag, long... values) {
        ByteArrayOutputStream to = new ByteArrayOutputStream(4 * values.length);
        for (long value : values) {
            put(to, value, 4);
        }
        put(tag, LONG, to.toByteArray());
    }

    void put(int tag, int type, byte[] value) {
        tags.put(tag, new Tag(type, value));
    }

    /** The bytes of the file followed by the directory, to which its header points. */
    byte[] append(Bytes in) {
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        int start = in.length() + (in.length() & 1);
        int valuesAt = start + 2 + 12 * tags.size() + 4;
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        put(directory, tags.size(), 2);
        for (Map.Entry<Integer, Tag> entry : tags.entrySet()) {
            int type = entry.getValue().type;
            byte[] value = entry.getValue().value;
            put(directory, entry.getKey(), 2);
            put(directory, type, 2);
            put(directory, value.length / TiffDirectory.TYPE_BYTES[type], 4);
            if (value.length <= 4) {
                directory.writeBytes(Arrays.copyOf(value, 4));
            } else {
                put(directory, valuesAt + values.size(), 4);
                values.writeBytes(value);
                if (values.size() % 2 == 1) {
                    values.write(0);
                }
            }
        }
        put(directory, 0, 4);
        byte[] out = Arrays.copyOf(in.array(), valuesAt + values.size());
        System.arraycopy(directory.toByteArray(), 0, out, start, directory.size());
        System.arraycopy(values.toByteArray(), 0, out, valuesAt, values.size());
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        put(head, 42, 2);
        put(head, start, 4);
        System.arraycopy(head.toByteArray(), 0, out, 2, 6);
        return out;
    }
}
