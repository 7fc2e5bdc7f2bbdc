package io.lookalike.image;

/** Memory for pictures that may wait for ever and that nothing counts, for tests and benchmarks. */
public final class UnmeteredMemory {
    public static final BoundedMemory.Patience ENDLESS = new BoundedMemory.Patience() {
        @Override
        public long leftNanos() {
            return Long.MAX_VALUE;
        }

        @Override
        public RuntimeException refusal(String why) {
            return new IllegalStateException(why);
        }
    };

    public static final PixelMemory.Meter METER = new PixelMemory.Meter() {
        @Override
        public void hold(long more) {}

        @Override
        public void release(long fewer) {}
    };

    private UnmeteredMemory() {}

    /** A reservation of a memory of its own, without a limit. */
    public static PixelMemory.Reservation reservation() {
        return new PixelMemory(Long.MAX_VALUE, METER).reservation(ENDLESS);
    }
}
