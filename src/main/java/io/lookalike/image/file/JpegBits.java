package io.lookalike.image.file;

import io.lookalike.image.bytes.Unreadable;

/**
 * The bits of a scan of a JPEG, without the zeros that are stuffed behind {@code ff}; ends at every marker.
 *
 * <p>For one thread.
 */
final class JpegBits {

    private final byte[] array;
    private final int end;
    private int at;
    private long value;
    private int available;
    /** How many of the available bits are behind the end. */
    private int missing;

    JpegBits(byte[] array, int from, int end) {
        this.array = array;
        this.at = from;
        this.end = end;
    }

    private void fill() {
        while (available <= 48) {
            int next = 0;
            if (at < end && (array[at] != -1 || (at + 1 < end && array[at + 1] == 0))) {
                next = array[at] & 0xff;
                at += next == 0xff ? 2 : 1;
            } else if (at + 1 < end && array[at + 1] == -1) {
                at++; // a fill byte
                continue;
            } else {
                missing += 8;
            }
            value = value << 8 | next;
            available += 8;
        }
    }

    /** The next 16 bits, with zeros behind the end. */
    int peek() {
        if (available < 16) {
            fill();
        }
        return (int) (value >>> (available - 16)) & 0xffff;
    }

    void skip(int count) throws Unreadable {
        available -= count;
        if (available < missing) {
            throw Unreadable.truncated("JPEG");
        }
    }

    int read(int count) throws Unreadable {
        if (count == 0) {
            return 0;
        }
        int bits = peek() >>> (16 - count);
        skip(count);
        return bits;
    }

    boolean flag() throws Unreadable {
        if (available == 0) {
            fill();
        }
        skip(1);
        return (value >>> available & 1) != 0;
    }

    /** A signed number of so many bits (ITU-T T.81, figure F.12). */
    int signed(int count) throws Unreadable {
        int bits = read(count);
        return count > 0 && bits < 1 << (count - 1) ? bits - (1 << count) + 1 : bits;
    }

    /** Skips to behind the next restart marker, which must have this number. */
    void restart(int number) throws Unreadable {
        available = 0;
        missing = 0;
        value = 0;
        while (at + 1 < end && (array[at] != -1 || array[at + 1] == 0 || array[at + 1] == -1)) {
            at++;
        }
        if (at + 1 >= end || (array[at + 1] & 0xff) != 0xd0 + number) {
            throw Unreadable.damaged("JPEG", "its restart markers are not in order");
        }
        at += 2;
    }
}
