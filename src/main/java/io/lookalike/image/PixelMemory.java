package io.lookalike.image;

import io.lookalike.image.bytes.Unreadable;

/**
 * A bound on the memory of all pictures that are being decoded at once.
 *
 * <p>What a picture will take is known from its header, and is reserved before a pixel is decoded; threads wait, first
 * come, first served, while others hold what they need, so that large pictures slow each other down rather than exhaust
 * the heap. Who holds pixels may wait for a place of a tensor, and never the other way round (see
 * {@link BoundedMemory}). Thread-safe; a thread must hold one reservation at a time.
 */
public final class PixelMemory {
    /** Is told of what is held, and may refuse more. Thread-safe. */
    public interface Meter {
        /** Throws where this is too much, and then counts nothing. */
        void hold(long bytes);

        void release(long bytes);
    }

    /** A refusal of a meter, or of a wait, on its way through what turns the failures of decoders into words. */
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

    /** Without a meter. */
    public PixelMemory(long bytes) {
        this(bytes, new Meter() {
            @Override
            public void hold(long more) {}

            @Override
            public void release(long fewer) {}
        });
    }

    /** {@code bytes}: what all pictures together may take, at least 1. */
    public PixelMemory(long bytes, Meter meter) {
        memory = new BoundedMemory(bytes, meter);
    }

    /** Bytes that pictures hold. */
    public long held() {
        return memory.held();
    }

    /** The same for a picture that may wait as long as it takes. */
    public Reservation reservation() {
        return reservation(BoundedMemory.Patience.ENDLESS);
    }

    /**
     * A reservation of nothing yet; give it to {@link ImageDecoder#decode}, close it when the picture is done with.
     *
     * @param patience how long the picture may wait for others
     */
    public Reservation reservation(BoundedMemory.Patience patience) {
        return new Reservation(patience);
    }

    /** What one picture holds, from its decoding until it is closed. Used by one thread. */
    public final class Reservation implements AutoCloseable {
        private final BoundedMemory.Patience patience;
        private long held;

        private Reservation(BoundedMemory.Patience patience) {
            this.patience = patience;
        }

        /** Waits until this many bytes are free, and holds them. */
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
