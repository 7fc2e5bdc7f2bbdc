package io.lookalike.image;

import io.lookalike.image.bytes.Unreadable;

/**
 * Limits the memory of all pictures that are decoded at the same time.
 *
 * <p>The memory of a picture is known from its header, and is reserved before a pixel is decoded. If there is too
 * little, threads wait, first come, first served, so large pictures delay each other instead of exhausting the heap. A
 * thread that holds pixels may wait for tensor memory, but never the other way round (see {@link BoundedMemory}).
 * Thread-safe; a thread must hold only one reservation at a time.
 */
public final class PixelMemory {
    /** Counts the bytes that are held, and may refuse more. Thread-safe. */
    public interface Meter {
        /** Throws if this is too much, and counts nothing then. */
        void hold(long bytes);

        void release(long bytes);
    }

    /** Carries a refusal past the code that explains the failures of decoders. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(RuntimeException why) {
            super(why);
        }

        RuntimeException why() {
            return (RuntimeException) getCause();
        }
    }

    private final BoundedMemory memory;

    /** @param bytes that all pictures together may take, at least 1 */
    public PixelMemory(long bytes, Meter meter) {
        memory = new BoundedMemory(bytes, meter);
    }

    /**
     * An empty reservation for {@link ImageDecoder#decode}; close it when the picture is no longer needed.
     *
     * @param patience how long the picture may wait for others
     */
    public Reservation reservation(BoundedMemory.Patience patience) {
        return new Reservation(patience);
    }

    /** The memory of one picture, until it is closed. For one thread. */
    public final class Reservation implements AutoCloseable {
        private final BoundedMemory.Patience patience;
        private long held;

        private Reservation(BoundedMemory.Patience patience) {
            this.patience = patience;
        }

        /** Waits until this many bytes are free, and reserves them. */
        void reserve(long bytes) throws Unreadable {
            if (held + bytes > memory.capacity()) {
                throw new Unreadable("decoding it takes about [" + (held + bytes) + "] bytes of memory; at most ["
                        + memory.capacity()
                        + "] are allowed, send a smaller picture or give the node a larger heap");
            }
            try {
                memory.acquire(bytes, held, patience);
            } catch (RuntimeException e) {
                throw new Refused(e);
            }
            held += bytes;
        }

        @Override
        public void close() {
            memory.release(held, 0);
            held = 0;
        }
    }
}
