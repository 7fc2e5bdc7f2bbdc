package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.junit.jupiter.api.Test;

class LazyTests {
    static {
        TestLogging.start();
    }

    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger made = new AtomicInteger();

    @Test
    void testAValueIsMadeOnce() {
        Lazy<Object> lazy = new Lazy<>("it", () -> "value " + made.incrementAndGet(), clock::get);
        assertNull(lazy.peek());
        assertEquals("value 1", lazy.get());
        clock.addAndGet(10 * Lazy.RETRY_NANOS);
        assertSame(lazy.peek(), lazy.get());
        assertEquals(1, made.get());
    }

    @Test
    void testAFailureIsToldAgainForAWhile() {
        Lazy<Object> lazy = new Lazy<>(
                "it",
                () -> {
                    if (made.incrementAndGet() < 3) {
                        throw new IllegalArgumentException("broken " + made.get());
                    }
                    return "value";
                },
                clock::get);
        Exception first = assertThrows(IllegalArgumentException.class, lazy::get);
        clock.addAndGet(Lazy.RETRY_NANOS - 1);
        Exception second = assertThrows(IllegalArgumentException.class, lazy::get);
        assertEquals("broken 1", first.getMessage());
        assertEquals("broken 1", second.getMessage());
        assertNotSame(first, second);
        assertEquals(1, made.get());
        clock.incrementAndGet();
        assertEquals(
                "broken 2",
                assertThrows(IllegalArgumentException.class, lazy::get).getMessage());
        clock.addAndGet(Lazy.RETRY_NANOS);
        assertEquals("value", lazy.get());
    }

    @Test
    void testAnErrorBecomesAnException() {
        Lazy<Object> lazy = new Lazy<>(
                "encoder [x]",
                () -> {
                    throw new UnsatisfiedLinkError("no natives");
                },
                clock::get);
        Exception failure = assertThrows(IllegalArgumentException.class, lazy::get);
        assertEquals("cannot process encoder [x]: java.lang.UnsatisfiedLinkError: no natives", failure.getMessage());
        assertTrue(ExceptionsHelper.maybeError(failure).isEmpty());
    }

    @Test
    void testALackOfRoomIsNotRemembered() {
        Lazy<Object> lazy = new Lazy<>(
                "it",
                () -> {
                    if (made.incrementAndGet() == 1) {
                        throw new CircuitBreakingException("full", CircuitBreaker.Durability.TRANSIENT);
                    }
                    return "value";
                },
                clock::get);
        assertThrows(CircuitBreakingException.class, lazy::get);
        assertEquals("value", lazy.get());
    }
}
