package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;

/**
 * The fields of one message of protocol buffers, one after the other.
 *
 * <p>A field that a message has once and the file has twice is refused. Protocol buffers take the last of two numbers and merge two
 * messages, so that what is read here could be something else than what ONNX Runtime reads; no exporter writes one twice. Not
 * thread-safe.
 */
final class WireMessage {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int FIXED32 = 5;

    private final WireReader in;
    private final long end;
    private final String name;
    private long seen;
    private int key;
    private long value;
    private long next;

    /** @param name how messages name it */
    WireMessage(WireReader in, long end, String name) {
        this.in = in;
        this.end = end;
        this.name = name;
        next = in.position();
    }

    /** Goes to the next field; false at the end. */
    boolean next() throws IOException {
        in.seek(next);
        if (next >= end) {
            return false;
        }
        long tag = in.varint();
        if (tag >>> Integer.SIZE != 0 || tag >>> 3 == 0) {
            throw new EOFException("no such field");
        }
        key = (int) tag;
        switch (key & 7) {
            case VARINT -> value = in.varint();
            case FIXED64 -> value = in.fixed(Long.BYTES);
            case FIXED32 -> value = in.fixed(Integer.BYTES);
            case LENGTH -> value = in.varint();
            default -> throw new EOFException("no such wire type");
        }
        next = in.position();
        if ((key & 7) == LENGTH) {
            if (value < 0 || value > end - next) {
                throw new EOFException("a field ends after its message");
            }
            next += value;
        }
        if (next > end) {
            throw new EOFException("a field ends after its message");
        }
        return true;
    }

    /** The current field: its number, shifted to the left by 3, and the way its value is written. */
    int key() {
        return key;
    }

    /** Says that the current field, or one of those that exclude each other and have this number, stands in a message once. */
    WireMessage once(int field) {
        if ((seen & 1L << field) != 0) {
            throw new ModelException("a message [" + name + "] has field [" + (key >>> 3)
                    + "] twice, or one that excludes it; export the model again");
        }
        seen |= 1L << field;
        return this;
    }

    WireMessage once() {
        return once(key >>> 3);
    }

    /** The current number. */
    long number() {
        return value;
    }

    /** The length of the current text, bytes or message. */
    long length() {
        return value;
    }

    /** The message in the current field. */
    WireMessage message(String inner) {
        return new WireMessage(in, next, inner);
    }

    /** The numbers of a packed field. */
    boolean hasMore() {
        return in.position() < next;
    }
}
