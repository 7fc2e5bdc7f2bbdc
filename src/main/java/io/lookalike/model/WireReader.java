package io.lookalike.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;

/** Reads the wire format of protocol buffers from a file, and can skip parts. Not thread-safe. */
final class WireReader {
    private final SeekableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 14).limit(0);
    /** The position in the file where the buffer ends. */
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
     * A field's number and type. More than 32 bits are refused, because other readers truncate them to another field.
     */
    long tag() throws IOException {
        long tag = varint();
        if (tag >>> Integer.SIZE != 0) {
            throw new EOFException("no such field");
        }
        return tag;
    }

    String text(int bytes) throws IOException {
        byte[] text = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            text[i] = next();
        }
        return new String(text, StandardCharsets.UTF_8);
    }
}
