package io.lookalike.encoder;

import io.lookalike.image.PixelMemory;
import java.util.concurrent.Semaphore;

/**
 * A bound on the tensors that were made and wait for their model, so that decoding runs ahead of inference, but not far.
 *
 * <p>Threads that decode wait, first come, first served, until inference has taken enough; one tensor may always be made,
 * however large. Thread-safe.
 */
final class TensorMemory {
    private static final int UNIT = 1024;

    private final int units;
    private final Semaphore free;
    private final PixelMemory.Meter meter;

    /** {@code bytes}: what all tensors together may take. */
    TensorMemory(long bytes, PixelMemory.Meter meter) {
        this.meter = meter;
        units = Math.clamp(bytes / UNIT, 1, Integer.MAX_VALUE);
        free = new Semaphore(units, true);
    }

    /** Waits until this many bytes are free, and holds them; returns what is to be given to {@link #release}. */
    int reserve(long bytes) {
        int wanted = (int) Math.min(units, (bytes + UNIT - 1) / UNIT);
        free.acquireUninterruptibly(wanted);
        try {
            meter.hold((long) wanted * UNIT);
        } catch (RuntimeException e) {
            free.release(wanted);
            throw e;
        }
        return wanted;
    }

    void release(int held) {
        meter.release((long) held * UNIT);
        free.release(held);
    }
}
