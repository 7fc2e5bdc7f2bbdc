package io.lookalike.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.TestLogging;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.core.Releasable;
import org.junit.jupiter.api.Test;

class PictureBreakerTests {
    static {
        TestLogging.start();
    }

    @Test
    void testWhatIsReservedIsGivenBackOnce() {
        CountingBreaker counted = new CountingBreaker(100);
        PictureBreaker breaker = counted.asPictureBreaker();
        Releasable held = breaker.reserve(60, "this");
        assertEquals(
                "no room for that",
                assertThrows(CircuitBreakingException.class, () -> breaker.reserve(41, "that"))
                        .getMessage());
        assertEquals(60, counted.getUsed());
        held.close();
        held.close();
        assertEquals(0, counted.getUsed());
    }

    @Test
    void testATextIsParsedWhereFourTimesTheRequestsFit() {
        CountingBreaker counted = new CountingBreaker(400);
        CountingBreaker requests = new CountingBreaker(Long.MAX_VALUE);
        PictureBreaker breaker = counted.asPictureBreaker();
        breaker.watch(requests);
        requests.addWithoutBreaking(200); // a body of 100, which counts twice
        breaker.requireRoomToParse("a text", 1000);
        assertEquals(0, counted.getUsed());
        requests.addWithoutBreaking(2);
        assertThrows(CircuitBreakingException.class, () -> breaker.requireRoomToParse("a text", 1000));
        breaker.requireRoomToParse("a text that may be no longer", 100);
        assertEquals(0, counted.getUsed());
    }
}
