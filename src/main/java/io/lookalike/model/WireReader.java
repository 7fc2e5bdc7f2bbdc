package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;

/** Reads the wire format of protocol buffers from a file, passing over what nobody asks for. Not thread-safe. */
final class WireReader {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int FIXED32 = 5;

    private final SeekableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 14).limit(0);
    /** Where in the file the buffer ends. */
    private long read;

    WireReader(SeekableByteChannel channel) {
        this.channel = channel;
    }

    long position() {
        return read - buffer.remaining();
    }

    void seek(long position) throws IOException {
        long ahead = position - position();
        if (ahead >= 0 && ahead <= buffer.remaining()) {
            buffer.position(buffer.position() + (int) ahead);
        } else {
            channel.position(position);
            read = position;
            buffer.limit(0);
        }
    }

    /** @throws EOFException at the end of the file */
    byte next() throws IOException {
        if (buffer.hasRemaining() == false) {
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count <= 0) {
                throw new EOFException();
            }
            read += count;
        }
        return buffer.get();
    }

    /** A number of at most 64 bits, seven in each byte. */
    long varint() throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = next();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new EOFException("a number of more than ten bytes");
    }

    /**
     * The next field's number, with its wire type in the lowest three bits. A number that protocol buffers would cut to 32 bits is
     * refused, since it would mean another field there than here.
     */
    int tag() throws IOException {
        long tag = varint();
        if (tag < 1 << 3 || tag > 0xffff_ffffL) {
            throw new EOFException("no such field");
        }
        return (int) tag;
    }

    /** Passes over a field's value. */
    void skip(int tag, long end) throws IOException {
        switch (tag & 7) {
            case VARINT -> varint();
            case FIXED64 -> seek(position() + Long.BYTES);
            case FIXED32 -> seek(position() + Integer.BYTES);
            case LENGTH -> seek(end(end));
            default -> throw new EOFException("no such wire type");
        }
    }

    /** Reads the length of a field and returns where it ends. */
    long end(long outer) throws IOException {
        long length = varint();
        if (length < 0 || length > outer - position()) {
            throw new EOFException("a field ends after its message");
        }
        return position() + length;
    }

    String text(int bytes) throws IOException {
        byte[] text = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            text[i] = next();
        }
        return new String(text, StandardCharsets.UTF_8);
    }
}
