package io.lookalike.image.bytes;

import java.util.Objects;
import javax.imageio.stream.ImageInputStreamImpl;

/** An image stream over a part of an array, without a copy or a cache. For one thread. */
public final class ArrayInputStream extends ImageInputStreamImpl {

    private final byte[] array;
    private final int offset;
    private final int length;
    private final Runnable check;

    public ArrayInputStream(byte[] array, int offset, int length) {
        this(array, offset, length, () -> {});
    }

    /** @param check called every now and then by our readers; an exception that it throws ends their work */
    public ArrayInputStream(byte[] array, int offset, int length, Runnable check) {
        Objects.checkFromIndexSize(offset, length, array.length);
        this.array = array;
        this.offset = offset;
        this.length = length;
        this.check = check;
    }

    public Runnable check() {
        return check;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int read() {
        bitOffset = 0;
        return streamPos < length ? array[offset + (int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int from, int count) {
        Objects.checkFromIndexSize(from, count, target.length);
        bitOffset = 0;
        if (count == 0) {
            return 0;
        }
        int available = (int) Math.min(count, length - streamPos);
        if (available <= 0) {
            return -1;
        }
        System.arraycopy(array, offset + (int) streamPos, target, from, available);
        streamPos += available;
        return available;
    }
}
