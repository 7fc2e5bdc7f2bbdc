package io.lookalike.image.bytes;

import java.util.HexFormat;

/**
 * Reads numbers from the bytes of a file; a read past its end fails as {@code truncated}.
 *
 * @param array the whole file, not copied
 * @param length of the file
 * @param format the format's name in messages, such as {@code PNG}
 */
@SuppressWarnings("ArrayRecordComponent")
public record Bytes(byte[] array, int length, String format) {

    /** Takes a whole array. */
    public Bytes(byte[] array, String format) {
        this(array, array.length, format);
    }

    /** Fails unless {@code count} bytes from {@code at} are in the file. */
    public void require(int at, long count) throws Unreadable {
        if (at < 0 || count < 0 || at + count > length) {
            throw Unreadable.truncated(format);
        }
    }

    public int u8(int at) throws Unreadable {
        require(at, 1);
        return array[at] & 0xff;
    }

    public int u16(int at) throws Unreadable {
        require(at, 2);
        return (array[at] & 0xff) << 8 | (array[at + 1] & 0xff);
    }

    public long u32(int at) throws Unreadable {
        return (long) u16(at) << 16 | u16(at + 2);
    }

    public int u16le(int at) throws Unreadable {
        require(at, 2);
        return (array[at] & 0xff) | (array[at + 1] & 0xff) << 8;
    }

    public int i32le(int at) throws Unreadable {
        return u16le(at) | u16le(at + 2) << 16;
    }

    /** Whether these characters are at {@code at}; false past the end. */
    public boolean has(int at, String latin1) {
        int count = latin1.length();
        if (at < 0 || at > length - count) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if ((array[at + i] & 0xff) != latin1.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The first bytes in hexadecimal, at most four: {@code 89 50 4e 47}. */
    public static String start(byte[] array) {
        return HexFormat.ofDelimiter(" ").formatHex(array, 0, Math.min(4, array.length));
    }
}
