package io.lookalike.inference;

import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;

/** A breaker with a limit that records its peak. Not thread-safe. */
public final class CountingBreaker extends NoopCircuitBreaker {
    private final long limit;
    private long used;
    private long most;

    public CountingBreaker(long limit) {
        super("test");
        this.limit = limit;
    }

    /** The plugin's breaker on top of this one. */
    public PictureBreaker asPictureBreaker() {
        PictureBreaker breaker = new PictureBreaker();
        breaker.set(this);
        return breaker;
    }

    @Override
    public void addEstimateBytesAndMaybeBreak(long bytes, String label) throws CircuitBreakingException {
        if (used + bytes > limit) {
            throw new CircuitBreakingException(
                    "no room for " + label, bytes, limit, CircuitBreaker.Durability.TRANSIENT);
        }
        addWithoutBreaking(bytes);
    }

    @Override
    public void addWithoutBreaking(long bytes) {
        used += bytes;
        most = Math.max(most, used);
    }

    @Override
    public long getUsed() {
        return used;
    }

    public long most() {
        return most;
    }
}
