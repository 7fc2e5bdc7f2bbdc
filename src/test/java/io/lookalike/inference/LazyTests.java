package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.rest.RestStatus;
import org.junit.jupiter.api.Test;

class LazyTests {
    static {
        TestLogging.start();
    }

    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger made = new AtomicInteger();

    private static Object get(Lazy<Object> lazy) {
        return lazy.get(TimeUnit.MINUTES.toNanos(1));
    }

    @Test
    void testAValueIsMadeOnce() {
        Lazy<Object> lazy = Lazy.of("it", () -> "value " + made.incrementAndGet(), clock::get);
        assertNull(lazy.peek());
        assertEquals("value 1", get(lazy));
        clock.addAndGet(10 * Lazy.RETRY_NANOS);
        assertSame(lazy.peek(), get(lazy));
        assertEquals(1, made.get());
    }

    @Test
    void testAFailureIsToldAgainForAWhile() {
        Lazy<Object> lazy = Lazy.of(
                "it",
                () -> {
                    if (made.incrementAndGet() < 3) {
                        throw new IllegalArgumentException("broken " + made.get());
                    }
                    return "value";
                },
                clock::get);
        Exception first = assertThrows(IllegalArgumentException.class, () -> get(lazy));
        clock.addAndGet(Lazy.RETRY_NANOS - 1);
        Exception second = assertThrows(IllegalArgumentException.class, () -> get(lazy));
        assertEquals("broken 1", first.getMessage());
        assertEquals("broken 1", second.getMessage());
        assertNotSame(first, second);
        assertEquals(1, made.get());
        clock.incrementAndGet();
        assertEquals(
                "broken 2",
                assertThrows(IllegalArgumentException.class, () -> get(lazy)).getMessage());
        clock.addAndGet(Lazy.RETRY_NANOS);
        assertEquals("value", get(lazy));
    }

    @Test
    void testThoseWhoAskMeanwhileAreToldWithTheFirst() {
        List<ActionListener<Object>> making = new ArrayList<>();
        Lazy<Object> lazy = new Lazy<>("it", making::add, clock::get);
        List<Object> told = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            lazy.get(ActionListener.wrap(told::add, e -> told.add(e.getMessage())));
        }
        lazy.get(ActionListener.wrap(
                value -> {
                    throw new IllegalStateException("planted");
                },
                e -> {
                    throw new IllegalStateException("planted", e);
                }));
        lazy.get(ActionListener.wrap(told::add, e -> told.add(e.getMessage())));
        assertEquals(List.of(), told);
        assertNull(lazy.peek());
        assertNull(lazy.unavailable());
        assertEquals(1, making.size());
        making.getFirst().onResponse("value");
        assertEquals(List.of("value", "value", "value", "value"), told);
        assertEquals("value", lazy.peek());
    }

    @Test
    void testWhoWaitsGivesUp() {
        Lazy<Object> lazy = new Lazy<>("encoder [x]", listener -> {}, clock::get);
        ElasticsearchStatusException late = assertThrows(ElasticsearchStatusException.class, () -> lazy.get(1_000_000));
        assertEquals("encoder [x] is not loaded after [1ms]; send it again later", late.getMessage());
        assertEquals(RestStatus.SERVICE_UNAVAILABLE, late.status());
        Thread.currentThread().interrupt();
        late = assertThrows(ElasticsearchStatusException.class, () -> get(lazy));
        assertTrue(Thread.interrupted());
        assertEquals("encoder [x] is not loaded, and the thread that waited for it was interrupted", late.getMessage());
    }

    @Test
    void testAFailureOfTheNodeStandsLongerEachTime() {
        Lazy<Object> lazy = Lazy.of(
                "it",
                () -> {
                    throw new ElasticsearchStatusException(
                            "slow " + made.incrementAndGet(), RestStatus.SERVICE_UNAVAILABLE);
                },
                clock::get);
        for (int i = 1; i <= 4; i++) {
            ElasticsearchStatusException e = assertThrows(ElasticsearchStatusException.class, () -> get(lazy));
            assertEquals("slow " + i, e.getMessage());
            assertEquals(RestStatus.SERVICE_UNAVAILABLE, e.status());
            assertEquals("slow " + i, lazy.unavailable());
            clock.addAndGet((Lazy.RETRY_NANOS << (i - 1)) - 1);
            assertThrows(ElasticsearchStatusException.class, () -> get(lazy));
            assertEquals(i, made.get());
            clock.incrementAndGet();
        }
    }

    @Test
    void testAnErrorBecomesAnException() {
        Lazy<Object> lazy = Lazy.of(
                "encoder [x]",
                () -> {
                    throw new UnsatisfiedLinkError("no natives");
                },
                clock::get);
        Exception failure = assertThrows(IllegalArgumentException.class, () -> get(lazy));
        assertEquals("cannot process encoder [x]: java.lang.UnsatisfiedLinkError: no natives", failure.getMessage());
        assertTrue(ExceptionsHelper.maybeError(failure).isEmpty());
    }

    @Test
    void testALackOfRoomIsNotRemembered() {
        Lazy<Object> lazy = Lazy.of(
                "it",
                () -> {
                    if (made.incrementAndGet() == 1) {
                        throw new CircuitBreakingException("full", CircuitBreaker.Durability.TRANSIENT);
                    }
                    return "value";
                },
                clock::get);
        assertThrows(CircuitBreakingException.class, () -> get(lazy));
        assertEquals("value", get(lazy));
    }
}
