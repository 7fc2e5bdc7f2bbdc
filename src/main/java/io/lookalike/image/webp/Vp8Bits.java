package io.lookalike.image.webp;

/**
 * The boolean entropy decoder of VP8 (RFC 6386, section 7), over part of an array.
 *
 * <p>Past the end it reads zeros, as the format demands for the last bits, and counts them. For one thread.
 */
final class Vp8Bits {

    /** Encoders may omit this many zeros at the end. */
    private static final int ZEROS_AT_END = 4;

    private final byte[] array;
    private final int end;
    private int at;
    private int zeros;
    private long value;
    /** How many bits of {@code value} are below the compared ones. */
    private int spare = -8;

    private int range = 255;

    Vp8Bits(byte[] array, int from, int to) {
        this.array = array;
        this.at = from;
        this.end = to;
    }

    /** A bit that is 0 with probability {@code probability / 256}. */
    int bit(int probability) {
        if (spare < 0) {
            fill();
        }
        int split = 1 + (((range - 1) * probability) >> 8);
        long big = (long) split << spare;
        int bit;
        if (value >= big) {
            value -= big;
            range -= split;
            bit = 1;
        } else {
            range = split;
            bit = 0;
        }
        int shift = Integer.numberOfLeadingZeros(range) - 24;
        range <<= shift;
        spare -= shift;
        return bit;
    }

    private void fill() {
        while (spare < 40) {
            int next = 0;
            if (at < end) {
                next = array[at++] & 0xff;
            } else {
                zeros++;
            }
            value = value << 8 | next;
            spare += 8;
        }
    }

    boolean flag() {
        return bit(128) == 1;
    }

    /** An unsigned number, highest bit first. */
    int number(int bits) {
        int number = 0;
        for (int i = 0; i < bits; i++) {
            number = number << 1 | bit(128);
        }
        return number;
    }

    /** A flag; if it is set, a number and its sign. */
    int optionalSigned(int bits) {
        if (!flag()) {
            return 0;
        }
        int number = number(bits);
        return flag() ? -number : number;
    }

    /** Whether more bits were read than exist. */
    boolean overrun() {
        return zeros - Math.max(0, spare) / 8 > ZEROS_AT_END;
    }
}
