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
 * The circuit breaker for the heap of this plugin: pixels during decoding, tensors that wait for their model, queued
 * pictures of queries, and memory of trainings.
 *
 * <p>Each has a limit of its own where work waits; the limits together are below this breaker's. So it normally trips
 * only when the parent breaker does, because something else fills the heap. Then a picture fails with 429.
 *
 * <p>Elasticsearch counts the bytes of a request when it has arrived, but not the memory for parsing its strings, which
 * is four times their length. With pictures this is much of a small heap: 13 clients that send 27 MB each kill a stock
 * node with 512 MB, whatever their requests. So a query's picture is parsed only if there is enough memory, and on a
 * small heap the parent breaker keeps more memory free ({@link #onSmallHeap}). Thread-safe.
 */
public final class PictureBreaker implements PixelMemory.Meter {
    private static final String NAME = "lookalike";
    private static final long HEAP = Runtime.getRuntime().maxMemory();
    private static final long LIMIT = HEAP * 70 / 100;
    private static final long SMALL_HEAP = 768L << 20;
    /**
     * Memory for parsing a string, as a multiple of its length: parts of two bytes a character, the same when they are
     * joined, and the string.
     */
    private static final int WHILE_PARSED = 4;

    private volatile CircuitBreaker breaker = new NoopCircuitBreaker(NAME);
    private volatile CircuitBreaker requests = new NoopCircuitBreaker(CircuitBreaker.IN_FLIGHT_REQUESTS);

    /** Its default settings; {@code breaker.lookalike.limit} overrides the limit. */
    public static BreakerSettings settings(Settings settings) {
        return BreakerSettings.updateFromSettings(
                new BreakerSettings(NAME, LIMIT, 1, CircuitBreaker.Type.MEMORY, CircuitBreaker.Durability.TRANSIENT),
                settings);
    }

    /**
     * Replaces defaults of Elasticsearch on a small heap, but not an administrator's settings. With the default of 95%
     * for the parent breaker, uncounted requests fill 512 MB of heap; with this value they do not, measured with the 13
     * clients above. A heap of 1 GB needs no change.
     */
    public static Settings onSmallHeap() {
        return HEAP > SMALL_HEAP
                ? Settings.EMPTY
                : Settings.builder()
                        .put(HierarchyCircuitBreakerService.TOTAL_CIRCUIT_BREAKER_LIMIT_SETTING.getKey(), "70%")
                        .build();
    }

    /** Sets the breaker that the node made from the settings. */
    public void set(CircuitBreaker made) {
        breaker = made;
    }

    /** Sets the breaker that counts the bodies of requests. */
    public void watch(CircuitBreaker inFlightRequests) {
        requests = inFlightRequests;
    }

    /**
     * Checks that there is enough memory to parse a string of a request. Its length is not known yet: it is at most
     * that of all requests in flight (which count twice there), and a string over the limit is not parsed.
     *
     * @param longest the limit for the string
     * @throws CircuitBreakingException (429) when there is not enough memory
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

    /** @param what how the error message names the memory */
    public void hold(long bytes, String what) {
        breaker.addEstimateBytesAndMaybeBreak(bytes, what);
    }

    /**
     * The same; closing the result releases the bytes, once.
     *
     * @throws CircuitBreakingException (429) when there is not enough memory
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
