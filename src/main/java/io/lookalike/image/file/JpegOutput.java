package io.lookalike.image.file;

import io.lookalike.image.bytes.ArrayInputStream;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;

/** Collects the bytes of a written JPEG, up to a limit. For one thread. */
final class JpegOutput {
    private final int most;
    private byte[] array;
    private int used;

    /** Grows from {@code expected} bytes up to {@code most}. */
    JpegOutput(int expected, int most) {
        this.array = new byte[Math.min(expected, most)];
        this.most = most;
    }

    void u8(int value) throws Unreadable {
        if (used == array.length) {
            grow();
        }
        array[used++] = (byte) value;
    }

    private void grow() throws Unreadable {
        if (used == most) {
            throw Unreadable.damaged("JPEG", "its scans hold more than their bytes can");
        }
        array = Arrays.copyOf(array, (int) Math.min(most, used + used / 4L + 1024));
    }

    void u16(int value) throws Unreadable {
        u8(value >> 8);
        u8(value);
    }

    void marker(int code) throws Unreadable {
        u8(0xff);
        u8(code);
    }

    void segment(int marker, byte[] from, int at, int count) throws Unreadable {
        marker(marker);
        u16(2 + count);
        for (int i = at; i < at + count; i++) {
            u8(from[i]);
        }
    }

    ArrayInputStream stream() {
        return new ArrayInputStream(array, 0, used);
    }
}
