package io.lookalike.image;

import java.util.concurrent.Semaphore;

/**
 * A bound on the memory of all pictures that are being decoded at once.
 *
 * <p>What a picture will take is known from its header, and is reserved before a pixel is decoded; threads wait, first
 * come, first served, while others hold what they need, so that large pictures slow each other down rather than
 * exhaust the heap. Thread-safe; a thread must hold one reservation at a time.
 */
public final class PixelMemory {
    private static final int UNIT = 1024;

    /** Is told of what is held, and may refuse more. Thread-safe. */
    public interface Meter {
        /** Throws where this is too much, and then counts nothing. */
        void hold(long bytes);

        void release(long bytes);
    }

    /** A meter's refusal on its way through what turns the failures of decoders into words. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(RuntimeException why) {
            super(why);
        }

        RuntimeException why() {
            return (RuntimeException) getCause();
        }
    }

    private final int units;
    private final Semaphore free;
    private final Meter meter;

    /** Without a meter. */
    PixelMemory(long bytes) {
        this(bytes, new Meter() {
            @Override
            public void hold(long more) {}

            @Override
            public void release(long fewer) {}
        });
    }

    /** {@code bytes}: what all pictures together may take, at least 1024. */
    public PixelMemory(long bytes, Meter meter) {
        this.meter = meter;
        units = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
        free = new Semaphore(units, true);
    }

    /** A reservation of nothing yet; give it to {@link ImageDecoder#decode}, close it when the picture is done with. */
    public Reservation reservation() {
        return new Reservation();
    }

    /** What one picture holds, from its decoding until it is closed. Used by one thread. */
    public final class Reservation implements AutoCloseable {
        private int held;

        private Reservation() {}

        /** Waits until this many bytes are free, and holds them. */
        void reserve(long bytes) throws Unreadable {
            long wanted = (bytes + UNIT - 1) / UNIT;
            if (wanted > units) {
                throw new Unreadable("decoding it takes about [" + bytes + "] bytes of memory; at most ["
                        + (long) units * UNIT
                        + "] are allowed, send a smaller picture or give the node a larger heap");
            }
            free.acquireUninterruptibly((int) wanted);
            try {
                meter.hold(wanted * UNIT);
            } catch (RuntimeException e) {
                free.release((int) wanted);
                throw new Refused(e);
            }
            held += (int) wanted;
        }

        @Override
        public void close() {
            meter.release((long) held * UNIT);
            free.release(held);
            held = 0;
        }
    }
}
