package io.lookalike.inference;

import io.lookalike.image.PixelMemory;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.indices.breaker.BreakerSettings;
import org.elasticsearch.indices.breaker.HierarchyCircuitBreakerService;

/**
 * Shows Elasticsearch what pictures hold of the heap: pixels while they are decoded, tensors that wait for their model,
 * and pictures of queries that wait; and what trainings hold.
 *
 * <p>Each of these has a bound of its own, at which work waits, and all of them together keep below this one; so it
 * trips as a rule where the parent breaker does, because others fill the heap. Then a picture fails with 429.
 *
 * <p>Elasticsearch counts a request when all of it has come, and not what its texts take while they are parsed, which
 * is four times their length. With pictures that is much of a small heap: 13 clients that send 27 MB each kill a stock
 * node of 512 MB, whatever they ask for. So a query's picture is parsed only where there is room for it, and on a small
 * heap the parent breaker leaves more of it free ({@link #onSmallHeap}). Thread-safe.
 */
public final class PictureBreaker implements PixelMemory.Meter {
    private static final String NAME = "lookalike";
    private static final long HEAP = Runtime.getRuntime().maxMemory();
    private static final long LIMIT = HEAP * 70 / 100;
    private static final long SMALL_HEAP = 768L << 20;
    /**
     * A text while it is parsed: as parts of two bytes a letter, once more as these are put together, and as itself.
     */
    private static final int WHILE_PARSED = 4;

    private volatile CircuitBreaker breaker = new NoopCircuitBreaker(NAME);
    private volatile CircuitBreaker requests = new NoopCircuitBreaker(CircuitBreaker.IN_FLIGHT_REQUESTS);

    /** Its settings, which {@code breaker.lookalike.limit} overrides. */
    public static BreakerSettings settings(Settings settings) {
        return BreakerSettings.updateFromSettings(
                new BreakerSettings(NAME, LIMIT, 1, CircuitBreaker.Type.MEMORY, CircuitBreaker.Durability.TRANSIENT),
                settings);
    }

    /**
     * Settings of Elasticsearch's that replace its defaults, not what an administrator sets: with its 95% for the
     * parent breaker, what comes in uncounted fills 512 MB of heap; with this it does not, measured with the 13 clients
     * above. A heap of 1 GB needs none.
     */
    public static Settings onSmallHeap() {
        return HEAP > SMALL_HEAP
                ? Settings.EMPTY
                : Settings.builder()
                        .put(HierarchyCircuitBreakerService.TOTAL_CIRCUIT_BREAKER_LIMIT_SETTING.getKey(), "70%")
                        .build();
    }

    /** Gives the breaker that the node made of the settings. */
    public void set(CircuitBreaker made) {
        breaker = made;
    }

    /** Gives the breaker on which Elasticsearch counts the bodies of requests. */
    public void watch(CircuitBreaker inFlightRequests) {
        requests = inFlightRequests;
    }

    /**
     * To be asked before a text is parsed that a request brought, whose length is not known then: it is no longer than
     * all requests that are under way, which count twice there, and not worth parsing where it is longer than allowed.
     *
     * @param longest text that is allowed
     * @throws CircuitBreakingException (429) where there is no room
     */
    void requireRoomToParse(String what, long longest) {
        long bytes = WHILE_PARSED * Math.min(longest, requests.getUsed() / 2);
        breaker.addEstimateBytesAndMaybeBreak(bytes, what);
        breaker.addWithoutBreaking(-bytes);
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
