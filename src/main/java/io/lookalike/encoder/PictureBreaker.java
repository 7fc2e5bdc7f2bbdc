package io.lookalike.encoder;

import io.lookalike.image.PixelMemory;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.indices.breaker.BreakerSettings;

/**
 * Shows Elasticsearch what pictures hold of the heap: pixels while they are decoded, tensors that wait for their model, and
 * pictures of queries that wait; and what trainings hold.
 *
 * <p>Each of these has a bound of its own, at which work waits, and all of them together keep below this one; so it trips as
 * a rule where the parent breaker does, because others fill the heap. Then a picture fails with 429. Thread-safe.
 */
public final class PictureBreaker implements PixelMemory.Meter {
    private static final String NAME = "lookalike";
    private static final long LIMIT = Runtime.getRuntime().maxMemory() * 60 / 100;

    private volatile CircuitBreaker breaker = new NoopCircuitBreaker(NAME);

    /** Its settings, which {@code breaker.lookalike.limit} overrides. */
    public static BreakerSettings settings(Settings settings) {
        return BreakerSettings.updateFromSettings(
                new BreakerSettings(NAME, LIMIT, 1, CircuitBreaker.Type.MEMORY, CircuitBreaker.Durability.TRANSIENT),
                settings);
    }

    /** Gives the breaker that the node made of the settings. */
    public void set(CircuitBreaker made) {
        breaker = made;
    }

    @Override
    public void hold(long bytes) {
        hold(bytes, "a picture");
    }

    /** @param what holds them, for the message of the one who gets none */
    public void hold(long bytes, String what) {
        breaker.addEstimateBytesAndMaybeBreak(bytes, what);
    }

    /**
     * The same, given back when what it returns is closed, once.
     *
     * @throws CircuitBreakingException (429) where there is no room
     */
    public Releasable reserve(long bytes, String what) {
        hold(bytes, what);
        return Releasables.releaseOnce(() -> release(bytes));
    }

    @Override
    public void release(long bytes) {
        breaker.addWithoutBreaking(-bytes);
    }
}
